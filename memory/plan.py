"""What learning has to do: items become rows, and rows are compared with those that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from memory.base import Hit, Learned, MemoryItem
from memory.chunking import chunk

Metadata = dict[str, str | int | bool]

#: Kept on a row for our own use; never shown on a hit.
_OWN = ("item", "text", "lang")


@dataclass(frozen=True)
class Row:
    """One vector's worth of an item: ``embed`` is what the vector is made of, ``metadata`` what it carries."""

    id: str
    embed: str
    metadata: Metadata


@dataclass(frozen=True)
class Plan:
    """The smallest change from the rows that are there to those wanted."""

    embed: tuple[Row, ...]
    #: Rows that say the same but moved: metadata only, no embedding.
    touch: tuple[Row, ...]
    delete: tuple[str, ...]
    learned: Learned

    @property
    def empty(self) -> bool:
        return not (self.embed or self.touch or self.delete)


def primary(language: str) -> str:
    """Return the first part of a BCP 47 tag: ``zh`` for ``zh-Hans``."""
    return language.split("-")[0].lower()


def rows(items: Sequence[MemoryItem]) -> list[Row]:
    """Return the rows for ``items``, in order. Raises ValueError when two share an id."""
    twice = [item_id for item_id, n in Counter(item.id for item in items).items() if n > 1]
    if twice:
        raise ValueError(f"two items have the id {twice[0]!r}")
    by_id = {item.id: item for item in items}
    return [row for item in items for row in _rows(_alone(item, by_id), _group(item, by_id))]


def _alone(item: MemoryItem, by_id: Mapping[str, MemoryItem]) -> MemoryItem:
    """Return ``item`` without its twin's text among its wordings: the twin has a row of its own."""
    twin = by_id.get(item.twin)
    if twin is None or twin.text not in item.aliases:
        return item
    return replace(item, aliases=tuple(alias for alias in item.aliases if alias != twin.text))


def _group(item: MemoryItem, by_id: Mapping[str, MemoryItem]) -> set[str]:
    """Return the other languages that ``item`` can be read in: its twin, its twin's twin, and who points to it."""
    ids = {item.id, item.twin} - {""}
    ids |= {by_id[i].twin for i in tuple(ids) if i in by_id} - {""}
    ids |= {i for i, other in by_id.items() if other.twin in ids}
    return {primary(by_id[i].language) for i in ids if i in by_id} - {primary(item.language), ""}


def _rows(item: MemoryItem, also_in: set[str]) -> Iterable[Row]:
    metadata: Metadata = {
        "item": item.id,
        "text": item.text,
        "lang": primary(item.language),
        "provenance": item.provenance,
        "sha256": item.sha256,
        "file": item.file,
        "line": item.line,
        "language": item.language,
        "kind": item.kind,
        "heading": item.heading,
        "twin": item.twin,
        **{f"in_{lang}": True for lang in also_in},
    }
    texts = [f"{item.heading}: {piece}" if item.heading else piece for piece in chunk(item.text)]
    for n, text in enumerate([*texts, *item.aliases] or [""]):
        yield Row(f"{item.id}#{n}", text, metadata)


def plan(have: Mapping[str, Mapping[str, object]], want: Sequence[Row]) -> Plan:
    """Compare rows by id and ``sha256``: ``have`` maps the id of each present row to its metadata."""
    wanted = {row.id for row in want}
    fresh = tuple(r for r in want if r.id not in have or have[r.id].get("sha256") != r.metadata["sha256"])
    fresh_ids = {r.id for r in fresh}
    touch = tuple(r for r in want if r.id not in fresh_ids and dict(have[r.id]) != r.metadata)
    before = {str(m["item"]) for m in have.values()}
    after = {str(r.metadata["item"]) for r in want}
    redone = {str(r.metadata["item"]) for r in fresh}
    learned = Learned(
        added=len(after - before),
        changed=len(redone & before),
        removed=len(before - after),
        unchanged=len((after & before) - redone),
    )
    return Plan(fresh, touch, tuple(i for i in have if i not in wanted), learned)


def hit(metadata: Mapping[str, object], score: float) -> Hit:
    """Return a row's item as a hit."""
    shown: dict[str, str | int] = {
        name: value
        for name, value in metadata.items()
        if name not in _OWN and not name.startswith("in_") and isinstance(value, str | int)
    }
    return Hit(str(metadata["item"]), str(metadata["text"]), score, shown)
