"""How turns begin and end: leases taken, parts chosen, leases given back; for many accounts in one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.store import desk as rows
from bot.store import leases, posts
from bot.workflow.desk import Desk
from bot.workflow.together import Together

#: Parts that a turn chooses at once.
AT_ONCE = 8


@dataclass(frozen=True)
class Claim:
    """A worker that wants an account for so many seconds."""

    name: str
    worker: str
    seconds: float
    #: Whether a worker surely died.
    gone: Callable[[str], bool]


def _take(desk: Desk, conn: Connection, claims: list[Claim]) -> list[int | None]:
    now = desk.db.now(conn)
    # In order of their names, so that two workers that take the same ones wait for each other and do not entangle.
    order = sorted(range(len(claims)), key=lambda i: claims[i].name)
    found = {i: leases.take_in(conn, now, c.name, c.worker, c.seconds, c.gone) for i in order for c in [claims[i]]}
    return [found[i] for i in range(len(claims))]


def _release(desk: Desk, conn: Connection, held: list[tuple[str, str, int]]) -> list[None]:
    leases.release_in(conn, desk.db.now(conn), sorted(held))
    return [None] * len(held)


def _choose(desk: Desk, conn: Connection, accounts: list[str]) -> list[list[posts.Ready]]:
    if rows.stopped(conn):
        return [[] for _ in accounts]
    held, now = rows.all_paused(conn), desk.clock.now()
    return [[] if a in held else posts.ready(conn, a, now, AT_ONCE) for a in accounts]


#: Take or renew a lease; its fence, or None while another living worker holds it.
taken = Together(_take, write=True)
#: Let go of a lease, given as (name, worker, fence).
released = Together(_release, write=True)
#: Return what an account has to send or to settle now, the first few; nothing while it is paused or all is stopped.
chosen = Together(_choose, write=False)
