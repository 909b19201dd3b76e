"""A day of one worker in minutes: neither memory nor open files may grow. ``python tests/bench/soak.py [--minutes 3]``.

Time runs faster by as much as a day is longer than the run; ticks, readings and signs of life keep their share of it as
far as the machine can. Posts are signed off all along and go to a platform that answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.clock import SystemClock  # noqa: E402
from bot.store import desk as rows  # noqa: E402
from bot.workflow import desk, runner_local, shift, worker  # noqa: E402
from tests.bench import publishing  # noqa: E402

DAY, POSTS, ACCOUNTS = 86_400.0, 2_400, 20
#: What may come on top after the first fifth: the allocator's slack, not something that grows all day.
MEGABYTES, FILES = 12.0, 3


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


async def day(
    app: publishing.App, brand: publishing.Brand, clock: FastClock, seconds: float
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
    steps = 20
    for step in range(steps):
        due = [(n % ACCOUNTS, clock.now() + timedelta(seconds=60 + n)) for n in range(POSTS // steps)]
        await asyncio.to_thread(publishing.signed, app, brand, due, f"s{step:02d}_")
        await asyncio.sleep(seconds / steps)
        seen.append(held())
    stop.set()
    await work
    print(f"ticks={ticks}", [f"{mb:.0f} MB, {files} files" for mb, files in seen[::4]])
    return seen


def main() -> int:
    """Run, print, and say whether the goal holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3.0)
    seconds = parser.parse_args().minutes * 60
    speed = DAY / seconds
    # Texts that were read are kept up to a number; a small one is reached early, so that only a leak grows after that.
    desk.READ = 128
    shift.TICK = runner_local.TICK = max(0.02, 1 / speed)
    shift.LOOK = runner_local.LOOK = shift.LOOK / speed
    shift.BEAT = runner_local.BEAT = max(0.1, shift.BEAT / speed)
    with tempfile.TemporaryDirectory() as folder:
        clock = FastClock(speed)
        with publishing.open_app(Path(folder), f"sqlite:///{folder}/signoff.db", clock) as app:
            brand = publishing.learn(app, ACCOUNTS)
            seen = asyncio.run(day(app, brand, clock, seconds))
            with app.db.read() as conn:
                live = rows.counts(conn).get("live", 0)
    first = seen[len(seen) // 5]
    grown, files = seen[-1][0] - first[0], seen[-1][1] - first[1]
    print(f"soak: hours=24 minutes={seconds / 60:.1f} posts={live} grown_mb={grown:.1f} grown_files={files}")
    return 0 if grown <= MEGABYTES and files <= FILES and live >= POSTS * 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
