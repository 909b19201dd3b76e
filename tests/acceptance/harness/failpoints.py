"""Kill a worker at every step of publishing: ``python -m tests.acceptance.harness.failpoints [--db sqlite]``.

Each case has an account and a post of its own, and a process that dies by SIGKILL at one named place
(``bot/failpoints.py``); some die twice, the second time while they find out about the first. Then one worker that
nobody kills clears up, and the checker judges. The cases of one database share a network and run side by side.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import failpoints
from tests.acceptance.harness import checker
from tests.acceptance.harness.config import Run, texts
from tests.acceptance.harness.run import Stage, database
from tests.acceptance.harness.uploads import digest

#: Of one send that goes well.
_SEND = tuple(
    name
    for name in failpoints.NAMES
    if name.partition(":")[0] in ("turn", "publish", "intent", "fence", "send", "live")
)
_FAULTS = ("lost", "half", "garbled", "reset", "slow_taken", "slow_dropped", "limited", "unavailable", "failed_after")
#: No fault at all.
QUIET = dict.fromkeys((*_FAULTS, "read_fails", "expiry", "upload"), 0.0)


@dataclass(frozen=True)
class Case:
    """One death, or several one after the other."""

    scenario: str
    kind: str
    #: Where each process dies, and at the how-many-th time that it comes there.
    deaths: tuple[tuple[str, int], ...]
    parts: int = 1
    #: What befalls the first request to post.
    fault: str = ""
    #: Whether it has a picture; and what befalls the first upload.
    picture: bool = False
    upload: str = ""
    more: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return f"{self.scenario} on {self.kind}: {', then '.join(place for place, _ in self.deaths)}"


def cases() -> list[Case]:
    """Return every case: four kinds of platform, a single post, a second part, looks, doubts, logins."""
    found = [Case("single", kind, ((name, 1),)) for kind in ("x", "mastodon", "bluesky", "sandbox") for name in _SEND]
    once = ("turn: leased", "turn: released")
    for kind in ("x", "bluesky"):
        found += [Case("second part", kind, ((name, 2),), parts=2) for name in _SEND if name not in once]
    for kind in ("x", "mastodon", "bluesky"):
        live = ("failed: moved", "failed: committed", "look: begun", "look: read", "live: moved", "live: stored")
        found += [Case("look, it is there", kind, ((name, 1),), fault="lost") for name in live]
        counted = () if kind == "bluesky" else ("look: counted",)
        absent = ("look: begun", "look: read", *counted, "look: absent", "look: committed")
        found += [Case("look, it is not there", kind, ((name, 1),), fault="reset") for name in absent]
        for after in ("send: next", "send: answered"):
            found += [
                Case("doubt", kind, ((after, 1), (name, 1))) for name in ("doubt: moved", "doubt: committed")
            ]  # fmt: skip
    for kind in ("x", "mastodon", "bluesky", "sandbox"):
        # Between the upload and the post, and around an upload that has no clear answer.
        taken = () if kind == "sandbox" else ("upload: taken",)
        between = (*taken, "send: ready", "send: next", "send: answered")
        found += [Case("picture", kind, ((name, 1),), picture=True) for name in between]
        if kind != "sandbox":
            found.append(Case("picture, twice", kind, (("upload: taken", 1), ("upload: taken", 1)), picture=True))
            for fault in ("lost", "half", "failed_after"):
                where = (("failed: committed", 1),)
                found.append(Case(f"picture, upload {fault}", kind, where, picture=True, upload=fault))
    for kind in ("x", "bluesky"):
        found += [
            Case("login renewed", kind, ((name, 1),)) for name in ("renew: locked", "renew: answered", "renew: stored")
        ]
    return found


def run_all(kind: str, chosen: Sequence[Case], *, folder: Path, url: str = "", at_once: int = 3) -> dict[str, Any]:
    """Run the cases on one database; return the checker's figures, ``killed`` and the names of those that lived on."""
    with ExitStack() as stack:
        where = url or stack.enter_context(database(kind, folder))
        numbers: Counter[str] = Counter(case.kind for case in chosen)
        placed: list[tuple[Case, str, str, list[str]]] = []
        chance, seen = random.Random(7), Counter[str]()
        for n, case in enumerate(chosen):
            account = f"{case.kind}:{case.kind}{seen[case.kind]}"
            seen[case.kind] += 1
            placed.append((case, account, f"Tea {n} of", texts(chance, n, case.parts)))
        scripts = tuple((word, case.fault, 1) for case, _, word, _ in placed if case.fault)
        scripts += tuple((digest(n), case.upload, 1) for n, case in enumerate(chosen) if case.upload)
        run = Run(
            str(folder), where, each=max(numbers.values()), read_lag=1.0, faults={**QUIET, "processing": 0.6,
            "lag": 0.2}, scripts=scripts, expired=True,
        )  # fmt: skip
        stage = stack.enter_context(Stage(run))
        waiting, lived = list(placed), []
        running: list[tuple[Case, str, int, int]] = []
        killed = 0
        for n, (case, account, _, said) in enumerate(placed):
            stage.sign(account, said, media=[stage.picture(n)] if case.picture else ())
        while waiting or running:
            while waiting and len(running) < at_once:
                case, account, _, _ = waiting.pop(0)
                running.append((case, account, 0, _arm(stage, case, account, 0)))
            case, account, death, pid = running.pop(0)
            status = stage.pool.wait(pid, 60)
            if status is None:
                stage.pool.kill(pid)
            killed += status == 9
            if status != 9:
                lived.append(f"{case.name} ({death + 1}): status {status}")
            elif death + 1 < len(case.deaths):
                running.append((case, account, death + 1, _arm(stage, case, account, death + 1)))
        stage.pool.start()
        finished = stage.wait_until_done(90)
        found = checker.check(run, stage.app, stage.told)
        steps = sum(len(case.deaths) for case in chosen)
        return found | {"steps": steps, "killed": killed, "lived": lived, "finished": finished}


def _arm(stage: Stage, case: Case, account: str, death: int) -> int:
    place, times = case.deaths[death]
    # Long enough for three looks, each further apart.
    return stage.pool.start(turn=account, die=place, times=times, turns=24, pause=0.4)


def main() -> None:
    """Run every case on both databases, print what went wrong, then one line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--db", default="sqlite,postgresql")
    said = words.parse_args()
    total: Counter[str] = Counter()
    good = True
    for kind in said.db.split(","):
        folder = Path(tempfile.mkdtemp(prefix="signoff-failpoints-"))
        try:
            found = run_all(kind, cases(), folder=folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for line in [*found["lived"], *found["violations"]]:
            print(f"{kind}: {line}")
        good = good and found["finished"] and not found["lived"] and not found["violations"]
        total.update({name: found[name] for name in ("steps", "killed", "duplicates", "lost")})
    places = {place for case in cases() for place, _ in case.deaths}
    for missing in set(failpoints.NAMES) - places:
        print(f"nobody dies at {missing!r}")
        good = False
    print(
        f"failpoints: steps={total['steps']} killed={total['killed']} duplicates={total['duplicates']} "
        f"lost={total['lost']}"
    )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
