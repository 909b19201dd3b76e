"""What the brand's memory is: the items it keeps, what a search returns, and what can go wrong.

``memory`` is a leaf: it imports nothing of ``bot`` or ``tools``. Its errors carry a message and a next step, so that
the application can pass them on to a person as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

#: Whose words may be retrieved for writing unless the caller says otherwise. Never ``stranger``.
TRUSTED = frozenset({"brand", "operator"})

#: Told how many texts are embedded, and of how many.
Progress = Callable[[int, int], None]
#: Texts embedded between two reports.
STEP = 64


class MemoryFault(Exception):
    """The brand memory could not do what was asked."""

    def __init__(self, message: str = "", *, next_step: str = "") -> None:
        doc = (type(self).__doc__ or "").strip().splitlines()
        self.message = message or doc[0]
        self.next_step = next_step
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class IngestError(MemoryFault):
    """A guideline file cannot be read as rules."""

    def __init__(self, message: str, file: str, line: int, *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.file = file
        #: Counted from 1.
        self.line = line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {super().__str__()}"


class EmbedderChanged(MemoryFault):
    """The memory was written with another embedding model; vectors of two models cannot be compared."""

    @classmethod
    def of(cls, brand: str, learnt: str, now: str) -> EmbedderChanged:
        """Return the error for a memory learnt with the model ``learnt`` when ``now`` is configured."""
        return cls(
            f"The guidelines of {brand!r} were learnt with the embedding model {learnt!r}, not {now!r}.",
            next_step="Run `signoff learn --reindex` to learn them again with the present one.",
        )


class EmbeddingFailed(MemoryFault):
    """The embedding model gave no usable answer."""


class MemoryUnreachable(MemoryFault):
    """The place where the brand memory is kept does not answer."""


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how near two texts are in meaning."""

    @property
    def name(self) -> str:
        """Name the model; stored beside the vectors, because two models' vectors cannot be mixed."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector a text, in order, all of one length. Raises EmbeddingFailed."""
        ...


@dataclass(frozen=True)
class MemoryItem:
    """One thing to remember: a rule, with where it stands and whose words it is."""

    id: str
    text: str
    #: ``brand`` (its files), ``operator`` (its people) or ``stranger`` (anybody else).
    provenance: str = "brand"
    #: BCP 47; empty means that it holds in every language.
    language: str = ""
    kind: str = ""
    file: str = ""
    line: int = 0
    #: Headings above it, joined by `` > ``; embedded with the text.
    heading: str = ""
    #: Id of the same item in another language.
    twin: str = ""
    #: Other wordings under which it should be found, such as the question that a saved answer answers.
    aliases: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 in hex over what it says; moving it to another line changes nothing."""
        said = [self.kind, self.text, self.language, self.provenance, self.heading, *self.aliases]
        return hashlib.sha256("\x1f".join(said).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Learned:
    """How many items a call to ``learn`` added, changed, removed and left as they were."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Hit:
    """One item found."""

    id: str
    text: str
    #: How well it answers, at most 1; higher is better. Its cosine, raised by ideas and words it shares with the query.
    score: float
    #: provenance, sha256, file, line, language, kind, heading, twin.
    metadata: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """One row as it is kept: a piece of an item, or another wording of it."""

    #: Id of its item.
    id: str
    #: What the vector was made of.
    text: str
    vector: Sequence[float]


class BrandMemory(Protocol):
    """What is known of each brand, found by meaning. ``tests/contract/memory_contract.py`` holds each kind to this."""

    @property
    def embedder(self) -> Embedder:
        """Return the model that makes the vectors; it loads when it is first used."""
        ...

    def learn(
        self,
        brand: str,
        version: str,
        items: Sequence[MemoryItem],
        *,
        reindex: bool = False,
        progress: Progress | None = None,
    ) -> Learned:
        """Make the memory of ``brand`` hold exactly ``items``, as ``version``.

        Only what changed is embedded; the same items twice embed and write nothing. ``reindex`` embeds all anew,
        which a change of the embedding model needs; what was there stays until all is embedded. Raises
        EmbedderChanged, EmbeddingFailed, MemoryUnreachable, and ValueError when two items share an id.
        """
        ...

    def search(
        self,
        brand: str,
        query: str,
        k: int = 8,
        language: str | None = None,
        provenance: Collection[str] = TRUSTED,
    ) -> list[Hit]:
        """Return up to ``k`` items that answer ``query`` best, by meaning and by words; none for an unknown brand.

        ``language`` (BCP 47; only its first part counts) leaves out an item of another language when its twin in
        that language is there, so that a rule written in one language only is still found. ``provenance`` lists whose
        words may be returned. Raises EmbedderChanged, EmbeddingFailed, MemoryUnreachable.
        """
        ...

    def kept(self, brand: str) -> list[Kept]:
        """Return every row of ``brand`` with its vector, for measures over all of them; none for an unknown brand.

        Raises EmbedderChanged, MemoryUnreachable.
        """
        ...

    def shelf(self, name: str) -> BrandMemory:
        """Return the memory of something else about the same brands, such as ``posts``, in the same place.

        What is learnt, found and forgotten there is apart from what is here.
        """
        ...

    def version(self, brand: str) -> str | None:
        """Return the version last learnt in full; None when nothing was, or when learning was cut off."""
        ...

    def forget(self, brand: str) -> None:
        """Remove everything about ``brand``; not an error when there is nothing."""
        ...

    def health(self) -> tuple[bool, str]:
        """Say whether the memory can be used, and how it is kept, in words. Never raises."""
        ...


def embedded(embedder: Embedder, texts: Sequence[str], progress: Progress | None = None) -> list[list[float]]:
    """Return one vector a text, and tell ``progress`` on the way. Raises EmbeddingFailed."""
    vectors: list[list[float]] = []
    for n in range(0, len(texts), STEP):
        vectors += embedder.embed(texts[n : n + STEP])
        if progress is not None:
            progress(len(vectors), len(texts))
    return vectors
