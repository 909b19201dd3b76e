"""Stops in order, one after the other, as a deploy does: ``python -m tests.acceptance.harness.stops --stops 200``.

Workers send all along, each answer takes its time, and one worker after the other is told to end (SIGTERM) while a
new one is started. No fault befalls the network, so a send that another worker finds under way is the work
of a stop.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from os import kill
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.store.tables import event
from tests.acceptance.harness import checker
from tests.acceptance.harness.config import Run, texts
from tests.acceptance.harness.failpoints import QUIET
from tests.acceptance.harness.run import Stage, database

#: Seconds that a worker may take to end.
DRAIN = 10.0


class Deploys:
    """Signs posts off all along, and stops workers in the middle of sending them."""

    def __init__(self, stage: Stage, stops: int, workers: int, how: int) -> None:
        self.stage, self.stops, self.workers, self.how = stage, stops, workers, how
        self.drains: list[float] = []
        self.busy = 0
        self.codes: set[int | None] = set()
        self._over, self.error = threading.Event(), list[BaseException]()

    def run(self) -> None:
        for _ in range(self.workers):
            self.stage.pool.start()
        signing = threading.Thread(target=self._sign)
        signing.start()
        chance = random.Random(self.stage.run.seed)
        try:
            while len(self.drains) < self.stops and not self.error:
                self._stop_one(chance)
        finally:
            self._over.set()
            signing.join(60)
        if self.error:
            raise self.error[0]

    def _stop_one(self, chance: random.Random) -> None:
        pool = self.stage.pool
        until = time.monotonic() + 90
        while time.monotonic() < until:
            time.sleep(chance.uniform(0.05, 0.3))
            # What has not begun yet hears no signal.
            ready = [pid for pid, since in pool.alive.items() if time.monotonic() - since > 0.5 and self._hears(pid)]
            at_work = [pid for pid in ready if self.stage.held(pid)[1]]
            if at_work or (ready and chance.random() < 0.05):
                break
        else:
            raise RuntimeError("no worker came to work")
        victim = chance.choice(at_work or ready)
        self.busy += bool(at_work)
        began = time.monotonic()
        kill(victim, self.how)
        # The new one starts before the old one is gone, as a deploy does it.
        starting = threading.Thread(target=pool.start)
        starting.start()
        self.codes.add(pool.wait(victim, DRAIN * 3))
        self.drains.append(time.monotonic() - began)
        starting.join()

    @staticmethod
    def _hears(pid: int) -> bool:
        """Say whether a process has a handler for SIGTERM."""
        with suppress(OSError):
            found = re.search(r"SigCgt:\s*([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text())
            return found is not None and bool(int(found[1], 16) >> (signal.SIGTERM - 1) & 1)
        return False

    def _sign(self) -> None:
        """Keep some posts waiting, never many."""
        chance, accounts, n = random.Random(1), [a.key for a in self.stage.run.accounts()], 0
        try:
            while not self._over.is_set():
                if self.stage.open() > 6 * self.workers:
                    time.sleep(0.05)
                    continue
                self.stage.sign(accounts[n % len(accounts)], texts(chance, n, chance.choice([1, 1, 1, 2, 3])))
                n += 1
        except BaseException as error:
            self.error.append(error)


def left_behind(stage: Stage) -> int:
    """Return how many sends another worker found under way: the doubts of stops, and not of answers that came late."""
    with stage.db.read() as conn:
        query = select(event.c.why).where(event.c.was == "sending", event.c.now == "doubtful")
        return sum(why.endswith("has no answer") for why in conn.execute(query).scalars())


def stops(
    number: int,
    kind: str,
    *,
    workers: int = 2,
    seed: int = 1,
    folder: str = "",
    url: str = "",
    how: int = signal.SIGTERM,
) -> dict[str, Any]:
    """Stop workers so many times; return the checker's figures, with ``drain_max_s`` and how many were at work."""
    path = Path(folder or tempfile.mkdtemp(prefix="signoff-stops-"))
    path.joinpath("home").mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            where = url or stack.enter_context(database(kind, path))
            kinds = ("x", "mastodon", "bluesky")
            run = Run(str(path), where, seed=seed, each=3, kinds=kinds, faults={**QUIET, "thinks": 0.6})
            stage = stack.enter_context(Stage(run))
            deploys = Deploys(stage, number, workers, how)
            deploys.run()
            finished = stage.wait_until_done(120)
            found = checker.check(run, stage.app, stage.told)
            found |= {"finished": finished, "stops": len(deploys.drains), "busy": deploys.busy, "codes": deploys.codes}
            found["left_behind"] = left_behind(stage)
            return found | {"drain_p50_s": checker.quantile(deploys.drains, 0.5), "drain_max_s": max(deploys.drains)}
    finally:
        if not folder:
            shutil.rmtree(path, ignore_errors=True)


def main() -> None:
    """Run, print violations, then one line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--stops", type=int, default=200)
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--db", default="sqlite")
    words.add_argument("--keep", default="", help="folder to keep the record, the database and the logs in")
    said = words.parse_args()
    found = stops(said.stops, said.db, workers=said.workers, seed=said.seed, folder=said.keep)
    for line in found["violations"]:
        print(line)
    print("detail:", json.dumps({k: v for k, v in found.items() if k != "violations"}, default=str))
    good = found["finished"] and not found["violations"] and found["left_behind"] == 0 and found["codes"] == {0}
    counts = ("stops", "busy", "posts", "left_behind", "doubtful", "duplicates", "lost")
    times = " ".join(f"{name}={found[name]:.2f}" for name in ("drain_p50_s", "drain_max_s"))
    print("stops:", " ".join(f"{name}={found[name]}" for name in counts), times)
    sys.exit(0 if good and found["drain_max_s"] <= DRAIN else 1)


if __name__ == "__main__":
    main()
