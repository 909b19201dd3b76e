"""Which items answer a query best: by meaning and by words together. Every kind of memory ranks with this.

A row's score is its cosine, raised by the ideas and the words it shares with the query, rare ones counting most:
``1 - (1 - cosine) * exp(-shared)``. The cosine is taken after a part of what all rows of a language have in common is
taken off both vectors, since it tells none of them apart. So a row without a shared word keeps its cosine, a shared
word never takes a row down, and no score passes 1. Where a rule is there in two languages, the cosine of its other
text counts too. Words meant to the letter (quoted, #tags, files) count many times more than others.

All rows of a brand are held in memory and compared exactly: at 10,000 rows that is 20 MB and a few milliseconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memory.base import Hit
from memory.plan import hit, primary
from memory.thesaurus import ideas
from memory.words import literal, mentioned, named, quoted, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

#: BM25's: how soon a repeated word stops counting, and how much a long text is held back.
_K1, _B = 1.2, 0.5
#: The part of the rows' mean that is taken off them and the query, and the number of rows at which half of it is: the
#: mean of a few rows is mostly one of them.
COMMON, _FEW = 0.4, 10
#: How many rare words a quotation counts that stands in a row as it is, or the row's id.
_VERBATIM = 4.5


@dataclass(frozen=True)
class Weights:
    """How much each half counts; chosen on development brands that the embedding model's tuning had left out."""

    meaning: float = 1.0
    idea: float = 0.05
    word: float = 0.01
    #: A number, or a Latin name in a Chinese question.
    mention: float = 0.2
    literal: float = 0.4
    #: The part of a row's cosine that is its twin's.
    twin: float = 0.4


HYBRID = Weights()


class Index:
    """The rows of one brand, ready to be searched. Not changed after it is made, so threads may share it."""

    def __init__(
        self,
        texts: Sequence[str],
        metadata: Sequence[Mapping[str, Any]],
        vectors: Iterable[Any],
        common: float = COMMON,
    ) -> None:
        """Take for each row the text that was embedded, its metadata and vector; ``common`` is the part taken off."""
        import numpy as np

        self._metadata = metadata
        matrix = _unit(np.asarray(list(vectors), dtype=np.float32).reshape(len(texts), -1 if texts else 1))
        items: dict[str, int] = {}
        self._item = np.array([items.setdefault(str(m["item"]), len(items)) for m in metadata], dtype=np.intp)
        self._items = len(items)
        #: For each row the item that says the same in another language; its own item where there is none.
        self._partner = _partners(metadata, items)[self._item]
        self._provenance = np.array([str(m["provenance"]) for m in metadata], dtype=np.str_)
        self._lang = np.array([str(m["lang"]) for m in metadata], dtype=np.str_)
        #: For each language its rows, their vectors, and what was taken off these.
        self._groups: list[tuple[Numbers, Numbers, Numbers]] = []
        for lang in sorted(set(self._lang.tolist())):
            rows = np.flatnonzero(self._lang == lang)
            shared = matrix[rows].mean(axis=0) * (common * len(rows) / (len(rows) + _FEW))
            self._groups.append((rows, _unit(matrix[rows] - shared), shared))
        self._twins: dict[str, Numbers] = {}
        said = [tokens(f"{text} {m['item']} {m.get('file', '')}") for text, m in zip(texts, metadata, strict=True)]
        self._words = _postings(said, _B)
        self._texts = [text.lower() for text in texts]
        self._ids: dict[str, list[int]] = defaultdict(list)
        for row, m in enumerate(metadata):
            for name in {str(m["item"]).lower(), str(m["item"]).lower().removesuffix(f".{m['lang']}")}:
                self._ids[name].append(row)
        self._ideas = _postings([sorted(ideas(text)) for text in texts], 0.0)

    def search(
        self,
        query: str,
        vector: Sequence[float],
        k: int,
        language: str | None,
        provenance: Collection[str],
        weights: Weights = HYBRID,
    ) -> list[Hit]:
        """Return up to ``k`` items, best first; ``vector`` is that of ``query``."""
        import numpy as np

        trusted = np.isin(self._provenance, sorted(provenance))
        allowed = np.flatnonzero(trusted & self._in(language))
        if not len(allowed):
            return []
        asked = _unit(np.array(vector, dtype=np.float32))
        cosine = np.zeros(len(self._metadata), dtype=np.float32)
        for rows, matrix, shared in self._groups:
            # Not `@`: that starts threads, which wait for each other on a busy machine (p95 32 ms instead of 10).
            cosine[rows] = np.einsum("ij,j->i", matrix, _unit(asked - shared)) * weights.meaning
        nearest = np.full(self._items, -1, dtype=cosine.dtype)
        np.maximum.at(nearest, self._item[trusted], cosine[trusted])
        partner = nearest[self._partner]
        cosine += weights.twin * np.where(partner > -1, partner - nearest[self._item], 0)
        score = (1 - (1 - cosine) * np.exp(-self._shared(query, weights)))[allowed]
        best = np.full(self._items, -np.inf, dtype=score.dtype)
        np.maximum.at(best, self._item[allowed], score)
        row_of: dict[int, Any] = {}
        # The best rows come first, so the first row of an item is the one that stands for it.
        order = allowed[np.lexsort((self._item[allowed], -score))]
        for row in order:
            row_of.setdefault(int(self._item[row]), row)
            if len(row_of) > k:
                break
        found = [hit(self._metadata[row], float(best[item])) for item, row in row_of.items()]
        return sorted(found, key=lambda h: (-h.score, h.id))[:k]

    def _shared(self, query: str, weights: Weights) -> Numbers:
        """Return for each row how much of the query's ideas and words it shares."""
        import numpy as np

        total = np.zeros(len(self._metadata), dtype=np.float32)
        if weights.idea:
            for idea in ideas(query):
                if idea in self._ideas:
                    rows, worth = self._ideas[idea]
                    total[rows] += weights.idea * worth
        meant = literal(query) if weights.literal else set()
        likely = mentioned(query) if weights.mention else set()
        for word in set(tokens(query)) if weights.word or meant or likely else ():
            if word in self._words:
                rows, worth = self._words[word]
                weight = weights.literal if word in meant else weights.mention if word in likely else weights.word
                total[rows] += weight * worth
        if weights.literal:
            for quotation in quoted(query):
                here = [row for row, text in enumerate(self._texts) if quotation in text]
                total[here] += weights.literal * _VERBATIM
            for name in named(query):
                total[self._ids.get(name, [])] += weights.literal * _VERBATIM
        return total

    def _in(self, language: str | None) -> Numbers:
        """Say for each row whether it may stand for its rule in ``language``."""
        import numpy as np

        if not language:
            return np.ones(len(self._metadata), dtype=bool)
        lang = primary(language)
        has_twin = [bool(m.get(f"in_{lang}")) for m in self._metadata] if lang not in self._twins else []
        twins = self._twins.setdefault(lang, np.array(has_twin, dtype=bool))
        found: Numbers = (self._lang == lang) | ~twins
        return found


