"""Leases and their fences: who may work on an account now, by the database's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.db import Database
from bot.store.tables import lease


def take(
    db: Database, name: str, owner: str, seconds: float, gone: Callable[[str], bool] = lambda _: False
) -> int | None:
    """Take or renew a lease; return its fence, or None while another living owner holds it.

    The fence grows each time the owner changes, so a worker that was paused past its lease can tell. ``gone`` says
    whether an owner surely died, so that its lease need not run out first.
    """
    with db.write() as conn:
        return take_in(conn, db.now(conn), name, owner, seconds, gone)


_LEASE = select(lease).where(lease.c.name == bindparam("name"))
_LOCKED = _LEASE.with_for_update()
_KEEP = (
    update(lease)
    .where(lease.c.name == bindparam("its"))
    .values({name: bindparam(name) for name in ("owner", "fence", "until")})
)
_MINE = (lease.c.owner == bindparam("whose"), lease.c.fence == bindparam("under"))
_RELEASE = update(lease).where(lease.c.name == bindparam("its"), *_MINE).values(until=bindparam("until"))


def take_in(
    conn: Connection, now: datetime, name: str, owner: str, seconds: float, gone: Callable[[str], bool]
) -> int | None:
    """Do the same within a transaction, at ``now`` by the database's clock."""
    until = now + timedelta(seconds=seconds)
    row = conn.execute(_LOCKED, {"name": name}).mappings().one_or_none()
    if row is None:
        try:
            with conn.begin_nested():
                conn.execute(lease.insert().values(name=name, owner=owner, fence=1, until=until))
        except IntegrityError:
            return None
        return 1
    if row["owner"] == owner:
        fence = int(row["fence"]) if row["until"] > now else int(row["fence"]) + 1
    elif row["until"] <= now or gone(row["owner"]):
        fence = int(row["fence"]) + 1
    else:
        return None
    conn.execute(_KEEP, {"its": name, "owner": owner, "fence": fence, "until": until})
    return fence


def owners(conn: Connection, names: Sequence[str]) -> dict[str, str]:
    """Return who held each of these leases last, by name; those never taken are left out."""
    found = conn.execute(select(lease.c.name, lease.c.owner).where(lease.c.name.in_(names)))
    return {row.name: row.owner for row in found}


def remaining(db: Database, conn: Connection, name: str, owner: str, fence: int) -> float:
    """Return the seconds this owner still holds the lease under this fence; 0 or less means it is lost."""
    row = conn.execute(_LEASE, {"name": name}).mappings().one_or_none()
    if row is None or row["owner"] != owner or row["fence"] != fence:
        return 0.0
    left: timedelta = row["until"] - db.now(conn)
    return left.total_seconds()


def release(db: Database, name: str, owner: str, fence: int) -> None:
    """Let go of a lease at once, so that another worker need not wait for it to run out."""
    with db.write() as conn:
        release_in(conn, db.now(conn), [(name, owner, fence)])


def release_in(conn: Connection, now: datetime, held: Sequence[tuple[str, str, int]]) -> None:
    """Let go of leases, each given as (name, owner, fence), within a transaction."""
    conn.execute(_RELEASE, [{"its": n, "whose": o, "under": f, "until": now} for n, o, f in held])
