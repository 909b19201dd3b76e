"""Which ideas a text speaks of: different words for one thing, in English and Chinese, from ``thesaurus.txt``."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from memory.words import is_han, stems


class _Words(NamedTuple):
    latin: Mapping[tuple[str, ...], frozenset[int]]
    han: Mapping[str, frozenset[int]]
    longest_latin: int
    longest_han: int


def ideas(text: str) -> set[int]:
    """Return the numbers of the ideas that ``text`` names."""
    words = _words()
    found: set[int] = set()
    said = stems(text)
    for n in range(len(said)):
        for size in range(1, words.longest_latin + 1):
            found |= words.latin.get(tuple(said[n : n + size]), frozenset())
    n = 0
    while n < len(text):
        step = 1
        if is_han(text[n]):
            for size in range(words.longest_han, 0, -1):
                if here := words.han.get(text[n : n + size]):
                    found |= here
                    step = size
                    break
        n += step
    return found


@functools.cache
def _words() -> _Words:
    latin: dict[tuple[str, ...], set[int]] = defaultdict(set)
    han: dict[str, set[int]] = defaultdict(set)
    lines = Path(__file__).with_name("thesaurus.txt").read_text(encoding="utf-8").splitlines()
    for idea, line in enumerate(line for line in lines if line.strip() and not line.startswith("#")):
        for word in line.replace("|", " ").split():
            if is_han(word):
                han[word].add(idea)
            else:
                latin[tuple(stems(word))].add(idea)
    return _Words(
        {k: frozenset(v) for k, v in latin.items()},
        {k: frozenset(v) for k, v in han.items()},
        max(map(len, latin)),
        max(map(len, han)),
    )
