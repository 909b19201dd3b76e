"""What a comment speaks of, and how: delivery, price, service and the like, by word lists, clause by clause."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from bot.domain.comment import NEGATIVE, NEUTRAL, POSITIVE
from bot.insight import feeling


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    found = {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        name, colon, rest = line.partition(":")
        if colon and not line.startswith("#"):
            words = [re.escape(w.strip()).replace(r"\*", r"\w*") for w in rest.split("|")]
            latin = "|".join(w for w in words if w.isascii())
            # \b does nothing beside Han characters, so it stands only around the Latin words.
            found[name] = re.compile("|".join([rf"\b(?:{latin})\b", *(w for w in words if not w.isascii())]), re.I)
    return found


_CLAUSE = re.compile(r"[,.!?;:，。！？；：…\n]+|\bbut\b|\bhowever\b|但是?|可是|不过|然而", re.I)
#: Most aspects of one comment.
MOST = 5


def aspects(text: str, language: str, label: str) -> tuple[tuple[str, str], ...]:
    """Return what a text speaks of and how; ``label`` is the mood of the whole, for clauses without one."""
    found: dict[str, str] = {}
    clauses = [c for c in _CLAUSE.split(text) if c.strip()]
    for clause in clauses:
        named = [name for name, pattern in _patterns().items() if pattern.search(clause)]
        if not named:
            continue
        mood = feeling.mood(clause, "zh" if language.startswith("zh") else "en")
        own = POSITIVE if mood.score > 0.25 else NEGATIVE if mood.score < -0.25 else label
        for name in named:
            before = found.get(name)
            found[name] = own if before in (None, NEUTRAL, own) else NEGATIVE
    return tuple(found.items())[:MOST]
