"""What belongs to one conversation, in whatever order it was heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from bot.store import answers
from bot.store.comment_tables import comment, thread_state

#: Ids in one statement, and steps from a comment up to where its conversation begins.
_AT_ONCE, _STEPS = 500, 20


def join(conn: Connection, fresh: Sequence[Mapping[str, Any]]) -> None:
    """Put new comments into the thread of what they answer, and what came before them into theirs.

    A platform names the first post of a conversation where it can. Where it names something further down, such as an
    answer of ours, the way up goes through what was heard and what was sent.
    """
    for account in {row["account"] for row in fresh}:
        new = {row["remote_id"]: row["thread"] for row in fresh if row["account"] == account}
        tops = _tops(conn, account, set(new.values()))
        for thread, top in tops.items():
            if thread != top:
                _move(conn, account, thread, top)
        # What answered one of these, and was heard first, may have taken it for the beginning.
        low = [name for name, thread in new.items() if tops.get(thread, thread) != name]
        for some in (low[k : k + _AT_ONCE] for k in range(0, len(low), _AT_ONCE)):
            where = (comment.c.account == account, comment.c.thread.in_(some))
            for name in conn.execute(select(comment.c.thread).where(*where).distinct()).scalars().all():
                _move(conn, account, name, tops.get(new[name], new[name]))


def _tops(conn: Connection, account: str, names: Collection[str]) -> dict[str, str]:
    """Return where the conversation begins that each name, of a comment or a post, is known to belong to."""
    tops = {name: name for name in names}
    for _ in range(_STEPS):
        above = _above(conn, account, sorted(set(tops.values())))
        if not above:
            break
        tops = {name: above.get(top, top) for name, top in tops.items()}
    return tops


def _above(conn: Connection, account: str, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in (names[k : k + _AT_ONCE] for k in range(0, len(names), _AT_ONCE)):
        c = comment.c
        query = select(c.remote_id, c.thread).where(c.account == account, c.remote_id.in_(some))
        found |= {row.remote_id: row.thread for row in conn.execute(query)}
        found |= {name: parent for name, parent in answers.own(conn, account, some).items() if parent}
    return {name: up for name, up in found.items() if up and up != name}


def _move(conn: Connection, account: str, thread: str, to: str) -> None:
    where = (comment.c.account == account, comment.c.thread == thread)
    conn.execute(update(comment).where(*where).values(thread=to, root_id=to))
    # Who answers there goes on answering, unless somebody does so already in the whole conversation.
    state = thread_state.c
    mine = (state.account == account, state.thread == thread)
    if conn.execute(select(state.thread).where(state.account == account, state.thread == to)).first() is None:
        conn.execute(update(thread_state).where(*mine).values(thread=to))
    else:
        conn.execute(delete(thread_state).where(*mine))
