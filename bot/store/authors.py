"""Who asked to be left alone, which threads a person answers in, and what was answered to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.domain.comment import CommentState
from bot.store import events
from bot.store import mood as hours
from bot.store.comment_tables import author_state, comment, thread_state
from bot.store.desk import put

#: What the name of a rule begins with, on a comment that it answered by itself.
AUTO = "auto/"
#: A comment in one of these has an answer that went out or may go out any moment.
_ANSWERING = (CommentState.PROPOSED.value, CommentState.AUTO_REPLIED.value, CommentState.ANSWERED.value)


def opt_out(conn: Connection, brand: str, platform: str, author: str, why: str, at: datetime) -> bool:
    """Note that no machine answers an author any more; False when that was known."""
    if opted_out(conn, brand, platform, author):
        return False
    key = {"brand": brand, "platform": platform, "author": author}
    put(conn, author_state, key, {"opted_out": at, "why": why, "at": at})
    return True


def opt_in(conn: Connection, brand: str, platform: str, author: str, at: datetime) -> bool:
    """Let machines answer an author again; False when nothing stood against it."""
    if not opted_out(conn, brand, platform, author):
        return False
    key = {"brand": brand, "platform": platform, "author": author}
    put(conn, author_state, key, {"opted_out": None, "why": "", "at": at})
    return True


def back(conn: Connection, brand: str) -> set[tuple[str, str]]:
    """Return authors, as (platform, id), who asked to be left alone and may be answered again."""
    where = (author_state.c.brand == brand, author_state.c.opted_out.is_(None))
    query = select(author_state.c.platform, author_state.c.author)
    return {(row[0], row[1]) for row in conn.execute(query.where(*where))}


def set_aside(conn: Connection, brand: str, platform: str, author: str) -> None:
    """Keep machines from what an author said before they asked for it, in whatever order it was heard."""
    c = comment.c
    mine = (c.author_id == author, c.brand == brand, c.account.startswith(platform + ":", autoescape=True))
    ids = list(conn.execute(select(c.id).where(*mine, c.aside == "")).scalars())
    conn.execute(update(comment).where(c.id.in_(ids)).values(aside="opt-out"))
    hours.stale(conn, ids)


def opted_out(conn: Connection, brand: str, platform: str, *ids: str) -> str:
    """Return why no machine answers an author, by any of these ids; empty where one may."""
    where = (author_state.c.brand == brand, author_state.c.platform == platform, author_state.c.author.in_(ids))
    query = select(author_state.c.why).where(*where, author_state.c.opted_out.is_not(None))
    found = conn.execute(query).scalars().first()
    return "" if found is None else found or "they asked for it"


def left_alone(conn: Connection, brand: str) -> set[tuple[str, str]]:
    """Return every author, as (platform, id), whom no machine of a brand may answer."""
    where = (author_state.c.brand == brand, author_state.c.opted_out.is_not(None))
    return {
        (row[0], row[1]) for row in conn.execute(select(author_state.c.platform, author_state.c.author).where(*where))
    }


def take_over(conn: Connection, account: str, thread: str, person: str, at: datetime) -> bool:
    """Let a person answer a thread from now on, and no machine; False when it is theirs already."""
    if taken_by(conn, account, thread) == person:
        return False
    put(conn, thread_state, {"account": account, "thread": thread}, {"taken_by": person, "at": at})
    events.record(conn, at, person, _subject(account, thread), "", "taken over", "a person answers here")
    return True


def give_back(conn: Connection, account: str, thread: str, person: str, at: datetime) -> bool:
    """Let the rules answer in a thread again; False when nobody had taken it over."""
    where = (thread_state.c.account == account, thread_state.c.thread == thread)
    if conn.execute(delete(thread_state).where(*where)).rowcount == 0:
        return False
    events.record(conn, at, person, _subject(account, thread), "taken over", "", "the rules may answer again")
    return True


def taken_by(conn: Connection, account: str, thread: str) -> str:
    """Return who answers in a thread, or an empty text."""
    where = (thread_state.c.account == account, thread_state.c.thread == thread)
    found = conn.execute(select(thread_state.c.taken_by).where(*where)).scalar_one_or_none()
    return found or ""


def _subject(account: str, thread: str) -> str:
    return f"thread:{account}/{thread}"[:120]


def answers(
    conn: Connection, platform: str, *, account: str = "", thread: str = "", author: str = "",
    since: datetime | None = None, rule: str = "", automatic: bool = False, but: str = "",
) -> int:  # fmt: skip
    """Return how many comments have an answer that went out or waits to; ``but`` is left out of the count.

    ``automatic``: only those that a rule answered by itself.
    """
    c = comment.c
    where: list[Any] = [c.account.startswith(platform + ":", autoescape=True), c.id != but, c.draft != ""]
    where.append(or_(c.state.in_(_ANSWERING), c.answered.is_not(None)))
    where += [column == value for column, value in (
        (c.account, account), (c.thread, thread), (c.author_id, author), (c.rule, rule)) if value]  # fmt: skip
    if automatic:
        where.append(c.rule.startswith(AUTO, autoescape=True))
    if since:
        # What is on its way counts whenever it was heard: a backlog does not pass under a cap.
        where.append(or_(c.answered >= since, c.answered.is_(None)))
    return int(conn.execute(select(func.count()).select_from(comment).where(*where)).scalar_one())
