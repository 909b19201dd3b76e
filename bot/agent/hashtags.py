"""Hashtags of a post: chosen by code from the brand's own list, appended where they fit; others are taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bot.agent import faithful
from bot.insight import text as measures

_HAN = re.compile(r"[\u3400-\u9fff]")


def in_language(tags: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the tags in the script of a language; all of them where none is."""
    chinese = language.split("-")[0].lower() == "zh"
    return tuple(t for t in tags if bool(_HAN.search(t)) == chinese) or tuple(tags)


def choose(text: str, brief: str, tags: Sequence[str], most: int, *, brand: str = "") -> list[str]:
    """Return up to ``most`` of the brand's tags that this text calls for, the nearest first.

    A tag is called for when its words stand in the text or the brief, or when it is the brand's name.
    """
    scored = [(_score(tag, text, brief, brand), -n, tag) for n, tag in enumerate(tags)]
    return [tag for score, _, tag in sorted(scored, reverse=True) if score > 0][:most]


def _score(tag: str, text: str, brief: str, brand: str) -> float:
    name = _bare(tag)
    if name and name == _bare(brand):
        return 0.5
    if _HAN.search(name):
        pairs = [name[i : i + 2] for i in range(len(name) - 1)] or [name]
        return sum(2 * (p in text) + (p in brief) for p in pairs) / len(pairs)
    words = faithful.marks(_apart(tag))
    return sum(2 * (w in faithful.marks(text)) + (w in faithful.marks(brief)) for w in words) / max(1, len(words))


def settle(
    text: str, wanted: Iterable[str], allowed: Iterable[str] | None, fits: Callable[[str], bool], most: int = 99
) -> str:
    """Take out what is not ``allowed`` (None: everything is), and append what is ``wanted`` and missing, if it fits.

    ``most`` tags in all: what is wanted comes on top of what the text has already only up to that.
    """
    if allowed is not None:
        known = {_bare(tag) for tag in allowed}
        for mark in reversed([m for m in measures.hashtags(text) if _bare(m.text) not in known]):
            start, end = mark.span
            # Among the words it is one of them; behind them it is only a tag.
            behind = not re.sub(r"[#＃]\w+[#＃]?", "", text[start:]).strip()
            text = text[:start].rstrip() + text[end:] if behind else text[:start] + _apart(mark.text) + text[end:]
    for tag in wanted:
        there = {_bare(m.text) for m in measures.hashtags(text)}
        if _bare(tag) not in there and len(there) < most and fits(f"{text} {tag}"):
            text = f"{text} {tag}"
    return text


def without(text: str, tags: Iterable[str]) -> str:
    """Return a text without these tags at its end: what code added is no part of the wording."""
    known = {_bare(tag) for tag in tags}
    while (marks := measures.hashtags(text)) and marks[-1].span[1] == len(text) and _bare(marks[-1].text) in known:
        text = text[: marks[-1].span[0]].rstrip()
    return text


def _bare(tag: str) -> str:
    return re.sub(r"[\W_]+", "", tag).casefold()


def _apart(tag: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", tag.strip("#＃"))
