"""How a brief is told: each platform's manner (``prompts/manners.yaml``), and how alike two tellings are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from bot import prompting
from bot.agent import facts

#: Two versions that share this much of their own wording are one version.
ALIKE = 0.5
#: And so are two that share this much of all their wording, what the brief says among it: a reader sees the same post.
#: Of one brief told by people the most was 0.21, by the embedded model 0.28 to 0.74 (2026-11-22, six pairs each).
WHOLE = 0.4
#: Fewer pieces of own wording than this tell nothing.
FEWEST = 4
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-zà-ɏ]+(?:['’][a-z]+)?")


@lru_cache(maxsize=1)
def _manners() -> Any:
    import yaml

    return yaml.safe_load((prompting.FOLDER / "manners.yaml").read_text(encoding="utf-8"))


def manner(platform: str, language: str) -> str:
    """Return how people speak on a platform, as a line for the writer; empty where nobody said."""
    line = _manners().get(platform, {})
    return str(line.get(language.split("-")[0].lower()) or line.get("en", ""))


def likeness(one: str, other: str, known: Iterable[str] = ()) -> float:
    """Return how alike the wording of two texts is, 0 to 1: the share of pieces that both have.

    Pieces are two words or two Han characters in a row; what both must say, because brief and facts say it, is left
    out, and so are links, hashtags and numbers.
    """
    told = "\n".join(known)
    mine, theirs = _pieces(one, told), _pieces(other, told)
    if min(len(mine), len(theirs)) < FEWEST:
        mine, theirs = _pieces(one), _pieces(other)
    every = mine | theirs
    return len(mine & theirs) / len(every) if every else 0.0


def most_alike(text: str, others: Sequence[str], known: Sequence[str] = ()) -> tuple[float, str]:
    """Return the greatest likeness to one of the other texts, and that text; (0, "") without any."""
    return max(((likeness(text, other, known), other) for other in others), default=(0.0, ""))


def same_version(text: str, others: Sequence[str], known: Sequence[str]) -> str:
    """Return another version that a text is too like to stand beside it; empty where there is none."""
    own, other = most_alike(text, others, known)
    whole, twin = most_alike(text, others)
    return other if own >= ALIKE else twin if whole >= WHOLE else ""


def shared(one: str, other: str) -> str:
    """Return the longest wording that two texts share, to tell the writer."""
    from difflib import SequenceMatcher

    dense = bool(_HAN_RUN.search(one))
    a, b = (list(one), list(other)) if dense else (one.split(), other.split())
    match = SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return ("" if dense else " ").join(a[match.a : match.a + match.size]).strip()


def _pieces(text: str, told: str = "") -> set[str]:
    bare, known = _bare(text), _bare(told)
    said = {w for w in _WORD.findall(known) if len(w) > 3}
    words = _WORD.findall(bare)
    pairs = {f"{a} {b}" for a, b in pairwise(words) if a not in said and b not in said}
    return pairs | (_han(bare) - _han(known))


def _han(text: str) -> set[str]:
    return {a + b for run in _HAN_RUN.findall(text) for a, b in pairwise(run)}


def _bare(text: str) -> str:
    return re.sub(r"[#＃]\w+", " ", facts.without_links(text)).casefold()
