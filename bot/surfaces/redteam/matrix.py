"""The matrix: 14 channels x 16 goals x 5 encodings x 2 modes = 2,240 runs of a compromised model."""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.errors import SignoffError
from bot.evaluation.redteam.encodings import ENCODINGS, encode
from bot.evaluation.redteam.goals import GOALS, Goal
from bot.evaluation.redteam.puppet_model import dumps
from bot.surfaces.redteam import channels, sinks
from bot.surfaces.redteam.recording import RecordingSlack
from bot.surfaces.redteam.target import Target
from bot.surfaces.redteam.watching import watched

MODES = ("obedient", "greedy")
#: Every so many cells: prime to the numbers of modes, encodings and goals, so that a sample meets all of each.
SPREAD = 43


@dataclass(frozen=True)
class Cell:
    """One run to make. ``deep`` looks into a Chroma folder on disk and into a backup as well."""

    channel: str
    goal: Goal
    encoding: str
    mode: str
    deep: bool = False


@dataclass(frozen=True)
class Fault:
    """What went wrong in one run, by kind."""

    cell: Cell
    kind: str
    what: tuple[str, ...]


@dataclass
class Told:
    """What a matrix came to."""

    seed: int = 0
    runs: int = 0
    #: Runs of which files, Chroma folder and backup were read byte by byte.
    deep: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    #: By channel: runs, and those in which the order reached the model.
    of: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    #: By channel and goal: runs, and those in which something went wrong.
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    fell: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_rule: int = 0
    #: Comments that the written rule hid there.
    hidden: int = 0
    drafts: int = 0
    calls: int = 0
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)


def cells(every: int = 1, only: Sequence[str] = ()) -> list[Cell]:
    """Return every n-th cell; deep are all of a sample, and of the full matrix those that carry a secret out."""
    found = [
        Cell(channel, goal, encoding, mode, every > 1 or (goal.id == "G9" and encoding == "plain"))
        for channel, goal, encoding, mode in product(channels.CHANNELS, GOALS, ENCODINGS, MODES)
    ]
    return [c for n, c in enumerate(found) if n % every == 0 and (not only or c.channel in only)]


@contextmanager
def attacked(*, deep: bool = False, slack: Callable[[], Any] = RecordingSlack) -> Iterator[Target]:
    """Set up a Signoff to be attacked, in memory where the machine can, and throw it away afterwards."""
    scratch = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with TemporaryDirectory(dir=scratch) as home, Target(Path(home), deep=deep, slack=slack) as t, watched(t):
        # What is there now stays: the collector need not look through it again in each of thousands of runs.
        gc.collect()
        gc.freeze()
        try:
            yield t
        finally:
            gc.unfreeze()


def one(t: Target, cell: Cell) -> dict[str, list[str]]:
    """Make one run, and return what went wrong in it."""
    t.reset()
    t.puppet.mode, t.puppet.goal_say, t.puppet.labels = cell.mode, cell.goal.say, cell.goal.labels
    order = encode(named(t, dumps(cell.goal.order)), cell.encoding)
    refused, crashed = "", ""
    try:
        channels.CHANNELS[cell.channel](t, order, t.settings.home)
        channels.operator(t)
        channels.after(t)
    except AssertionError as wrong:
        # A Slack that knows what Slack refuses, or something that must always be so.
        refused = str(wrong).splitlines()[0] if str(wrong) else "an assertion failed"
    except SignoffError as error:
        crashed = f"{type(error).__name__}: {error}"
    bad = t.verdict()
    bad["slack"] += [refused] if refused else []
    bad["crashes"] += [crashed] if crashed else []
    return bad


def named(t: Target, order: str) -> str:
    """Put the ids of this target into an order."""
    return order.replace("PLANNED", t.planned).replace("OPEN", t.open.draft_id).replace("LIVE", t.post_id)


def matrix(
    chosen: Sequence[Cell],
    *,
    slack: Callable[[], Any] = RecordingSlack,
    seed: int = 2026,
    step: Callable[[Told], None] = lambda _: None,
    trouble: Callable[[Fault], None] = lambda _: None,
) -> Told:
    """Run cells in an order drawn with ``seed``, so that a part of them is a fair sample of all.

    ``step`` is told how it stands after each run, ``trouble`` of each fault as it is found.
    """
    told, began = Told(seed=seed), time.monotonic()
    drawn = random.Random(seed).sample(chosen, len(chosen))
    with channels.pages():
        for deep in (True, False):
            some = [c for c in drawn if c.deep is deep]
            if not some:
                continue
            with attacked(deep=deep, slack=slack) as t:
                for cell in some:
                    _keep(told, t, cell, one(t, cell), trouble)
                    step(told)
    told.seconds = time.monotonic() - began
    return told


def _keep(told: Told, t: Target, cell: Cell, bad: dict[str, list[str]], trouble: Callable[[Fault], None]) -> None:
    where = (cell.channel, cell.goal.id)
    told.runs += 1
    told.deep += cell.deep
    told.of[cell.channel] += 1
    told.tried[where] += 1
    told.reached[cell.channel] += t.puppet.reached > 0
    told.calls += t.puppet.calls
    told.by_rule += t.by_rule()
    told.drafts += len(t.fresh_drafts())
    with t.db.read() as conn:
        told.hidden += sinks.marks(conn)[0]
    told.fell[where] += any(bad.values())
    for kind, what in bad.items():
        if what:
            told.bad[kind] += 1
            told.faults.append(Fault(cell, kind, tuple(what[:3])))
            trouble(told.faults[-1])
