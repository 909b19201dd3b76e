"""Finding whole words and phrases in a folded text, in scripts with and without spaces."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.checks.text import fold

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LATIN = r"a-z\u00df-\u00f6\u00f8-\u024f"


#: 难 before a verb with its result: 难看出 is "hard to make out", not 难看, "ugly".
_HARDLY = re.compile("难[看听吃做用找学](?=[出见清懂全])")


@lru_cache(maxsize=4096)
def phrase(word: str, *, inflected: bool = False) -> re.Pattern[str]:
    """Return the pattern of a word or phrase as it stands in a folded text.

    Latin words match whole, digits do not run on, and white space counts as one space. ``inflected`` also takes a
    plural or a possessive behind a Latin word.
    """
    folded = fold(word).text.split()
    body = r"\s+".join(re.escape(piece) for piece in folded)
    if not folded:
        return re.compile(r"(?!)")
    left, right = _edge(folded[0][0]), _edge(folded[-1][-1])
    ending = r"(?:['’]?e?s)?" if inflected and right == _LATIN else ""
    return re.compile((f"(?<![{left}])" if left else "") + body + ending + (f"(?![{right}])" if right else ""))


def _edge(char: str) -> str:
    return _LATIN if re.match(rf"[{_LATIN}]", char) else "0-9" if char.isdigit() else ""


def is_chinese(text: str, language: str = "") -> bool:
    """Say whether a text is Chinese: by its language where that is known, else by its characters."""
    if language:
        return language.lower().startswith("zh")
    return bool(re.search(rf"[{HAN}]", text))


def straddles(text: str, span: tuple[int, int]) -> bool:
    """Say whether a Chinese word was only found across the seam of two other words, as 保本 in 环保本子.

    It takes a dictionary to say so, which is read (0.7 s, once) when the first Chinese word is found.
    """
    start, end = span
    if not re.fullmatch(rf"[{HAN}]{{2,4}}", text[start:end]):
        return False
    if _HARDLY.match(text, start):
        return True
    from bot.insight.chinese import cut, zipf

    begin, stop = max(0, start - 12), end + 12
    at, seam, torn = begin, False, False
    for word in cut(text[begin:stop]):
        after = at + len(word)
        seam = seam or start < at < end
        if zipf(word) and (at < start < after < end or start < at < end < after):
            torn = True
        at = after
    return seam and torn
