"""How far a text is from the way a brand writes: three distances, each read against the brand's own spread.

- habits: how unusual the text's habits are for the brand (mean of capped z-scores);
- letters: how unlike its short runs of characters are to the brand's (1 - cosine);
- meaning: how far its sentences are from the nearest of the brand's (1 - cosine), where vectors are given.

Each own text is measured too, against all the others (leave one out). So a distance can be told in the brand's own
terms: nearer than so many of its posts. Pure: vectors come from the caller.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.insight import habits
from bot.insight import text as taken
from bot.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

#: Texts that a corpus needs, and the most that are looked at, the newest.
LEAST, MOST = 20, 400
#: How much each distance counts; chosen on the development brands of ``tests/bench/data/voice``.
WEIGHTS = {"habits": 1.0, "letters": 0.3, "meaning": 0.1}
#: A habit's z-score counts up to this; below a spread of FLOOR nothing is unusual.
CAP, FLOOR = 3.0, 0.15
#: A sentence is odd when it is longer than this share of the corpus, or has what this share of posts has.
LONG, RARE = 0.97, 0.05

Vector = Sequence[float]


@dataclass(frozen=True)
class Sample:
    """One text, with a vector for each span of ``habits.sentences``; none where meaning is left out."""

    text: str
    vectors: Sequence[Vector] = ()


@dataclass(frozen=True)
class Odd:
    """One sentence that does not sound like the brand, and why, in words."""

    span: tuple[int, int]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Voice:
    """How near one text is to a brand's voice."""

    #: 0 is the middle of the brand's voice, 0.5 as far from it as its usual post, 1 nothing like it.
    distance: float
    #: Share of the brand's own posts, in percent, that are farther from the others than this text is.
    percentile: int
    #: Texts it was held against.
    texts: int
    odd: tuple[Odd, ...] = ()
    #: What stands out in the text as a whole.
    remarks: tuple[str, ...] = ()
    #: Each distance alone, as 0 to 1 like ``distance``.
    parts: Mapping[str, float] = field(default_factory=dict)


