"""Latin words written in pieces (``f.l.a.w``, ``flaw-less``, ``flaw less``) or as one (``#LastChance``).

All texts here are folded, without accents. A word is looked for among the letters and digits of a text alone; what
stands between them then decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Span = tuple[int, int]
#: Fewer letters turn up by chance: spelt out, with a sign inside, as one outside a hashtag, with a space inside.
_SPELT, _SIGNED, _JOINED, _SPACED = 3, 4, 6, 7
#: Where a phrase has its space or hyphen; a mark that ends a clause, and a space, end the phrase too.
_BREAK = re.compile(r"[\s_\u2010-\u2015-]{1,9}|(?:[^\w\s,;:!?]|_){1,3}")
#: In a phrase of three and more words a comma may stand too: no pain, no gain.
_LONG_BREAK = re.compile(rf"[,;:]\s?|{_BREAK.pattern}")
_SIGN = re.compile(r"(?:[^\w\s,;:!?]|_){1,2}|[\u2010-\u2012-]\n")
#: Pictures with spaces around them; what goes on in small letters behind them goes on.
_PICTURES = re.compile(r"\s{0,2}(?:[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f]?\s?){1,4}")
_ANY = re.compile(r"[\W_]{1,5}")
_TAG = re.compile(r"#\w+")
#: A word found more often than this is shown this often.
_MOST = 50


@dataclass(frozen=True)
class _Squeezed:
    """The letters and digits of a text, and where each stands."""

    letters: str
    origin: tuple[int, ...]


@lru_cache(maxsize=64)
def _squeezed(text: str) -> _Squeezed:
    at = tuple(n for n, char in enumerate(text) if char.isalnum())
    return _Squeezed("".join(text[n] for n in at), at)


@lru_cache(maxsize=64)
def _tags(text: str) -> tuple[Span, ...]:
    return tuple(m.span() for m in _TAG.finditer(text)) if "#" in text else ()


@lru_cache(maxsize=4096)
def _word(word: str) -> tuple[str, frozenset[int]]:
    """Return the letters of a word, and behind which of them it has a space or a sign; nothing where it is no word."""
    letters = "".join(c for c in word if c.isalnum())
    if not letters.isascii() or sum(c.isalpha() for c in letters) < _SPELT:
        return "", frozenset()
    count, breaks = 0, set()
    for char in word:
        if char.isalnum():
            count += 1
        else:
            breaks.add(count - 1)
    return letters, frozenset(breaks)


def pieces(word: str, text: str, written: str) -> Iterator[tuple[Span, bool]]:
    """Yield (span, sure) of each place where ``text`` holds a word in pieces or as one.

    ``written`` is the text before its case was folded, of the same length.
    """
    letters, breaks = _word(word)
    if not letters:
        return
    squeezed = _squeezed(text)
    at, found = squeezed.letters.find(letters), 0
    while at >= 0 and found < _MOST:
        found += 1
        places = squeezed.origin[at : at + len(letters)]
        sure = _reads(places, breaks, text, written)
        if sure is not None:
            yield (places[0], places[-1] + 1), sure
        at = squeezed.letters.find(letters, at + 1)


def _reads(places: tuple[int, ...], breaks: frozenset[int], text: str, written: str) -> bool | None:
    """Say whether letters at these places read as the word: surely, perhaps (False), or not at all (None)."""
    gaps = [text[a + 1 : b] for a, b in pairwise(places)]
    inner = [gap for n, gap in enumerate(gaps) if n not in breaks]
    if inner and all(inner):
        return True if all(not g or _ANY.fullmatch(g) for g in gaps) and _spelt_alone(places, text) else None
    start, end, count = places[0], places[-1] + 1, len(places)
    tag = next((t for t in _tags(text) if t[0] <= start and end <= t[1]), None)
    if not _whole(start, end, text, written, tag):
        return False if tag and count >= _SPACED else None
    between = _LONG_BREAK if len(breaks) > 1 else _BREAK
    for n in breaks & set(range(len(gaps))):
        pictured = _PICTURES.fullmatch(gaps[n]) and not written[places[n + 1]].isupper()
        if gaps[n] and not pictured and not between.fullmatch(gaps[n]):
            return None
    joined = any(not gap for n, gap in enumerate(gaps) if n in breaks)
    if joined and count < (_SIGNED if tag else _JOINED):
        return None
    spaces = [gap for gap in inner if gap.isspace()]
    signs = [gap for gap in inner if gap and not gap.isspace()]
    if (signs and count < _SIGNED) or not all(_SIGN.fullmatch(gap) for gap in signs):
        return None
    if spaces and (count < _SPACED or any(len(gap) > 1 for gap in spaces)):
        return None
    return len(spaces) < 2


def _whole(start: int, end: int, text: str, written: str, tag: Span | None) -> bool:
    """Say whether no letter stands beside the word; in a hashtag a capital begins a new word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    left = not _latin(before) or (tag is not None and _begins(written, start))
    right = not _latin(after) or (tag is not None and _begins(written, end))
    return left and right


def _begins(written: str, at: int) -> bool:
    """Say whether a capital begins a new word here: in ``teaTime``, in ``ATeapot``."""
    following = written[at + 1 : at + 2]
    return written[at].isupper() and (not written[at - 1].isupper() or following.islower())


def _spelt_alone(places: tuple[int, ...], text: str) -> bool:
    """Say whether a word that is written letter by letter stands alone: in ``s-e-c-u-r-e`` there is no cure."""
    start, end = places[0], places[-1] + 1
    if _latin(text[start - 1 : start]) or _latin(text[end : end + 1]):
        return False
    gap = text[start + 1 : places[1]]
    size = len(gap) + 1
    before, after = start - size, end + size - 1
    goes_on = (
        before >= 0
        and _latin(text[before])
        and text[before] not in "ai"
        and text[before + 1 : start] == gap
        and not _latin(text[before - 1 : before] if before else "")
    )
    more = (
        after < len(text)
        and _latin(text[after])
        and text[after] not in "ai"
        and text[end:after] == gap
        and not _latin(text[after + 1 : after + 2])
    )
    return not goes_on and not more


def _latin(char: str) -> bool:
    return "a" <= char <= "z" or "\u00df" <= char <= "\u024f"
