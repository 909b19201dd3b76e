"""English words: how common each is (wordfreq), and its syllables (pyphen)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_VOWELS = re.compile(r"[aeiouy]+")


@lru_cache(maxsize=2**14)
def zipf(word: str) -> float:
    """Return how common a word is: the logarithm of its count in a billion words, 0 for an unknown one.

    ``the`` has 7.7, ``tea`` 4.9, ``oolong`` 2.4.
    """
    from wordfreq import zipf_frequency

    found: float = zipf_frequency(word, "en")
    return found


@lru_cache(maxsize=2**14)
def syllables(word: str) -> int:
    """Count a word's syllables: groups of vowels, or where it may be hyphenated, whichever are more."""
    low = re.sub(r"[^a-z]", "", word.lower())
    if not low:
        return 1
    # A silent e at the end, and the silent e of -es and -ed.
    body = re.sub(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouycsxzgh])es$", "", low)
    groups = len(_VOWELS.findall(body))
    return max(1, groups, len(_pyphen().positions(low)) + 1)


@lru_cache(maxsize=1)
def _pyphen() -> Any:
    import pyphen

    make: Any = pyphen.Pyphen
    return make(lang="en_US")


#: What an unknown piece of one or two letters would otherwise be taken for.
_SHORT = set("a i am an as at be by do go he if in is it me my no of on or so to up us we ok tv uk".split())


@lru_cache(maxsize=2**10)
def split_words(run: str) -> list[str]:
    """Return the words that a run of small letters is most likely made of; itself when it is one word."""
    if zipf(run) >= 2.5:
        return [run]
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - 20), end):
            piece = run[start:end]
            known = zipf(piece)
            if len(piece) < 3 and piece not in _SHORT:
                known = 0.0
            # Each word costs, so that few long words win over many short ones.
            cost = 9.5 - known if known >= 2.0 else 14.0 + 3 * len(piece)
            options.append((best[start][0] + cost, [*best[start][1], piece]))
        best.append(min(options))
    return best[-1][1]