def _unit(vectors: Numbers) -> Numbers:
    """Return vectors (the last axis) of length 1; one of no length stays."""
    import numpy as np

    found: Numbers = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return found


def _partners(metadata: Sequence[Mapping[str, Any]], items: Mapping[str, int]) -> Numbers:
    """Return for each item the number of its twin, or of who calls it its twin, or its own."""
    import numpy as np

    found = np.arange(len(items), dtype=np.intp)
    pairs = {(items[str(m["item"])], items[twin]) for m in metadata if (twin := str(m.get("twin", ""))) in items}
    for one, two in sorted(pairs):
        found[one] = two
        if found[two] == two:
            found[two] = one
    return found


def _postings(said: Sequence[Sequence[Hashable]], b: float) -> dict[Hashable, tuple[Numbers, Numbers]]:
    """Return for each word the rows it stands in and what it is worth there: BM25, from 0 to about 1."""
    import numpy as np

    mean = sum(map(len, said)) / max(len(said), 1) or 1.0
    where: dict[Hashable, list[tuple[int, float]]] = defaultdict(list)
    for row, words in enumerate(said):
        held = _K1 * (1 - b + b * len(words) / mean)
        for word, n in Counter(words).items():
            where[word].append((row, n * (_K1 + 1) / (n + held)))
    most = math.log(1 + len(said)) or 1.0
    found: dict[Hashable, tuple[Numbers, Numbers]] = {}
    for word, places in where.items():
        rarity = math.log(1 + (len(said) - len(places) + 0.5) / (len(places) + 0.5)) / most
        rows, worth = zip(*places, strict=True)
        found[word] = np.array(rows, dtype=np.intp), np.array(worth, dtype=np.float32) * rarity
    return found
