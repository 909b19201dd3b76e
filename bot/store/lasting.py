"""Lasting signatures: rows <-> domain. One stands for several posts of a series that say the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.post import PostState
from bot.store import restored
from bot.store.events import record
from bot.store.series_tables import lasting, lasting_use, series
from bot.store.tables import approval_request, event, post, post_part


@dataclass(frozen=True)
class Lasting:
    """What people signed once for several posts of a series."""

    id: str
    #: The request that they answered.
    request_id: str
    series: str
    brand: str
    account: str
    #: Digests of what must stay the same: the bytes but for their time, the brand's policy, its hard rules.
    said: str
    policy: str
    rules: str
    #: How many posts it signs, the first among them; and the time of the last one.
    most: int
    until: datetime
    given: datetime
    ended_at: datetime | None = None
    #: Why it signs nothing any more; empty while it does.
    ended: str = ""


def add(conn: Connection, value: Lasting, who: str) -> None:
    """Store one that was just given."""
    conn.execute(insert(lasting).values(**asdict(value)))
    why = f"{value.most} posts of {value.series} until {value.until.isoformat()}"
    record(conn, value.given, who, f"lasting:{value.id}", "", "on", why)


def get(conn: Connection, lasting_id: str) -> Lasting | None:
    """Return one by its id, or None."""
    row = conn.execute(select(lasting).where(lasting.c.id == lasting_id)).mappings().one_or_none()
    return Lasting(**row) if row else None


def of_series(conn: Connection, series_id: str) -> Lasting | None:
    """Return the one in force for a series, or None."""
    query = select(lasting).where(lasting.c.series == series_id, lasting.c.ended == "")
    row = conn.execute(query.order_by(lasting.c.given.desc()).limit(1)).mappings().first()
    return Lasting(**row) if row else None


def in_force(conn: Connection) -> list[Lasting]:
    """Return all that sign posts still."""
    return [Lasting(**row) for row in conn.execute(select(lasting).where(lasting.c.ended == "")).mappings()]


def use(conn: Connection, value: Lasting, wall: str, request_id: str) -> bool:
    """Let it sign the occurrence of a wall time, under that one's request; False where it did before."""
    try:
        with conn.begin_nested():
            conn.execute(insert(lasting_use).values(lasting_id=value.id, wall=wall, request_id=request_id))
    except IntegrityError:
        return False
    if request_id != value.request_id:
        mine = approval_request.c.id == request_id
        conn.execute(update(approval_request).where(mine).values(stands_on=value.id))
    return True


def uses(conn: Connection, lasting_id: str) -> int:
    """Return how many posts it has signed."""
    query = select(func.count()).where(lasting_use.c.lasting_id == lasting_id)
    return int(conn.execute(query).scalar_one())


def used_for(conn: Connection, request_id: str) -> tuple[str, str] | None:
    """Return (id, wall time of the occurrence) where one signed under this request."""
    row = conn.execute(select(lasting_use).where(lasting_use.c.request_id == request_id)).one_or_none()
    return (row.lasting_id, row.wall) if row else None


def end(conn: Connection, value: Lasting, why: str, *, who: str, at: datetime) -> bool:
    """Let it sign nothing more; False where it had ended before."""
    mine = (lasting.c.id == value.id, lasting.c.ended == "")
    if conn.execute(update(lasting).where(*mine).values(ended=why, ended_at=at)).rowcount != 1:
        return False
    record(conn, at, who, f"lasting:{value.id}", "on", "ended", why)
    return True


def stopped_since(conn: Connection, at: datetime) -> bool:
    """Say whether everything was stopped at that time or since, also where it goes on again."""
    query = select(event.c.id).where(event.c.subject == "switch", event.c.now == "on", event.c.at >= at)
    return conn.execute(query.limit(1)).first() is not None


def unfounded(conn: Connection) -> list[tuple[str, str]]:
    """Return (draft, why) of posts of which nothing was sent, and whose lasting signature has ended.

    After a restore what was due before it is left out: it may be live. It is looked for, and not sent.
    """
    sent = exists().where(post_part.c.post_id == post.c.id, (post_part.c.state != PostState.DUE.value)
                          | (post_part.c.attempts > 0))  # fmt: skip
    query = select(post.c.draft_id, lasting.c.ended).select_from(
        lasting.join(approval_request, approval_request.c.stands_on == lasting.c.id)
        .join(post, post.c.request_id == approval_request.c.id)
    )  # fmt: skip
    if (mark := restored.since(conn)) is not None:
        query = query.where(post.c.due > mark[1])
    return [(row.draft_id, row.ended) for row in conn.execute(query.where(lasting.c.ended != "", ~sent))]


def about(conn: Connection, draft_id: str) -> list[str]:
    """Return the series whose text a draft holds or gave."""
    return list(conn.execute(select(series.c.id).where(series.c.draft_id == draft_id)).scalars())
