"""How much two texts say the same: by meaning and by letters together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.insight import text as taken

#: Likeness from which two texts are repeats; chosen on the rewrites of ``tests/bench/data/voice``.
CLOSE = 0.67
#: Letters in a run that is compared, for Latin letters and for Chinese.
_RUN = 4, 2
_BACKGROUND = (
    (
        "The lawn needs mowing before the neighbours complain again.",
        "Trigonometry was taught on the second floor by a man with a limp.",
        "She changed trains twice and slept through the tunnel.",
        "The committee could not agree on the colour of the bicycle shed.",
    ),
    (
        "院子里的草再不割，邻居又要抱怨了。",
        "教三角函数的老师在二楼，走路有点跛。",
        "她换了两次火车，过隧道时一直睡着。",
        "委员会对自行车棚的颜色始终谈不拢。",
    ),
)

Vector = Sequence[float]


def shingles(text: str) -> frozenset[str]:
    """Return the runs of letters of a text without its marks: four long, in Chinese two."""
    size = _RUN[taken.is_chinese(text)]
    plain = "".join(c for c in taken.prose(text).lower() if c.isalnum())
    return frozenset(plain[n : n + size] for n in range(max(len(plain) - size + 1, 1)))


def shared(one: str, other: str) -> float:
    """Return the share of runs of letters that two texts have in common, of the shorter one's."""
    a, b = shingles(one), shingles(other)
    return len(a & b) / max(min(len(a), len(b)), 1)


def background(text: str) -> tuple[str, ...]:
    """Return texts of everyday life in the language of ``text``, about nothing that a brand is likely to say."""
    return _BACKGROUND[taken.is_chinese(text)]


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two vectors."""
    size = math.sqrt(sum(x * x for x in one) * sum(x * x for x in other)) or 1.0
    return sum(x * y for x, y in zip(one, other, strict=True)) / size


def likeness(one: str, other: str, near: float, floor: float = 0.0) -> float:
    """Return how much two texts say the same, at most 1: their cosine ``near``, raised by the letters they share.

    ``floor`` is the cosine of texts that have nothing to do with each other, which differs from one embedding model to
    the next: the mean of that of ``other`` and its ``background``.
    """
    meaning = max(near - floor, 0.0) / max(1 - floor, 1e-6)
    return 1 - (1 - meaning) * (1 - shared(one, other))
