"""A day of one worker in minutes: neither memory nor open files may grow. ``python tests/bench/soak.py [--minutes 3]``.

Time runs faster by as much as a day is longer than the run; ticks, readings and signs of life keep their share of it as
far as the machine can. Posts are signed off all along and go to a platform that answers at once. ``--load 10`` signs
ten times as many; with ``--faults`` that platform loses answers before and after it took a post, asks to wait and
cannot be reached, and each post must still be there once.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

_kept = functools.lru_cache


def _little(maxsize: Any = 128, typed: bool = False) -> Any:
    """Keep little of what is worked out from texts: full caches after minutes, so that only a leak grows after that."""
    return _kept(maxsize if not isinstance(maxsize, int) else min(maxsize, 64), typed)


functools.lru_cache = _little

from bot.clock import SystemClock  # noqa: E402
from bot.domain.post import Outgoing, Receipt  # noqa: E402
from bot.errors import OutcomeUnknown, TryLater  # noqa: E402
from bot.store import desk as rows  # noqa: E402
from bot.workflow import desk, runner_local, shift, worker  # noqa: E402
from tests.bench import publishing  # noqa: E402

DAY, POSTS, ACCOUNTS, STEPS = 86_400.0, 2_400, 20, 20
#: What may come on top after the first fifth: the allocator's slack, not something that grows all day.
MEGABYTES, FILES = 12.0, 3


class Flaky(publishing.Instant):
    """A platform that takes most posts, and counts how often it took each."""

    chance = random.Random(1)
    met: ClassVar[Counter[str]] = Counter()
    #: How often each post was taken; of one size from the beginning, for memory is what is measured.
    sizes = bytearray(POSTS * 100)
    turn = threading.Lock()

    def publish(self, out: Outgoing, once: str) -> Receipt:
        out.before_send()
        fate = self._fate()
        if fate in ("asked to wait", "not reached"):
            raise TryLater(fate, platform=self.id, after=20.0 if fate == "asked to wait" else None)
        if fate != "lost before":
            with self.turn:
                self.sizes[_number(out)] += 1
        if fate in ("lost before", "lost after"):
            raise OutcomeUnknown(fate, platform=self.id)
        return self._receipt_of(once)

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        return self._receipt_of(once) if self.sizes[_number(out)] else None

    def _receipt_of(self, once: str) -> Receipt:
        return Receipt(once, f"https://instant.example/{once}", self.context.clock.now())

    def _fate(self) -> str:
        with self.turn:
            drawn = self.chance.random()
            for name, share in FATES.items():
                drawn -= share
                if drawn < 0:
                    self.met[name] += 1
                    return name
        return ""


#: Shares of requests to post.
FATES = {"lost after": 0.03, "lost before": 0.02, "asked to wait": 0.01, "not reached": 0.02}


def _number(out: Outgoing) -> int:
    """Return which of all posts this is, by its text: ``Oolong number s03_000017 is here.``"""
    step, _, n = out.part.text.split()[2].removeprefix("s").partition("_")
    return int(step) * EACH[0] + int(n)


#: Posts in one step of a day.
EACH = [POSTS // STEPS]


class FastClock(SystemClock):
    """A clock that runs ``speed`` times as fast."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self.speed, self.began, self.start = speed, time.monotonic(), datetime.now(UTC)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * self.speed)

    def follow(self, now: datetime) -> None:
        """Leave it: the database does not run fast."""


def held() -> tuple[float, int]:
    """Return (megabytes, open files) of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def _settled(app: publishing.App, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with app.db.read() as conn:
            found = rows.counts(conn)
        if not {"due", "sending", "doubtful"} & found.keys():
            return
        time.sleep(0.5)


async def day(
    app: publishing.App, brand: publishing.Brand, clock: FastClock, seconds: float, flaky: bool
) -> list[tuple[float, int]]:
    """Run the worker for a day; return what the process held at each twentieth of it."""
    ticks = 0
    own = shift.Shift.tidy

    def tidy(self: shift.Shift) -> None:
        nonlocal ticks
        ticks += 1
        own(self)

    shift.Shift.tidy = tidy  # type: ignore[method-assign]
    stop, seen = asyncio.Event(), []
    work = asyncio.create_task(worker.Worker(app.desk).run(stop))
    for step in range(STEPS):
        # Spread over the step's share of the day, and over it alone.
        apart = min(1.0, clock.speed * seconds / STEPS / EACH[0] / 2)
        due = [(n % ACCOUNTS, clock.now() + timedelta(seconds=60 + n * apart)) for n in range(EACH[0])]
        await asyncio.to_thread(publishing.signed, app, brand, due, f"s{step:02d}_")
        await asyncio.sleep(seconds / STEPS)
        seen.append(held())
    if flaky:
        # What was asked to wait, or is looked for, comes to its end.
        await asyncio.to_thread(_settled, app, 60.0)
        seen.append(held())
    stop.set()
    await work
    print(f"ticks={ticks}", [f"{mb:.0f} MB, {files} files" for mb, files in seen[::4]])
    return seen


def main() -> int:
    """Run, print, and say whether the goal holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--hours", type=float, default=24.0, help="hours of the day that are run")
    parser.add_argument("--load", type=int, default=1, help="times as many posts")
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    seconds = given.minutes * 60
    speed = given.hours * 3600 / seconds
    EACH[0] = int(POSTS * given.load * given.hours / 24 / STEPS)
    # Texts that were read are kept up to a number; a small one is reached early, so that only a leak grows after that.
    desk.READ = 128
    shift.TICK = runner_local.TICK = max(0.02, 1 / speed)
    shift.LOOK = runner_local.LOOK = shift.LOOK / speed
    shift.BEAT = runner_local.BEAT = max(0.1, shift.BEAT / speed)
    with tempfile.TemporaryDirectory() as folder:
        clock = FastClock(speed)
        kind = Flaky if given.faults else publishing.Instant
        with publishing.open_app(Path(folder), f"sqlite:///{folder}/signoff.db", clock, kind) as app:
            brand = publishing.learn(app, ACCOUNTS)
            seen = asyncio.run(day(app, brand, clock, seconds, given.faults))
            with app.db.read() as conn:
                states = rows.counts(conn)
        live = states.get("live", 0)
    first = seen[len(seen) // 5]
    grown, files = seen[-1][0] - first[0], seen[-1][1] - first[1]
    doubled = sum(1 for n in Flaky.sizes if n > 1)
    wrong = doubled + abs(live - sum(1 for n in Flaky.sizes if n)) if given.faults else 0
    faults = sum(Flaky.met.values())
    if given.faults:
        print(f"states={states} faults={dict(Flaky.met)}")
    # Of all that was held: what a thousand posts more would add.
    slope = 1000 * grown / max(1, live * 0.8)
    print(
        f"soak: hours={given.hours:g} minutes={seconds / 60:.1f} load={given.load} posts={live} faults={faults} "
        f"duplicates={doubled} wrong={wrong} grown_mb={grown:.1f} mb_per_1000_posts={slope:.2f} grown_files={files}"
    )
    enough = live >= EACH[0] * STEPS * 0.9
    return 0 if grown <= MEGABYTES and files <= FILES and enough and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
