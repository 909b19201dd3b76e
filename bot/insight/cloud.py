"""The words that comments are made of: counted, and laid out as a cloud."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.insight import text as taken
from bot.insight.keyword import hollow

#: Words of a cloud, and how often one must be said at least.
MOST, LEAST = 60, 2
#: Font sizes of the cloud, its width and the room between words.
SMALL, LARGE, WIDTH, GAP = 14.0, 46.0, 920.0, 14.0


@dataclass(frozen=True)
class Word:
    """A word, how many comments say it, and in which mood."""

    word: str
    n: int
    moods: Counter[str]

    @property
    def mood(self) -> str:
        """The mood that clearly leads; else neutral."""
        bad, good = self.moods["negative"], self.moods["positive"]
        return "negative" if bad > 2 * good and 2 * bad > self.n else "positive" if (
            good > 2 * bad and 2 * good > self.n) else "neutral"  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """A word in its place: the left end of its baseline, and its font size."""

    word: Word
    x: float
    y: float
    size: float


@lru_cache(maxsize=20_000)
def _words(text: str, language: str) -> frozenset[str]:
    found = set()
    for word in taken.words(taken.prose(text), language):
        low = word.casefold()
        if hollow(low) or not low.isalnum() or low.isdigit() or len(low) > 24:
            continue
        if len(low) > 1 if _wide(low[0]) else len(low) > 2:
            found.add(low)
    return frozenset(found)


def words(said: Iterable[tuple[str, str, str]], most: int = MOST) -> list[Word]:
    """Return the most said words of (text, language, mood), each counted once a comment."""
    by_mood: dict[str, Counter[str]] = {}
    for text, language, mood in said:
        by_mood.setdefault(mood, Counter()).update(_words(text, language))
    often = Counter[str]()
    for counts in by_mood.values():
        often.update(counts)
    ranked = sorted(((w, n) for w, n in often.items() if n >= LEAST), key=lambda pair: (-pair[1], pair[0]))[:most]
    return [Word(w, n, Counter({m: c[w] for m, c in by_mood.items() if w in c})) for w, n in ranked]


def placed(given: list[Word]) -> tuple[list[Placed], float]:
    """Lay words out in rows, the most said in the middle; return them with the height of it all."""
    if not given:
        return [], 0.0
    high, low = math.sqrt(given[0].n), math.sqrt(given[-1].n)
    share = [(math.sqrt(w.n) - low) / (high - low) if high > low else 0.4 for w in given]
    sized = [(w, SMALL + (LARGE - SMALL) * much) for w, much in zip(given, share, strict=True)]
    rows: list[list[tuple[Word, float]]] = [[]]
    for word, size in sized:
        if rows[-1] and sum(_width(w.word, s) + GAP for w, s in rows[-1]) + _width(word.word, size) > WIDTH:
            rows.append([])
        # To the left and the right in turn, so that a row's largest stands in its middle.
        rows[-1].insert(0 if len(rows[-1]) % 2 else len(rows[-1]), (word, size))
    # Rows of large words in the middle.
    order = [*rows[1::2][::-1], *rows[0::2]]
    found, y = [], 8.0
    for row in order:
        height = max(size for _, size in row)
        y += height
        x = (WIDTH - sum(_width(w.word, s) + GAP for w, s in row) + GAP) / 2
        for word, size in row:
            found.append(Placed(word, round(x, 1), round(y, 1), round(size, 1)))
            x += _width(word.word, size) + GAP
        y += height * 0.25 + 4
    return found, round(y + 8, 1)


def _width(word: str, size: float) -> float:
    return sum(1.02 if _wide(c) else 0.6 for c in word) * size


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
