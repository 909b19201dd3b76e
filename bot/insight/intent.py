"""What the writer of a comment wants. A classifier like that of ``sentiment``; words decide where a miss is dear.

Words for legal, press and crisis make a person look even where the classifier is sure of something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.comment import Intent
from bot.insight.linear import Linear, shipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Chance given to what the words alone decide: right about nine times in ten on texts written for it.
BY_WORDS = 0.9


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[Intent, re.Pattern[str]]]:
    """Read ``intents.txt``: name, tab, pattern; in the order of the file."""
    found = []
    for line in Path(__file__).with_name("intents.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, pattern = line.partition("\t")
            found.append((Intent(name), re.compile(pattern, re.I)))
    return found


def by_words(text: str) -> tuple[Intent, tuple[int, int]] | None:
    """Return the intent that words decide, most delicate first, with the span that does."""
    for intent, pattern in _patterns():
        if found := pattern.search(text):
            return intent, found.span()
    return None


def classify(
    texts: Sequence[str], rows: NDArray[np.float32], model: Linear | None = None
) -> list[tuple[Intent, float]]:
    """Return intent and calibrated chance of each text; ``rows`` are its features."""
    chosen = model or shipped("intent")
    found: list[tuple[Intent, float]] = []
    for text, row in zip(texts, chosen.chances(rows), strict=True):
        n = int(row.argmax())
        intent, chance = Intent(chosen.classes[n]), float(row[n])
        told = by_words(text)
        if told and told[0] != intent:
            intent, chance = told[0], BY_WORDS
        found.append((intent, round(min(chance, 0.99), 3)))
    return found
