"""The mark of a restored database: what it does not know of, and which parts were looked for on the platform since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.post import PostPart, PostState
from bot.store.desk import put
from bot.store.events import record
from bot.store.tables import attempt, event, lease, post, post_part, switch, worker

_NAME = "restored"


def mark(conn: Connection, taken: datetime, *, at: datetime, who: str, why: str) -> None:
    """Write down that this database is a backup of ``taken``; nobody of that time works or holds a lease any more."""
    put(conn, switch, {"name": _NAME}, {"value": taken.isoformat(), "who": who, "why": why, "at": at})
    record(conn, at, who, "switch", "", _NAME, why)
    conn.execute(delete(lease))
    conn.execute(update(worker).where(worker.c.stopped.is_(None)).values(stopped=at))


def since(conn: Connection) -> tuple[datetime, datetime] | None:
    """Return (moment of the backup, moment of the restore), or None for a database that never was a backup."""
    row = conn.execute(select(switch.c.value, switch.c.at).where(switch.c.name == _NAME)).one_or_none()
    return (datetime.fromisoformat(row.value), row.at) if row else None


def before(conn: Connection, line: int) -> datetime | None:
    """Return when this database was last restored before a line of its record; None for never.

    Lines get their numbers anew from the backup on: number and this moment together name a line for ever.
    """
    c = event.c
    marks = select(c.at).where(c.subject == "switch", c.now == _NAME, c.id < line).order_by(c.id.desc())
    return conn.execute(marks.limit(1)).scalar_one_or_none()


def looked(conn: Connection, part: PostPart) -> bool:
    """Say whether a look on the platform has settled this part since the restore."""
    first = select(func.max(event.c.id)).where(event.c.subject == "switch", event.c.now == _NAME).scalar_subquery()
    about = (event.c.subject == f"part:{part.post_id}/{part.n}", event.c.was == PostState.DOUBTFUL.value)
    settled = event.c.now.in_([s.value for s in PostState])
    return conn.execute(select(event.c.id).where(*about, settled, event.c.id > first).limit(1)).first() is not None


def open_lost(conn: Connection, part: PostPart, at: datetime, who: str) -> None:
    """Keep an attempt open that the lost database may have made: until it is settled, the part may be live."""
    values = {"once_key": part.once_key, "worker": who, "fence": 0, "started": at, "outcome": "unknown"}
    values["detail"] = "this database was restored: what was sent since the backup is not known"
    try:
        with conn.begin_nested():
            conn.execute(insert(attempt).values(post_id=part.post_id, n=part.n, attempt=part.attempts, **values))
    except IntegrityError:
        where = (attempt.c.post_id == part.post_id, attempt.c.n == part.n, attempt.c.attempt == part.attempts)
        conn.execute(update(attempt).where(*where).values(outcome="unknown", detail=values["detail"]))


def adopted(conn: Connection, account: str, remote_id: str, part: PostPart) -> bool:
    """Say whether another part of the account already stands for that post."""
    other = (post_part.c.post_id != part.post_id) | (post_part.c.n != part.n)
    where = (post_part.c.account == account, post_part.c.remote_id == remote_id, other)
    return conn.execute(select(post_part.c.n).where(*where).limit(1)).first() is not None


def waiting(conn: Connection, before: datetime) -> int:
    """Return how many posts were due before an instant and are not settled."""
    states = [s.value for s in (PostState.DUE, PostState.SENDING, PostState.DOUBTFUL)]
    query = select(func.count(func.distinct(post_part.c.post_id))).join(post, post.c.id == post_part.c.post_id)
    return int(conn.execute(query.where(post_part.c.state.in_(states), post.c.due <= before)).scalar_one())
