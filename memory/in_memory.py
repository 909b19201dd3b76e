"""The brand memory in plain Python: for tests and for a first run; nothing is kept after the process ends."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from memory.base import TRUSTED, Embedder, EmbedderChanged, Hit, Kept, Learned, MemoryItem, Progress, embedded
from memory.plan import Metadata, plan, rows
from memory.ranking import Index


class TinyEmbedder:
    """Words and Han pairs hashed into 256 counts: the same everywhere, knows no meaning; for tests only."""

    name = "tiny"

    def __init__(self) -> None:
        #: Texts embedded so far, so that a test can see that nothing was embedded twice.
        self.count = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return 256 numbers a text."""
        self.count += len(texts)
        return [self._one(text) for text in texts]

    @staticmethod
    def _one(text: str) -> list[float]:
        vector = [0.0] * 256
        text = text.lower()
        for token in re.findall(r"[a-z0-9]+|(?=([\u4e00-\u9fff]{2}))", text) + re.findall(r"[a-z0-9]+", text):
            if token:
                vector[hashlib.sha256(token.encode()).digest()[0]] += 1.0
        return vector if any(vector) else [1.0, *vector[1:]]


@dataclass
class _Shelf:
    embedder: str
    version: str | None = None
    vectors: dict[str, list[float]] = field(default_factory=dict)
    metadata: dict[str, Metadata] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    #: Made at the first search after a change.
    index: Index | None = None


class InMemory:
    """A BrandMemory in dictionaries."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder: Embedder = embedder or TinyEmbedder()
        self._shelves: dict[str, _Shelf] = {}
        self._others: dict[str, InMemory] = {}

    def learn(
        self,
        brand: str,
        version: str,
        items: Sequence[MemoryItem],
        *,
        reindex: bool = False,
        progress: Progress | None = None,
    ) -> Learned:
        """See BrandMemory."""
        want = rows(items)
        shelf = None if reindex else self._shelf(brand)
        shelf = shelf or _Shelf(self.embedder.name)
        todo = plan(shelf.metadata, want)
        vectors = embedded(self.embedder, [r.embed for r in todo.embed], progress)
        for row, vector in zip(todo.embed, vectors, strict=True):
            shelf.vectors[row.id], shelf.metadata[row.id], shelf.texts[row.id] = vector, row.metadata, row.embed
        for row in todo.touch:
            shelf.metadata[row.id] = row.metadata
        for row_id in todo.delete:
            del shelf.vectors[row_id], shelf.metadata[row_id], shelf.texts[row_id]
        shelf.version, shelf.index = version, None
        self._shelves[brand] = shelf
        return todo.learned

    def search(
        self,
        brand: str,
        query: str,
        k: int = 8,
        language: str | None = None,
        provenance: Collection[str] = TRUSTED,
    ) -> list[Hit]:
        """See BrandMemory."""
        shelf = self._shelf(brand)
        if shelf is None or not query.strip() or k < 1 or not provenance:
            return []
        if shelf.index is None:
            ids = list(shelf.metadata)
            texts, vectors = [shelf.texts[i] for i in ids], [shelf.vectors[i] for i in ids]
            shelf.index = Index(texts, [shelf.metadata[i] for i in ids], vectors)
        [vector] = self.embedder.embed([query])
        return shelf.index.search(query, vector, k, language, provenance)

    def kept(self, brand: str) -> list[Kept]:
        """See BrandMemory."""
        shelf = self._shelf(brand)
        if shelf is None:
            return []
        return [Kept(str(m["item"]), shelf.texts[i], shelf.vectors[i]) for i, m in shelf.metadata.items()]

    def shelf(self, name: str) -> InMemory:
        """See BrandMemory."""
        if name not in self._others:
            self._others[name] = InMemory(self.embedder)
        return self._others[name]

    def version(self, brand: str) -> str | None:
        """See BrandMemory."""
        shelf = self._shelves.get(brand)
        return shelf.version if shelf else None

    def forget(self, brand: str) -> None:
        """See BrandMemory."""
        self._shelves.pop(brand, None)

    def health(self) -> tuple[bool, str]:
        """See BrandMemory."""
        return True, f"in this process only, {self.embedder.name}"

    def _shelf(self, brand: str) -> _Shelf | None:
        shelf = self._shelves.get(brand)
        if shelf and shelf.embedder != self.embedder.name:
            raise EmbedderChanged.of(brand, shelf.embedder, self.embedder.name)
        return shelf
