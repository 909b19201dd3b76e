"""Models of other tools' loops beside ours, through the same kills and faults: a table for ``docs/benchmarks.md``.

They are models, a few lines each (``guards.py``), not the tools themselves: "retry on any error" publishes, then marks,
and publishes again after any error with a fresh key; "mark first" marks, publishes, and never looks back.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.acceptance.harness.adverse import peers
from tests.acceptance.harness.guards import STRATEGIES


def main() -> None:
    """Print the table; exit 0 only if ours is clean and each model is not."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--posts", type=int, default=200)
    words.add_argument("--kills", type=int, default=40)
    words.add_argument("--seed", type=int, default=1)
    said = words.parse_args()
    print("| Loop | posts | parts | kills | duplicates | never published | live but not known | wall |")
    print("|---|---|---|---|---|---|---|---|")
    good = True
    for strategy in (*STRATEGIES, ""):
        with tempfile.TemporaryDirectory(prefix="signoff-peers-") as folder:
            (Path(folder) / "home").mkdir()
            url = f"sqlite:///{folder}/home/signoff.db"
            found = peers(Path(folder), url, strategy, posts=said.posts, kills=said.kills, seed=said.seed)
        name = strategy or "**Signoff**: intent, look, settle"
        print(
            f"| {name} | {found['posts']} | {found['parts']} | {found['kills']} | {found['duplicates']} | "
            f"{found['lost']} | {found['unknown']} | {found['wall_s']:.0f} s |",
            flush=True,
        )
        if not strategy:
            good = good and found["finished"]
        good = good and (found["duplicates"] + found["lost"] + found["unknown"] > 0) is bool(strategy)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
