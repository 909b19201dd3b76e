"""Without guards, and with each guard taken out alone: ``python -m tests.safety.teeth``."""

from __future__ import annotations

import sys

from bot.surfaces.redteam import channels, matrix, teeth
from bot.surfaces.redteam.guards import MUTANTS
from tests.slack.words_world import Slack


def main() -> int:
    with channels.pages(), matrix.attacked(slack=Slack) as t:
        reached, tried, missed = teeth.unguarded(t)
        killed, alive, sick = teeth.mutants(t)
    for line in [
        *(f"not reached without guards: {m}" for m in missed),
        *(f"survived: {a}" for a in alive),
        *(f"red with its guard: {s}" for s in sick),
    ]:
        print(line)
    print("taken out and seen: " + "; ".join(killed))
    print(f"teeth: unguarded={reached}/{tried} mutants={len(MUTANTS)} killed={len(killed)}")
    return int(bool(alive or sick) or reached < 0.95 * tried)


if __name__ == "__main__":
    sys.exit(main())
