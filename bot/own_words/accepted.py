"""The answers that people signed, in a collection of the memory of their own: found by meaning, for examples.

The database is what is true; ``refresh`` makes the collection follow it. It holds our words alone: an answer that has
the name of whom it was for, or their words, is left out, and so is one whose comment was erased. So whoever is
forgotten leaves nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.app import App
from bot.domain.brand import Brand
from bot.errors import Halted
from bot.insight import text as texts
from bot.own_words.corpus import version_of
from bot.store import learned
from bot.store.learned import Ended
from bot.workflow.reply_words import undisclosed
from memory.base import EmbedderChanged, Learned, MemoryFault, MemoryItem

SHELF = "accepted"
#: Answers that are looked at, and how near one must be to count.
LOOKED, NEAR = 12, 0.35
#: Words in a row, or Han characters, that an answer may share with a comment before it repeats it.
SHARED, SHARED_HAN = 5, 8


def items(told: Sequence[Ended]) -> list[MemoryItem]:
    """Return what the collection is to hold."""
    return [
        MemoryItem(one.draft, text, "operator", one.language, "reply")
        for one in told
        if one.accepted and one.asked and (text := undisclosed(one.final).strip()) and _ours(text, one)
    ]


def refresh(app: App, brand: Brand | None = None) -> Learned:
    """Make the collection follow the database; nothing is loaded where it does.

    Raises MemoryFault, Halted, NotFound.
    """
    brand = brand or app.brand()
    with app.db.read() as conn:
        wanted = items(learned.ended(conn, brand.id))
    shelf, version = app.memory.shelf(SHELF), version_of(wanted)
    if (shelf.version(brand.id) or "") == version:
        return Learned()
    with app.turn_to_learn() as go_on:
        if not wanted:
            before = len(shelf.kept(brand.id))
            shelf.forget(brand.id)
            return Learned(removed=before)
        try:
            return shelf.learn(brand.id, version, wanted, progress=go_on)
        except EmbedderChanged:
            return shelf.learn(brand.id, version, wanted, reindex=True, progress=go_on)


def near(app: App, brand: Brand, query: str, language: str) -> Mapping[str, float]:
    """Return the drafts whose answers are near to what somebody asks, each with how near, 0 to 1.

    Nothing where there is no collection yet, or the memory cannot be used: then shared words alone tell.
    """
    if not query.strip():
        return {}
    try:
        hits = app.memory.shelf(SHELF).search(brand.id, query, LOOKED, language)
    except MemoryFault:
        return {}
    return {hit.id: min(1.0, hit.score) for hit in hits if hit.score >= NEAR}


def erase(app: App, brand: Brand) -> None:
    """Let the collection follow an erasure at once; where that cannot be, drop it whole: it is made anew.

    Does nothing where no memory was ever kept. Raises MemoryUnreachable.
    """
    if not app.settings.chroma_url and not (app.settings.home / "memory").exists() and "memory" not in vars(app):
        return
    try:
        refresh(app, brand)
    except Halted:
        # Somebody is learning just now; nothing of the erased was in it, and a worker looks within the hour.
        return
    except MemoryFault:
        app.memory.shelf(SHELF).forget(brand.id)


def _ours(text: str, one: Ended) -> bool:
    """Say whether an answer holds nothing of whom it was for."""
    low = text.casefold()
    if any(len(name) > 1 and name.casefold() in low for name in one.to):
        return False
    return not _runs(one.asked) & _runs(text)


def _runs(text: str) -> set[tuple[str, ...]]:
    chinese = texts.is_chinese(text)
    size = SHARED_HAN if chinese else SHARED
    words = [c for c in text if c.isalnum()] if chinese else text.casefold().split()
    return {tuple(words[n : n + size]) for n in range(len(words) - size + 1)}
