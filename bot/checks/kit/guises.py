"""Further guises of a listed word: half in pinyin, digits for number words, letters drawn out, another form of it.

All texts here are folded, without accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.checks.kit.pinyin import pinyin
from bot.checks.kit.wording import HAN

Span = tuple[int, int]
#: Ways to write the same number or share.
_SAME = (
    ("百分百", "100%"), ("百分百", "100 %"), ("百分百", "百分之百"), ("百分之百", "100%"), ("零", "0"), ("零", "〇"),
    ("per cent", "percent"), ("per cent", "%"), (" per cent", "%"), ("percent", "%"), (" percent", "%"), ("一", "1"),
)  # fmt: skip
_DRAWN = re.compile(r"([a-z])\1\1")
#: Between two syllables, or a syllable and a character.
_GAP = r"[\s'’·.-]?"
#: Shorter words have too many neighbours that only begin alike: cure, cured ham.
_STEM, _SURE = 5, 7
_ENDINGS = r"(?:['’]s|s|es|d|ed|r|er|ers|ing|ly|ness)"


@lru_cache(maxsize=4096)
def alike(word: str) -> tuple[str, ...]:
    """Return a listed word as it stands, and with its numbers written in other ways."""
    found = {word: None}
    for one, other in _SAME:
        for form in list(found):
            if one in form:
                found[form.replace(one, other)] = None
    return tuple(found)


@lru_cache(maxsize=4096)
def _sounded(word: str) -> re.Pattern[str] | None:
    if not re.fullmatch(rf"[{HAN}]{{2,8}}", word) or not all(map(pinyin, word)):
        return None
    body = _GAP.join(f"(?:{char}|{pinyin(char)})" for char in word)
    return re.compile(rf"(?<![a-z]){body}(?![a-z])")


@lru_cache(maxsize=4096)
def _drawn(word: str) -> re.Pattern[str] | None:
    if not re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", word) or sum(map(str.isalpha, word)) < _STEM:
        return None
    body = "".join(f"{char}+" if char.isalpha() else r"[\s_-]{1,3}" for char in re.sub(r"(.)\1", r"\1", word))
    return re.compile(rf"(?<![a-z]){body}(?![a-z])")


@lru_cache(maxsize=4096)
def _formed(word: str) -> re.Pattern[str] | None:
    if not re.fullmatch(rf"[a-z]{{{_STEM},}}", word):
        return None
    stem = rf"(?:{word}{_ENDINGS}"
    if word.endswith("e"):
        stem += f"|{word[:-1]}(?:ing|y|ies)" + (f"|{word[:-2]}ly" if word.endswith("le") else "")
    if word.endswith("y"):
        stem += f"|{word[:-1]}(?:ies|ied|ier|iest|ily)"
    return re.compile(rf"(?<![a-z]){stem})(?![a-z])")


def guises(word: str, text: str) -> Iterator[tuple[Span, bool]]:
    """Yield (span, sure) of each place where ``text`` holds a folded ``word`` in one of these guises.

    Another form of a short word, and a whole phrase of few syllables in pinyin, only come close.
    """
    latin = re.search(r"[a-z]", text)
    if latin and (pattern := _sounded(word)):
        for match in pattern.finditer(text):
            said = match.group()
            if re.search(r"[a-z]", said):
                yield match.span(), bool(re.search(rf"[{HAN}]", said)) or len(word) > 2
    if (found := _DRAWN.search(text)) and (pattern := _drawn(word)):
        for match in pattern.finditer(text, max(0, found.start() - 60)):
            if _DRAWN.search(match.group()):
                yield match.span(), True
    if latin and (pattern := _formed(word)):
        for match in pattern.finditer(text):
            yield match.span(), len(word) >= _SURE
