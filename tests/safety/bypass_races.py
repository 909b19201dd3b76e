"""Fifty people answer one card at the same moment: one of them counts, and one post leaves."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select

from bot.clock import FixedClock
from bot.domain.brand import Person, Role
from bot.errors import Stale
from bot.store import tables
from bot.workflow import decide, now
from bot.workflow.rights import Answer
from tests.servers import setup
from tests.servers.postgres import start_postgres
from tests.world import PEOPLE, World, brand

CLICKS = 50
#: Who answers how: everybody signs; everybody has it sent at once; some sign and some reject; one person, fifty times.
MANNERS = ("sign", "now", "sign or reject", "one person")
#: The worker goes every so many rounds.
DUE = 5


@dataclass(frozen=True)
class Race:
    """What came of many rounds on one database."""

    database: str
    rounds: int
    wrong: int
    seconds: float

    def line(self) -> str:
        each = 1000 * self.seconds / max(1, self.rounds)
        return (
            f"races on {self.database}: rounds={self.rounds} clicks={CLICKS} wrong={self.wrong} ({each:.0f} ms a round)"
        )


def _deed(manner: str, n: int) -> Callable[..., decide.Outcome]:
    if manner == "now":
        return now.approve
    return decide.reject if manner == "sign or reject" and n % 2 else decide.approve


def run(world: World, rounds: int) -> int:
    """Return in how many rounds not exactly one answer counted, or other than the signed texts left."""
    people = tuple(Person(f"p{n}", f"P{n}", frozenset({Role.APPROVER})) for n in range(CLICKS))
    world.learn(brand(people=(*PEOPLE, *people)))
    wrong, signed = 0, []
    with ThreadPoolExecutor(CLICKS) as pool:
        for number in range(rounds):
            manner = MANNERS[number % len(MANNERS)]
            text = f"Round {number}."
            version = world.draft(text)
            answer = world.answer(version, "p0")
            start = threading.Barrier(CLICKS)

            def click(n: int, manner: str = manner, answer: Answer = answer, start: threading.Barrier = start) -> str:
                mine = answer if manner == "one person" else replace(answer, person=f"p{n}")
                start.wait()
                try:
                    _deed(manner, n)(world.desk, mine)
                except Stale:
                    return ""
                return "reject" if _deed(manner, n) is decide.reject else "approve"

            counted = [w for w in pool.map(click, range(CLICKS)) if w]
            with world.db.read() as conn:
                of = tables.decision.c.draft_id == version.draft_id
                rows = conn.execute(select(func.count()).select_from(tables.decision).where(of)).scalar_one()
            wrong += len(counted) != 1 or rows != 1
            signed += [text] * (counted == ["approve"])
            if number % DUE == DUE - 1 or number == rounds - 1:
                world.drain()
                world.advance(60)
    return wrong + (sorted(world.live()) != sorted(signed))


def both(rounds: int, wanted: Sequence[str] = ()) -> Iterator[Race]:
    """Run the rounds on SQLite, and on PostgreSQL where it is installed; or on those that are wanted."""
    servers = list(wanted) or ["sqlite"] + (["postgresql"] if setup.postgres_bin() else [])
    for name in servers:
        with ExitStack() as stack:
            shm = "/dev/shm" if Path("/dev/shm").is_dir() else None
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=shm)))
            url = f"sqlite:///{home / 'signoff.db'}" if name == "sqlite" else stack.enter_context(start_postgres())
            world = stack.enter_context(World(url, home, FixedClock()))
            began = time.monotonic()
            wrong = run(world, rounds)
            yield Race(name, rounds, wrong, time.monotonic() - began)