class Profile:
    """A brand's voice in one language, fitted on its own texts. Raises ValueError for fewer than LEAST of them."""

    def __init__(self, samples: Sequence[Sample], language: str) -> None:
        import numpy as np

        if len(samples) < LEAST:
            raise ValueError(len(samples))
        samples = samples[:MOST]
        self.texts, self.chinese = len(samples), language.lower().startswith("zh")
        self._habits = np.array([habits.measure(s.text, self.chinese) for s in samples])
        self._letters = [_letters(s.text) for s in samples]
        self._sum: Counter[str] = Counter()
        for one in self._letters:
            self._sum.update(one)
        self._norm = sum(w * w for w in self._sum.values()) or 1.0
        owner = [n for n, s in enumerate(samples) for _ in s.vectors]
        self._owner = np.array(owner, dtype=np.intp)
        self._vectors = _unit([v for s in samples for v in s.vectors])
        self._lengths = sorted(_length(s.text[a:b]) for s in samples for a, b in habits.sentences(s.text))
        self._marks = [habits.marks(s.text) for s in samples]
        self._tags = [len(taken.hashtags(s.text)) for s in samples]
        self._told = Counter(w for s in samples for w in habits.telling(s.text, self.chinese))
        #: How near each own sentence is to the nearest one of another text.
        self._nearest = self._alone() if len(self._vectors) else np.zeros(0)
        own = {name: np.array(values) for name, values in self._own().items()}
        self._scale = {name: (float(x.mean()), float(x.std()) or 1.0) for name, x in own.items()}
        totals = [self._total({name: float(x[n]) for name, x in own.items()})[0] for n in range(self.texts)]
        #: Distance of each own text from the others, the nearest first: the brand's own spread.
        self.spread: tuple[float, ...] = tuple(sorted(_share(z) for z in totals))

    # --- distances -----------------------------------------------------------------------------------------

    def _own(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {"habits": [], "letters": []}
        for n in range(self.texts):
            rest = self._habits[[i for i in range(self.texts) if i != n]]
            found["habits"].append(_unusual(self._habits[n], rest))
            # The sum of the others is the sum of all less this one, which has length 1.
            dot = _dot(self._letters[n], self._sum)
            found["letters"].append(1 - (dot - 1) / math.sqrt(max(self._norm - 2 * dot + 1, 1e-9)))
        if len(self._nearest):
            far = [self._nearest[self._owner == n] for n in range(self.texts)]
            usual = float(self._nearest.mean())
            found["meaning"] = [1 - (float(x.mean()) if len(x) else usual) for x in far]
        return found

    def _alone(self) -> Numbers:

        near = self._vectors @ self._vectors.T
        near[self._owner[:, None] == self._owner[None, :]] = 0.0
        found: Numbers = near.max(axis=1)
        return found

    def _total(self, parts: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """Return the weighted mean of distances in units of the brand's own spread, and each of them."""
        each = {name: (value - self._scale[name][0]) / self._scale[name][1] for name, value in parts.items()}
        weight = sum(WEIGHTS[name] for name in each)
        return sum(WEIGHTS[name] * z for name, z in each.items()) / weight, each

    def measure(self, sample: Sample) -> Voice:
        """Return how near a text is, with the sentences that do not sound like the brand."""
        spans = habits.sentences(sample.text)
        near: list[float] = []
        if len(self._nearest) and len(sample.vectors) == len(spans) and spans:
            near = [float(x) for x in (_unit(sample.vectors) @ self._vectors.T).max(axis=1)]
        parts = {
            "habits": _unusual(habits.measure(sample.text, self.chinese), self._habits),
            "letters": 1 - _dot(_letters(sample.text), self._sum) / math.sqrt(self._norm),
        }
        if near:
            parts["meaning"] = 1 - sum(near) / len(near)
        total, each = self._total(parts)
        distance = _share(total)
        farther = self.texts - bisect_left(self.spread, distance)
        return Voice(
            round(distance, 3),
            round(100 * farther / self.texts),
            self.texts,
            tuple(self._odd(sample.text, spans, near)),
            tuple(self._whole(sample.text)),
            {name: round(_share(z), 3) for name, z in each.items()},
        )

    # --- what stands out -----------------------------------------------------------------------------------

    def _odd(self, text: str, spans: Sequence[tuple[int, int]], near: Sequence[float]) -> list[Odd]:
        import numpy as np

        # Farther than nearly every own sentence is from its own nearest.
        far = float(np.quantile(self._nearest, RARE / 2)) if len(self._nearest) else -1.0
        found = []
        for n, (start, end) in enumerate(spans):
            said, why = text[start:end], []
            shorter = bisect_left(self._lengths, _length(said)) / max(len(self._lengths), 1)
            if shorter >= LONG:
                why.append(say("longer than {n} % of your sentences", n=min(99, int(shorter * 100))))
            why += [
                self._rare(name, count, k)
                for name, count in habits.marks(said).items()
                if count and (k := sum(m[name] >= count for m in self._marks)) <= RARE * self.texts
            ]
            why += [
                say("“{word}”: said in {k} of your {total} texts", word=word, k=self._told[word], total=self.texts)
                for word in habits.telling(said, self.chinese)
                if self._told[word] <= RARE * self.texts
            ]
            if near and near[n] < far:
                why.append(say("no sentence like this in {total} texts", total=self.texts))
            if why:
                found.append(Odd((start, end), tuple(why)))
        return found

    def _whole(self, text: str) -> list[str]:
        tags, found = len(taken.hashtags(text)), []
        if tags and (k := sum(t >= tags for t in self._tags)) <= RARE * self.texts:
            found.append(self._rare("hashtags", tags, k))
        if not tags and (k := sum(t == 0 for t in self._tags)) <= RARE * self.texts:
            found.append(say("no hashtag; {k} of your {total} texts have none", k=k, total=self.texts))
        return found

    def _rare(self, name: str, n: int, k: int) -> str:
        what = _mark(name)
        return say("{what}: {n}; as many in {k} of your {total} texts", what=what, n=n, k=k, total=self.texts)


def _mark(name: str) -> str:
    return {
        "exclamation": say("exclamation marks"),
        "question": say("question marks"),
        "semicolon": say("semicolons"),
        "ellipsis": say("dots that trail off"),
        "tilde": say("tildes"),
        "dash": say("dashes"),
        "parenthesis": say("parentheses"),
        "emoji": say("emoji"),
        "capitals": say("words in capitals"),
        "hashtags": say("hashtags"),
    }[name]


def _length(sentence: str) -> int:
    return taken.length(taken.prose(sentence))


def _share(z: float) -> float:
    """Return the share of a normal spread below ``z``."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def _unit(vectors: Sequence[Vector]) -> Numbers:
    import numpy as np

    found = np.asarray([list(v) for v in vectors], dtype=np.float32).reshape(len(vectors), -1 if len(vectors) else 1)
    unit: Numbers = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return unit


def _unusual(row: Any, rows: Numbers) -> float:
    """Return the mean of how many spreads each habit of ``row`` is off, each capped."""
    import numpy as np

    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    return float(np.minimum(np.abs(np.asarray(row) - mean) / np.maximum(spread, FLOOR), CAP).mean())


def _letters(text: str) -> dict[str, float]:
    """Return the characters and pairs of characters, marks too, each weighted by the root of its count, at length 1."""
    plain = " ".join(text.lower().split())
    counted = Counter(plain[n : n + size] for size in (1, 2) for n in range(len(plain) - size + 1))
    weighed = {gram: math.sqrt(count) for gram, count in counted.items()}
    norm = math.sqrt(sum(w * w for w in weighed.values())) or 1.0
    return {gram: w / norm for gram, w in weighed.items()}


def _dot(one: Mapping[str, float], many: Mapping[str, float]) -> float:
    return sum(w * many.get(gram, 0.0) for gram, w in one.items())
