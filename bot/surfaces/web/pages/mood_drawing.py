"""Pictures as SVG, drawn on the server: shapes with classes and words with places; templates write them out.

A picture is scaled as a whole, so its words are drawn for one width.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.comment import MOODS
from bot.insight.cloud import Placed

WIDTH, LEFT, TOP = 960.0, 46.0, 34.0
#: What stands beside another picture, or on a phone, is drawn for less.
HALF = 560.0


@dataclass(frozen=True)
class Shape:
    """A rectangle; ``kind`` is its class."""

    x: float
    y: float
    w: float
    h: float
    kind: str
    #: What is said of it to those who point at it.
    title: str = ""


@dataclass(frozen=True)
class Text:
    """A word in the picture."""

    x: float
    y: float
    text: str
    #: ``start``, ``middle`` or ``end``.
    anchor: str = "middle"
    kind: str = ""
    size: float = 13.0


@dataclass(frozen=True)
class Picture:
    """Everything a template needs to draw one."""

    height: float
    shapes: list[Shape] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    width: float = WIDTH


@dataclass(frozen=True)
class Day:
    """One bar over time, with what happened on it."""

    name: str
    #: The same in full, for those who point at it.
    full: str
    counts: Counter[str]
    posts: int = 0
    #: What a spike of bad comments is said to be; empty for none.
    spike: str = ""


def _step(most: int) -> int:
    """Return a round distance between lines, for at most five of them."""
    size = 1
    while True:
        for times in (1, 2, 5):
            if most <= 5 * times * size:
                return times * size
        size *= 10


def over_time(days: Sequence[Day], height: float = 240.0) -> Picture:
    """Draw moods as stacked bars, a mark for posts above and one for a spike."""
    made = Picture(height + 34)
    most = max((d.counts.total() for d in days), default=0) or 1
    step = _step(most)
    top = step * -(-most // step)
    room, base = height - TOP, height
    for value in range(0, top + 1, step):
        y = base - room * value / top
        made.shapes.append(Shape(LEFT, round(y, 1), WIDTH - LEFT, 1, "line"))
        made.texts.append(Text(LEFT - 6, round(y + 4, 1), f"{value:,}", "end"))
    each = (WIDTH - LEFT) / max(1, len(days))
    width = min(56.0, each * 0.72)
    every = -(-len(days) // 15)
    for n, day in enumerate(days):
        middle = LEFT + each * (n + 0.5)
        y = base
        for mood in MOODS:
            if count := day.counts[mood]:
                h = room * count / top
                y -= h
                made.shapes.append(Shape(round(middle - width / 2, 1), round(y, 1), round(width, 1), round(h, 1),
                                         f"fill-{mood}", day.full))  # fmt: skip
        if day.posts:
            made.texts.append(Text(round(middle, 1), 14, "▲" if day.posts == 1 else f"▲{day.posts}", kind="post"))
        if day.spike:
            made.texts.append(Text(round(middle, 1), round(max(30.0, y - 5), 1), "⚠", kind="spike", size=16))
        if n % every == 0:
            made.texts.append(Text(round(middle, 1), base + 20, day.name))
    return made


def bars(rows: Sequence[tuple[str, Counter[str]]], label: float = 130.0) -> Picture:
    """Draw each row as a bar of moods: its length is how many, its parts how they speak."""
    made = Picture(max(30.0, 30.0 * len(rows) + 8), width=HALF)
    most = max((counts.total() for _, counts in rows), default=0) or 1
    room = HALF - label - 62
    for n, (name, counts) in enumerate(rows):
        y, x = 30.0 * n + 4, label
        made.texts.append(Text(label - 10, y + 17, name, "end", size=15))
        for mood in MOODS:
            if count := counts[mood]:
                w = room * count / most
                made.shapes.append(Shape(round(x, 1), y, round(w, 1), 22, f"fill-{mood}", f"{name}: {count}"))
                x += w
        made.texts.append(Text(round(x + 8, 1), y + 17, f"{counts.total():,}", "start", size=14))
    return made


def plain_bars(rows: Sequence[tuple[str, float, str]], label: float = 150.0) -> Picture:
    """Draw each row (name, value, value in words) as a bar of one colour."""
    made = Picture(max(30.0, 30.0 * len(rows) + 8), width=HALF)
    most = max((value for _, value, _ in rows), default=0.0) or 1.0
    for n, (name, value, said) in enumerate(rows):
        y, w = 30.0 * n + 4, (HALF - label - 62) * value / most
        made.texts.append(Text(label - 10, y + 17, name, "end", size=15))
        made.shapes.append(Shape(label, y, round(w, 1), 22, "fill-plain", f"{name}: {said}"))
        made.texts.append(Text(round(label + w + 8, 1), y + 17, said, "start", size=14))
    return made


def cloud(found: Sequence[Placed], height: float) -> Picture:
    """Draw words where they were placed."""
    return Picture(height, texts=[
        Text(p.x + 20, p.y, p.word.word, "start", f"word-{p.word.mood}", p.size) for p in found
    ])  # fmt: skip


def heat(cells: Mapping[tuple[int, int], tuple[int, float]], days: Sequence[str], titles: Mapping[tuple[int, int], str],
         least: int) -> Picture:  # fmt: skip
    """Draw hours by weekday: (posts, times the usual); cells with fewer than ``least`` posts are only outlined."""
    side, left, top = 37.0, 60.0, 26.0
    made = Picture(top + 7 * 30 + 6)
    for hour in range(0, 24, 2):
        made.texts.append(Text(left + side * (hour + 0.5), 18, f"{hour:02d}"))
    for day in range(7):
        y = top + 30 * day
        made.texts.append(Text(left - 8, y + 19, days[day], "end", size=14))
        for hour in range(24):
            n, times = cells.get((day, hour), (0, 0.0))
            kind = "heat-none" if not n else "heat-few" if n < least else f"heat-{level(times)}"
            x = left + side * hour
            made.shapes.append(Shape(round(x, 1), y, side - 2, 28, kind, titles.get((day, hour), "")))
            if n:
                made.texts.append(Text(round(x + side / 2 - 1, 1), y + 19, str(n), kind=f"on-{kind}"))
    return made


def level(times: float) -> int:
    """Return how strongly a cell is filled, 0 to 4: from half of what is usual to double."""
    return min(4, max(0, int((times - 0.5) / 0.35)))
