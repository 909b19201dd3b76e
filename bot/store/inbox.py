"""What Slack delivered: stored before it is acknowledged, worked on after, each delivery once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.chat_tables import inbox

_OPEN = ("pending", "working")


#: By database; built once, for it is run before each acknowledgement. What was stored comes back, not a count of rows:
#: PostgreSQL's driver does not tell that of an insert.
_PUT = {
    name: dialect.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True)
class Delivery:
    """One delivery in the hands of a worker."""

    id: int
    delivery: str
    kind: str
    lane: str
    body: dict[str, Any]
    received: datetime
    attempts: int


def put(conn: Connection, delivery: str, kind: str, body: dict[str, Any], at: datetime, *, lane: str = "") -> bool:
    """Store a delivery; False when it is known already, whatever became of it."""
    values = {"delivery": delivery, "kind": kind, "lane": lane, "body": body, "received": at, "state": "pending"}
    found = conn.execute(_PUT[conn.dialect.name], {**values, "owner": "", "attempts": 0, "error": ""})
    return found.first() is not None


def known(conn: Connection, delivery: str) -> bool:
    """Say whether a delivery came before."""
    return conn.execute(select(inbox.c.id).where(inbox.c.delivery == delivery)).first() is not None


def _open(now: datetime) -> ColumnElement[bool]:
    pending = and_(inbox.c.state == "pending", or_(inbox.c.until.is_(None), inbox.c.until <= now))
    return or_(pending, and_(inbox.c.state == "working", inbox.c.until <= now))


def waiting(conn: Connection, now: datetime) -> bool:
    """Say whether anything may be worked on."""
    return conn.execute(select(inbox.c.id).where(_open(now)).limit(1)).first() is not None


def held(conn: Connection) -> set[str]:
    """Return who works on something."""
    return set(conn.execute(select(inbox.c.owner).where(inbox.c.state == "working").distinct()).scalars())


def take(conn: Connection, owner: str, now: datetime, seconds: float, limit: int) -> list[Delivery]:
    """Take what may be worked on now, oldest first, for ``seconds``; of a lane only the first that is open.

    What another owner took and did not finish in its time is taken over.
    """
    earlier = inbox.alias("earlier")
    blocked = exists(
        select(earlier.c.id).where(
            earlier.c.lane == inbox.c.lane, earlier.c.id < inbox.c.id, earlier.c.state.in_(_OPEN)
        )
    )
    query = (
        select(inbox)
        .where(_open(now))
        .where(or_(inbox.c.lane == "", ~blocked))
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [dict(r) for r in conn.execute(query).mappings()]
    if not found:
        return []
    values = {"state": "working", "owner": owner, "until": now + timedelta(seconds=seconds)}
    ids = [r["id"] for r in found]
    conn.execute(update(inbox).where(inbox.c.id.in_(ids)).values(attempts=inbox.c.attempts + 1, **values))
    names = ("id", "delivery", "kind", "lane", "body", "received")
    return [Delivery(**{n: r[n] for n in names}, attempts=r["attempts"] + 1) for r in found]


def renew(conn: Connection, owner: str, ids: Iterable[int], until: datetime) -> None:
    """Keep what is still being worked on."""
    where = (inbox.c.id.in_(list(ids)), inbox.c.owner == owner, inbox.c.state == "working")
    conn.execute(update(inbox).where(*where).values(until=until))


def done(conn: Connection, owner: str, number: int) -> bool:
    """Mark a delivery as worked on and forget what it said; False when another owner has taken it over."""
    where = (inbox.c.id == number, inbox.c.owner == owner, inbox.c.state == "working")
    return conn.execute(update(inbox).where(*where).values(state="done", body={}, until=None)).rowcount == 1


def again(conn: Connection, owner: str, number: int, at: datetime, why: str) -> None:
    """Let a delivery be tried again, not before ``at``."""
    where = (inbox.c.id == number, inbox.c.owner == owner, inbox.c.state == "working")
    conn.execute(update(inbox).where(*where).values(state="pending", owner="", until=at, error=why))


def fail(conn: Connection, owner: str, number: int, why: str) -> None:
    """Give a delivery up; ``why`` starts with the id that the person was told."""
    where = (inbox.c.id == number, inbox.c.owner == owner, inbox.c.state == "working")
    conn.execute(update(inbox).where(*where).values(state="failed", body={}, until=None, error=why))


def take_back(conn: Connection, gone: Callable[[str], bool]) -> int:
    """Let what dead owners left be taken at once; return how many deliveries that were."""
    dead = [owner for owner in held(conn) if gone(owner)]
    if not dead:
        return 0
    where = (inbox.c.state == "working", inbox.c.owner.in_(dead))
    return conn.execute(update(inbox).where(*where).values(state="pending", owner="", until=None)).rowcount


def counts(conn: Connection) -> dict[str, int]:
    """Return how many deliveries stand in each state."""
    query = select(inbox.c.state, func.count()).group_by(inbox.c.state)
    return {str(state): int(n) for state, n in conn.execute(query)}


def forget(conn: Connection, before: datetime) -> int:
    """Drop deliveries that were settled and came before ``before``."""
    return conn.execute(delete(inbox).where(inbox.c.state.not_in(_OPEN), inbox.c.received < before)).rowcount
