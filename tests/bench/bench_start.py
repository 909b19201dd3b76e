"""How long `signoff --help` takes beside a Python that does nothing, in one run: they alternate, medians count."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 15
GOAL_MS = 200.0
PROGRAMS = {"help": ["-m", "bot", "--help"], "bare": ["-c", "pass"]}


def main() -> int:
    """Measure, print the closing line, and say by the exit code whether the goal holds."""
    spent: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for n in range(ROUNDS + 2):
        for name in PROGRAMS if n % 2 else reversed(PROGRAMS):
            began = time.perf_counter()
            done = subprocess.run([sys.executable, *PROGRAMS[name]], cwd=ROOT, env=env, capture_output=True, check=True)
            if n >= 2:  # the first rounds read from disk and write bytecode
                spent[name].append((time.perf_counter() - began) * 1000)
            if name == "help" and b"doctor" not in done.stdout:
                raise SystemExit("start: --help does not list the commands")
    mine, bare = statistics.median(spent["help"]), statistics.median(spent["bare"])
    print(f"start: help_ms={mine:.0f} bare_python_ms={bare:.0f}")
    return 0 if mine < GOAL_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
