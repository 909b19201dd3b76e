"""Posts, their parts and the attempts to send them: rows <-> domain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal_column,
    not_,
    select,
    update,
)

from bot.domain.post import Post, PostPart, PostState
from bot.errors import NotFound
from bot.store import queue, rows
from bot.store.hints import FAILED, unindexed
from bot.store.plain import Plain
from bot.store.tables import attempt, event, post, post_part
from bot.words import say


def add(conn: Connection, value: Post, *, request_id: str, brand: str) -> None:
    """Store a post and a due row for each of its parts."""
    conn.execute(
        insert(post).values(
            id=value.id,
            draft_id=value.draft_id,
            version=value.version,
            request_id=request_id,
            brand=brand,
            account=value.account,
            content=rows.as_dict(value.content),
            hash=value.hash,
            due=value.due,
            created=value.created,
        )
    )
    for n in range(len(value.content.parts)):
        conn.execute(
            insert(post_part).values(
                post_id=value.id, n=n, account=value.account, state=PostState.DUE.value, not_before=value.due
            )
        )
    queue.wake(conn)


#: Asked several times for every post that goes out: to build a statement costs as much as to run it.
_POST = select(*(c for c in post.columns if c.name != "content"), cast(post.c.content, Text).label("content")).where(
    post.c.id == bindparam("id")
)
_PARTS = select(post_part).where(post_part.c.post_id == bindparam("id")).order_by(post_part.c.n)


def get(conn: Connection, post_id: str) -> Post:
    """Return a post with its parts. Raises NotFound."""
    row = conn.execute(_POST, {"id": post_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(
            say("There is no post {post!r}.", post=post_id), next_step=say("`signoff queue` lists what there is.")
        )
    return rows.post(row, list(conn.execute(_PARTS, {"id": post_id}).mappings()))


def of_draft(conn: Connection, draft_id: str) -> list[Post]:
    """Return the posts made from a draft, oldest first."""
    query = select(post.c.id).where(post.c.draft_id == draft_id).order_by(post.c.created)
    return [get(conn, i) for i in conn.execute(query).scalars().all()]


def of_drafts(conn: Connection, ids: Sequence[str]) -> dict[str, list[Post]]:
    """Return the posts made from some drafts, by draft, oldest first."""
    query = select(post.c.id, post.c.draft_id).where(post.c.draft_id.in_(ids)).order_by(post.c.created)
    found: dict[str, list[Post]] = {}
    for row in conn.execute(query).all():
        found.setdefault(row.draft_id, []).append(get(conn, row.id))
    return found


_STATES = (PostState.DUE.value, PostState.SENDING.value, PostState.DOUBTFUL.value)


def _open(states: Sequence[str] = _STATES) -> list[Any]:
    """Return the conditions of a part to work on: it is not settled, and one to be sent waits for no part before it.

    What was sent is looked for, whatever became of the parts before it; and what stands below a part that was taken
    down waits for nothing, so that a worker sees that it is not to be sent.
    """
    above = post_part.alias("above")
    # Written out: a list of parameters is spelled anew at each execution.
    over: list[ColumnElement[str]] = [
        literal_column(f"'{s.value}'") for s in (PostState.LIVE, PostState.DELETED, PostState.CANCELLED)
    ]
    held = (
        select(above.c.n)
        .where(above.c.post_id == post_part.c.post_id, above.c.n < post_part.c.n, above.c.state.not_in(over))
        .exists()
    )
    where = [post_part.c.state.in_([literal_column(f"'{PostState(s).value}'") for s in states])]
    if list(states) == [PostState.DUE.value]:
        return [*where, not_(held)]
    due = post_part.c.state == literal_column(f"'{PostState.DUE.value}'")
    return [*where, not_(due & held)] if PostState.DUE.value in states else where


def accounts_with_work(conn: Connection, now: datetime) -> list[str]:
    """Return accounts that have a part to send or to settle at ``now``."""
    query = select(post_part.c.account).where(*_open(), post_part.c.not_before <= now).distinct()
    return sorted(conn.execute(query).scalars().all())


def late(conn: Connection, before: datetime, but: Collection[str] = ()) -> tuple[str, datetime] | None:
    """Return (account, since when) of a part that should have gone out before an instant; ``but`` are left out."""
    p = post_part.c
    where = [*_open(states=[PostState.DUE.value]), p.not_before < before]
    where += [p.account.not_in(list(but))] if but else []
    row = conn.execute(select(p.account, p.not_before).where(*where).order_by(p.not_before).limit(1)).first()
    return (row.account, row.not_before) if row else None


def tried(conn: Connection) -> list[str]:
    """Return accounts with a part that their platform did not take at the last attempt, and that is tried again."""
    p = post_part.c
    where = (p.state == PostState.DUE.value, p.attempts > 0, p.why != "")
    return list(conn.execute(select(p.account).where(*where).distinct().limit(50)).scalars())


def next_due(conn: Connection) -> datetime | None:
    """Return the instant of the next part to look at, or None when nothing waits."""
    return next_after(conn, None)


def next_after(conn: Connection, now: datetime | None) -> datetime | None:
    """Return the first instant after ``now`` at which there is a part to look at, or None."""
    # One state after the other, each along the index: a minimum over all of them would read every pending part.
    found: list[datetime] = []
    for state in _STATES:
        query = select(post_part.c.not_before).where(*_open(states=[state])).order_by(post_part.c.not_before)
        query = query if now is None else query.where(post_part.c.not_before > now)
        found += conn.execute(query.limit(1)).scalars().all()
    return min(found, default=None)


def soon(conn: Connection, now: datetime, until: datetime, limit: int) -> list[str]:
    """Return posts whose first part comes up between two instants, the next ones first."""
    where = (post_part.c.state == PostState.DUE.value, post_part.c.n == 0)
    query = select(post_part.c.post_id).where(*where, post_part.c.not_before > now, post_part.c.not_before <= until)
    return list(conn.execute(query.order_by(post_part.c.not_before).limit(limit)).scalars())


class Ready(NamedTuple):
    """A part that may be worked on now."""

    post_id: str
    n: int
    state: PostState
    attempts: int
    not_before: datetime
    looks: int
    #: Whether a part of the same thread comes after it.
    more: bool


def ready(conn: Connection, account: str, now: datetime, limit: int) -> list[Ready]:
    """Return parts of one account that are ready at ``now``, in the order of going out, the first ``limit``.

    A part is ready to be sent only when every part before it in its thread is live, or was taken down: see ``_open``.
    """
    found = _ready().rows(conn, {"account": account, "now": now, "most": limit})
    return [Ready(r[0], r[1], PostState(r[2]), r[3], r[4], r[5], bool(r[6])) for r in found]


@lru_cache(maxsize=1)
def _ready() -> Plain:
    below = post_part.alias("below")
    more = exists(select(below.c.n).where(below.c.post_id == post_part.c.post_id, below.c.n == post_part.c.n + 1))
    columns = post_part.c.state, post_part.c.attempts, post_part.c.not_before, post_part.c.looks, more.label("more")
    return Plain(
        select(post_part.c.post_id, post_part.c.n, *columns)
        .join(post, post.c.id == post_part.c.post_id)
        .where(*_open(), post_part.c.account == bindparam("account"), post_part.c.not_before <= bindparam("now"))
        .order_by(post.c.due, post.c.created, post_part.c.post_id, post_part.c.n)
        .limit(bindparam("most", type_=Integer))
    )


def part(conn: Connection, post_id: str, n: int) -> PostPart:
    """Return one part."""
    return get(conn, post_id).parts[n]


def set_part(conn: Connection, post_id: str, n: int, **columns: Any) -> None:
    """Set columns of a part other than its state."""
    conn.execute(update(post_part).where(post_part.c.post_id == post_id, post_part.c.n == n).values(**columns))


_END = (
    update(attempt)
    .where(attempt.c.post_id == bindparam("of"), attempt.c.n == bindparam("part"), attempt.c.attempt == bindparam("no"))
    .values(ended=bindparam("at"), outcome=bindparam("how"), detail=bindparam("what"))
)
_ATTEMPTS = Plain(insert(attempt), "post_id", "n", "attempt", "once_key", "started", "worker", "fence")
_ENDS = Plain(_END)


def add_attempts(conn: Connection, lines: Sequence[dict[str, Any]]) -> None:
    """Store intents to send: committed before the first byte leaves."""
    _ATTEMPTS.run(conn, lines)


def end_attempts(conn: Connection, ended: Sequence[tuple[str, int, int, datetime, str, str]]) -> None:
    """Store how several attempts ended, each as (post, part, attempt, at, outcome, detail)."""
    names = ("of", "part", "no", "at", "how", "what")
    _ENDS.run(conn, [dict(zip(names, (*line[:5], line[5][:2000]), strict=True)) for line in ended])


def end_attempt(conn: Connection, post_id: str, n: int, number: int, at: datetime, outcome: str, detail: str) -> None:
    """Store how an attempt ended."""
    which = {"of": post_id, "part": n, "no": number}
    conn.execute(_END, {**which, "at": at, "how": outcome, "what": detail[:2000]})


def maybe_live(conn: Connection, post_id: str, n: int) -> bool:
    """Say whether an attempt ended without a clear answer and was not settled since."""
    where = (attempt.c.post_id == post_id, attempt.c.n == n)
    open_end = attempt.c.outcome.is_(None) | attempt.c.outcome.in_(["unknown", "doubtful"])
    return conn.execute(select(attempt.c.attempt).where(*where, open_end)).first() is not None


def attempts(conn: Connection, post_id: str) -> list[dict[str, Any]]:
    """Return every attempt to send a post, oldest first."""
    query = select(attempt).where(attempt.c.post_id == post_id).order_by(attempt.c.n, attempt.c.attempt)
    return [dict(r) for r in conn.execute(query).mappings()]


def last_failure(conn: Connection, account: str) -> tuple[datetime, str, str, str] | None:
    """Return (time, draft, part as ``part:POST/N``, reason) of an account's latest attempt that did not end well."""
    query = select(attempt, post.c.draft_id).join(post, post.c.id == attempt.c.post_id)
    query = query.where(unindexed(post.c.account) == account, FAILED)
    row = conn.execute(query.order_by(attempt.c.ended.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    subject = f"part:{row['post_id']}/{row['n']}"
    # The record has what people are told; the attempt's own detail also has the platform's raw answer.
    where = (event.c.subject == subject, event.c.at == row["ended"], event.c.was == PostState.SENDING.value)
    why = conn.execute(select(event.c.why).where(*where).limit(1)).scalar_one_or_none()
    return row["ended"], row["draft_id"], subject, why or str(row["outcome"])


def last_live(conn: Connection, account: str) -> datetime | None:
    """Return when something of an account last went live, or None."""
    query = select(post_part.c.live_at).where(post_part.c.account == account, post_part.c.live_at.is_not(None))
    found: datetime | None = conn.execute(query.order_by(post_part.c.live_at.desc()).limit(1)).scalar()
    return found


def waiting(conn: Connection, account: str) -> int:
    """Return how many posts of an account are not settled yet."""
    query = select(func.count(func.distinct(post_part.c.post_id)))
    return int(conn.execute(query.where(post_part.c.account == account, post_part.c.state.in_(_WAITING))).scalar_one())


class Stranded(NamedTuple):
    """What waits for an account that its brand does not have any more."""

    account: str
    #: Ids of the drafts, by time.
    drafts: tuple[str, ...]
    first: datetime
    last: datetime


def stranded(conn: Connection, brand: str, accounts: Collection[str]) -> list[Stranded]:
    """Return what waits for any other account of a brand than ``accounts``."""
    p = post_part.c
    query = select(post.c.account, post.c.draft_id, post.c.due).join(post_part, p.post_id == post.c.id).distinct()
    where = (post.c.brand == brand, p.state.in_(_WAITING), p.account.not_in(list(accounts)))
    found: dict[str, list[Any]] = {}
    for row in conn.execute(query.where(*where).order_by(post.c.due, post.c.draft_id)):
        found.setdefault(row.account, []).append(row)
    return [Stranded(name, tuple(r.draft_id for r in rows), rows[0].due, rows[-1].due)
            for name, rows in sorted(found.items())]  # fmt: skip


_WAITING = tuple(s.value for s in (PostState.DUE, PostState.SENDING, PostState.DOUBTFUL, PostState.ASKED))
