"""What people change in suggested answers again and again: found by counting, so that the same edits give the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bot.insight.text import is_chinese, sentences

#: Answers that show the same change until it is a habit.
LEAST = 3
#: Shortest phrase that counts: letters and digits, Han characters.
_LETTERS, _HAN = 6, 3
_TOKEN = re.compile(r"[A-Za-z0-9'’@./:-]+|[^\sA-Za-z0-9]|\s+")


@dataclass(frozen=True)
class Edited:
    """One answer as it was suggested and as a person let it stand; ``suggested`` is empty for a person's own."""

    id: str
    topic: str
    #: BCP 47.
    language: str
    suggested: str
    final: str


@dataclass(frozen=True)
class Habit:
    """One change that people made in answers about one topic."""

    #: ``add`` or ``drop`` a sentence, ``swap`` one phrase for another, or the ``answer`` as a whole.
    kind: str
    topic: str
    language: str
    #: What was taken out; empty for ``add`` and ``answer``.
    before: str
    #: What came in; empty for ``drop``.
    after: str
    #: Ids of the answers that show it, in the order given.
    shown: tuple[str, ...]


def habits(given: Sequence[Edited], least: int = LEAST) -> list[Habit]:
    """Return what was changed alike in at least ``least`` answers of one topic and language, the most frequent first.

    A whole answer that comes again and again goes before the sentences within it.
    """
    seen: dict[tuple[str, str, str, str, str], list[tuple[str, Habit]]] = defaultdict(list)
    for one in given:
        for kind, before, after in dict.fromkeys(_changes(one)):
            key = (kind, one.topic, one.language.split("-")[0], plain(before), plain(after))
            habit = Habit(kind, one.topic, one.language, before, after, ())
            if one.id not in [known for known, _ in seen[key]]:
                seen[key].append((one.id, habit))
    found = [replace(many[0][1], shown=tuple(i for i, _ in many)) for many in seen.values() if len(many) >= least]
    whole = {(h.topic, plain(s)) for h in found if h.kind == "answer" for s in sentences(h.after)}
    found = [h for h in found if h.kind == "answer" or (h.topic, plain(h.after)) not in whole]
    return sorted(found, key=lambda h: (-len(h.shown), h.kind != "answer", h.topic, h.before, h.after))


def plain(text: str) -> str:
    """Return what two texts share that say the same but for case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _changes(one: Edited) -> list[tuple[str, str, str]]:
    if plain(one.suggested) == plain(one.final):
        return []
    found = [("answer", "", one.final)] if _long(one.final) else []
    if not one.suggested:
        return found
    old, new = sentences(one.suggested), sentences(one.final)
    olds, news = {plain(s) for s in old}, {plain(s) for s in new}
    gone = [s for s in old if plain(s) not in news]
    come = [s for s in new if plain(s) not in olds]
    # A sentence that was only mended is a swap of phrases, not one that went and one that came.
    for after in list(come):
        before = max(gone, key=lambda s: _alike(s, after), default="")
        if before and _alike(before, after) >= 0.5:
            gone.remove(before)
            come.remove(after)
            found += _swaps(before, after)
    found += [("drop", s, "") for s in gone if _long(s)]
    return found + [("add", "", s) for s in come if _long(s)]


def _swaps(before: str, after: str) -> list[tuple[str, str, str]]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]).strip(), "".join(new[c:d]).strip()
        if tag != "equal" and (_long(gone) or _long(come)):
            found.append(("swap" if gone and come else "drop" if gone else "add", gone, come))
    return found


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, plain(one), plain(other), autojunk=False).ratio()


def _long(text: str) -> bool:
    return len(plain(text)) >= (_HAN if is_chinese(text) else _LETTERS)
