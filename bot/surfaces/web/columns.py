"""Counts a day as stacked columns: numbers for an inline SVG, which a page draws with classes from the style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: Units of the drawing; the page scales it.
WIDTH, HEIGHT, LEFT, BELOW = 720, 190, 34, 22
#: Columns of a drawing at most.
MOST = 92


@dataclass(frozen=True)
class Bar:
    """One stretch of a column."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Columns:
    """What is drawn."""

    bars: list[Bar]
    #: (x, text) under the columns, and (y, text) beside them.
    below: list[tuple[float, str]]
    beside: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    #: Where the columns stand.
    floor: float = HEIGHT - BELOW


def stacked(
    by_day: Mapping[str, Mapping[str, int]], kinds: Sequence[str], names: Mapping[str, str], first: date, last: date
) -> Columns:
    """Return columns from ``first`` to ``last``, each with ``kinds`` from the bottom up; ``names`` are for titles."""
    first = max(first, last - timedelta(days=MOST - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    highest = max((sum(by_day.get(d.isoformat(), {}).values()) for d in days), default=0)
    top, step = _round(highest)
    floor, room = float(HEIGHT - BELOW), HEIGHT - BELOW - 8.0
    wide = (WIDTH - LEFT) / len(days)
    bars, below = [], []
    for n, day in enumerate(days):
        counts, y, x = by_day.get(day.isoformat(), {}), floor, LEFT + n * wide
        for kind in kinds:
            if count := counts.get(kind, 0):
                high = count / top * room
                y -= high
                title = f"{day.isoformat()} · {names[kind]}: {count}"
                bars.append(Bar(round(x + wide * 0.12, 2), round(y, 2), round(wide * 0.76, 2), round(high, 2), kind,
                                title))  # fmt: skip
        if n % max(1, -(-len(days) // 8)) == 0:
            below.append((round(x + wide / 2, 2), f"{day:%m-%d}"))
    beside = [(round(floor - value / top * room, 2), str(value)) for value in range(0, top + 1, step)]
    return Columns(bars, below, beside)


def _round(highest: int) -> tuple[int, int]:
    """Return the top of the scale and the step between its marks, both whole and round."""
    step = 1
    while highest > step * 4:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return max(step * -(-highest // step), 1), step
