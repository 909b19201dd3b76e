"""A text as numbers for the classifiers: its vector, and what word lists and marks say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from bot.insight import feeling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.embeddings import ShippedEmbedder

#: How much the vector counts beside the word lists under one penalty on all weights.
VECTOR = 3.0
#: Characters of a text that are read; the encoder reads no more than about 256 tokens anyway.
MOST = 2_000
#: Numbers that ``signs`` returns.
SIGNS = 20


class Embedder(Protocol):
    """What turns texts into vectors; ``memory.base.Embedder`` is one."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...


def shipped_embedder() -> Embedder:
    """Return the sentence encoder that needs no download: 16 languages, 512 numbers, 2.4 ms a text."""
    from memory.embeddings import sentence_encoder

    return sentence_encoder()


def second_embedder() -> ShippedEmbedder:
    """Return the two encoders that the brand memory searches with: 896 numbers, about 11 ms a text."""
    from memory.embeddings import shipped

    return shipped()


def features(texts: Sequence[str], languages: Sequence[str], embedder: Embedder) -> NDArray[np.float32]:
    """Return one row a text. Raises EmbeddingFailed."""
    import numpy as np

    said = np.array([signs(t[:MOST], lang) for t, lang in zip(texts, languages, strict=True)], dtype="float32")
    vectors = np.array(embedder.embed(_cut(texts)), dtype="float32")
    return np.hstack([vectors * VECTOR, said])


def second_features(texts: Sequence[str], rows: NDArray[np.float32], embedder: ShippedEmbedder) -> NDArray[np.float32]:
    """Return what the second classifier reads, from the first one's ``rows``: the sentence encoder, which is one of
    its two, is not asked again. Raises EmbeddingFailed."""
    import numpy as np

    known = (rows[:, :-SIGNS] / VECTOR).tolist()
    vectors = np.array(embedder.beside(_cut(texts), known), dtype="float32")
    return np.hstack([vectors * VECTOR, rows[:, -SIGNS:]])


def _cut(texts: Sequence[str]) -> list[str]:
    # The encoder has no vector for an empty text.
    return [text[:MOST].strip() or "." for text in texts]


def signs(text: str, language: str) -> list[float]:
    """Return what word lists and marks say: 20 numbers, those of a language 0 for a text in another."""
    chinese = language.startswith("zh")
    mood = feeling.mood(text, "zh" if chinese else "en")
    own = [mood.score, max(mood.score, 0.0), min(mood.score, 0.0)]
    if chinese:
        hits = [value for _, _, value in feeling.hits(text)]
        own += [sum(v for v in hits if v > 0) / 3, -sum(v for v in hits if v < 0) / 3, 0.0]
    else:
        own += feeling.shares(text)
    none = [0.0] * len(own)
    marks = [
        float(chinese),
        float("?" in text or "？" in text),
        min(3, text.count("!") + text.count("！")) / 3,
        min(len(text), 200) / 200,
        float("http" in text),
        float(text.startswith("@")),
        float(mood.label == "neutral"),
        float(mood.score == 0),
    ]
    return [*(none if chinese else own), *(own if chinese else none), *marks]
