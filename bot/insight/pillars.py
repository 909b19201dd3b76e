"""Which of the brand's subjects a text is about, how much of each there was, and what came of each. Pure functions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from bot.domain.editorial import Pillar
from bot.insight import text as texts

#: Fewer posts than this on either side tell nothing about what does well.
LEAST = 3
#: Less likeness than this to every subject, and no word of it: the text is about something else.
FLOOR = 0.15
#: How much nearness to a fact of a subject counts, beside nearness to the subject's own words.
FACT = 0.8
#: What one shared word adds to the likeness, for at most two words.
WORD = 0.12
_EMPTY = frozenset(
    "about after also and are for from have how its our that the them they this what when with you your".split()
)

Vector = Sequence[float]


@dataclass(frozen=True)
class Share:
    """How much of what is said is about one subject."""

    pillar: Pillar
    #: Texts about it, and all that were counted.
    count: int
    of: int

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.of) if self.of else 0

    @property
    def short(self) -> float:
        """Return how many percent points it lacks; 0 where no share is set or it has its share."""
        return max(0.0, self.pillar.share - 100 * self.count / self.of) if self.of else float(self.pillar.share)


@dataclass(frozen=True)
class Group:
    """What came of the posts on one subject, or told in one way, against all others of the same accounts."""

    name: str
    count: int
    #: Median of answers (likes, replies, reposts) to them, and to the others.
    middle: float
    others: int
    others_middle: float


def marks(text: str) -> set[str]:
    """Return what tells a text from others: stems of its words, pairs of Han characters."""
    bare = texts.prose(text).lower()
    words = {w[:6] for w in re.findall(r"[a-zà-ɏ]{4,}", bare) if w not in _EMPTY}
    runs = re.findall(r"[\u4e00-\u9fff]+", bare)
    return words | {run[i : i + 2] for run in runs for i in range(len(run) - 1)}


@lru_cache(maxsize=256)
def _marks_of(pillar: Pillar) -> frozenset[str]:
    return frozenset(marks(pillar.id.replace("-", " ")).union(*(marks(words) for _, words in pillar.text.texts)))


def about(
    text: str, pillars: Sequence[Pillar], vector: Vector = (), known: Mapping[str, Sequence[tuple[Vector, float]]] = {}
) -> str:
    """Return the id of the subject that a text is nearest to, by meaning where vectors are given, and by words.

    ``known``: by pillar, vectors of its own words (1.0) and of facts that belong to it (``FACT``), with what their
    nearness counts. Empty where the text is near to none.
    """
    mine, scores = marks(text), dict[str, float]()
    for pillar in pillars:
        own = _marks_of(pillar)
        near = max((_cosine(vector, v) * weight for v, weight in known.get(pillar.id, ())), default=0.0)
        shared = min(2, len(mine & own))
        if near >= FLOOR or shared:
            scores[pillar.id] = near + WORD * shared
    return max(scores, key=lambda name: scores[name]) if scores else ""


def shares(pillars: Sequence[Pillar], found: Sequence[str]) -> list[Share]:
    """Return each subject's share of the texts, by the ids that ``about`` gave; in the brand's order."""
    counts = Counter(found)
    return [Share(p, counts[p.id], len(found)) for p in pillars]


def groups(results: Sequence[tuple[str, str, int]]) -> list[Group]:
    """Hold each group of posts against the others, from (account, group, answers); best first.

    Answers are told as multiples of what is usual on the account, so that a large account does not decide. Nothing is
    said of a group with fewer than ``LEAST`` posts, or with fewer others.
    """
    usual = {account: median(n for a, _, n in results if a == account) for account, _, _ in results}
    found = []
    for name in dict.fromkeys(group for _, group, _ in results if group):
        own = [(a, n) for a, group, n in results if group == name]
        rest = [(a, n) for a, group, n in results if group != name]
        if min(len(own), len(rest)) >= LEAST:
            scale = [n / max(usual[a], 1) for a, n in own], [n / max(usual[a], 1) for a, n in rest]
            mine, theirs = median(n for _, n in own), median(n for _, n in rest)
            found.append((median(scale[0]) - median(scale[1]), Group(name, len(own), mine, len(rest), theirs)))
    return [group for _, group in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]


def better(group: Group) -> bool:
    """Say whether a group's posts did so much better that one may say so: half as many answers again, and one more."""
    return group.middle >= 1.5 * group.others_middle and group.middle >= group.others_middle + 1


def _cosine(a: Vector, b: Vector) -> float:
    size = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / size if size else 0.0
