"""What time it is on a machine with SQLite, where no other clock is to be had: a wall clock that is set does no harm.

A row among the switches says how much is to be added to the seconds for which the machine has run since it was started.
As long as it runs, all processes go by that sum. Where the wall clock has come to differ, the sum follows it after a
while, and only when nothing is under way: else a lease would be over, or a lost answer looked for, before its time.
Known where the kernel tells its start and its sleep (Linux); elsewhere, and before a worker ever ran, the wall clock
counts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from bot import clock
from bot.domain.post import PostState
from bot.store.tables import post_part, switch

NAME = "clock"
#: Seconds for which a wall clock must stand by what it says, before it is believed; differences that are no jump.
HOLD, SLACK = 180.0, 2.0
#: A request that left so long ago can do no harm.
_UNDER_WAY = timedelta(seconds=300)
#: As SQLite asks for it; ``told`` answers.
SQL = f"signoff_now((SELECT value FROM switch WHERE name = '{NAME}'))"


@dataclass(frozen=True)
class Jump:
    """The wall clock was set."""

    #: Forth, or negative: back.
    seconds: float
    #: Whether its time counts from now on.
    believed: bool


def told(kept: str | None) -> str:
    """Return the present instant, UTC, in ISO form, by what is kept."""
    name, _, ahead = (kept or "").partition(":")
    at = float(ahead) + clock.running() if name and name == _boot() else time.time()
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def keep(conn: Connection) -> Jump | None:
    """Hold the wall clock against what is kept; return a jump when it is seen first, and when it is believed."""
    if conn.dialect.name != "sqlite" or not _boot():
        return None
    running = clock.running()
    ahead = time.time() - running
    row = conn.execute(select(switch.c.value, switch.c.why).where(switch.c.name == NAME)).one_or_none()
    name, _, kept = row.value.partition(":") if row else ("", "", "")
    if row is None or name != _boot():
        _store(conn, ahead)
        return None
    jump = ahead - float(kept)
    if abs(jump) <= SLACK:
        if row.why or abs(jump) > SLACK / 40:
            _store(conn, ahead)
        return None
    seen, _, since = row.why.partition(" ")
    if not seen or abs(jump - float(seen)) > SLACK:
        _store(conn, float(kept), f"{jump:.1f} {running:.1f}")
        return Jump(jump, believed=False)
    if running - float(since) < HOLD or _under_way(conn, datetime.fromtimestamp(float(kept) + running, UTC)):
        return None
    _store(conn, ahead)
    return Jump(jump, believed=True)


def _store(conn: Connection, ahead: float, why: str = "") -> None:
    at = datetime.fromtimestamp(ahead + clock.running(), UTC)
    values = {"value": f"{_boot()}:{ahead:.6f}", "who": "clock", "why": why, "at": at}
    new = insert(switch).values(name=NAME, **values)
    conn.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))


def _under_way(conn: Connection, now: datetime) -> bool:
    open_ = post_part.c.state.in_((PostState.SENDING.value, PostState.DOUBTFUL.value))
    found = conn.execute(select(post_part.c.n).where(open_, post_part.c.last_sent > now - _UNDER_WAY)).first()
    return found is not None


@lru_cache(maxsize=1)
def _boot() -> str:
    """Name this run of the machine; empty where it cannot be told from the one before."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:13] if clock.SLEEPS else ""
    except OSError:
        return ""
