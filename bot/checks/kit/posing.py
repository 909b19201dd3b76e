"""Commenters who look like the brand, one of its accounts, or one of its people: a name is a stranger's claim.

What is compared is the skeleton, as in Unicode's UTS 39, section 4 (https://www.unicode.org/reports/tr39/, read
2026-11-22): look-alike letters, accents, case, width and hidden characters folded away, and signs that are drawn alike
in most type made one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.checks.text import fold, invisible
from bot.domain.brand import Brand
from bot.domain.comment import Author

#: Drawn alike within Latin: these are read for one another, in this order.
_ALIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("|", "l"), ("5", "s"), ("$", "s"))
#: What impostors put before or behind a name, in English and Chinese.
_OFFICES = (
    "official", "officially", "support", "help", "helpdesk", "care", "customercare", "service", "customerservice",
    "team", "hq", "real", "the", "verified", "giveaway", "prize", "promo", "shop", "store", "admin", "info", "team",
    "官方", "客服", "售后", "旗舰店", "官方旗舰店", "官方客服", "中国", "正版", "活动", "抽奖",
)  # fmt: skip
#: Shorter names are met by chance; from so many signs on, one typing error still poses as the name.
_SHORTEST, _TYPO = 3, 7


def imitates(author: Author, brand: Brand, account: str) -> str:
    """Return the name that a commenter on ``account`` poses as, as the brand writes it; empty for everybody else.

    A person's single name, such as Anna, is anybody's: it counts only where it is written with look-alike letters.
    """
    own = next((a for a in brand.accounts if a.key == account), None)
    if own is not None and author.handle and _plain(author.handle) == _plain(own.handle):
        return ""
    worn = [n for n in (author.name, author.handle, _piece(author.handle)) if n]
    for real in _names(brand):
        if any(_like(w, real) for w in worn):
            return real
    for person in brand.people:
        whole = len(person.name.split()) > 1 or _chinese(person.name)
        for w in worn:
            if _same(w, person.name) and (whole or _disguised(w)):
                return person.name
    return ""


def _names(brand: Brand) -> list[str]:
    return list(dict.fromkeys([brand.name, *(a.handle.lstrip("@＠") for a in brand.accounts if a.handle)]))


def _plain(handle: str) -> str:
    return handle.lstrip("@＠").casefold()


def _piece(handle: str) -> str:
    """Return a handle without its host: ``lumen`` of ``lumen.example`` and of ``@lumen@social.example``."""
    return re.split(r"[@.]", handle.lstrip("@＠"), maxsplit=1)[0]


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return what a text looks like: letters, digits and Han characters alone, those that look alike made one."""
    found = "".join(c for c in fold(text).text if c.isalnum() or c in "|$")
    for seen, meant in _ALIKE:
        found = found.replace(seen, meant)
    return found


def _same(worn: str, real: str) -> bool:
    return len(skeleton(real)) >= 2 and skeleton(worn) == skeleton(real)


def _like(worn: str, real: str) -> bool:
    """Say whether a name can be taken for a brand's: the same to the eye, with an office added, or mistyped."""
    for one in dict.fromkeys((real, _piece(real))):
        meant, seen = skeleton(one), skeleton(worn)
        if len(meant) < (2 if _chinese(one) else _SHORTEST):
            continue
        if seen == meant:
            return True
        rest = seen.removeprefix(meant) if seen.startswith(meant) else seen.removesuffix(meant)
        if rest != seen and rest in _skeletons():
            return True
        if len(meant) >= _TYPO and _one_off(seen, meant):
            return True
    return False


@lru_cache(maxsize=1)
def _skeletons() -> frozenset[str]:
    return frozenset(skeleton(word) for word in _OFFICES)


def _one_off(a: str, b: str) -> bool:
    """Say whether one sign more, fewer, other or in its neighbour's place makes ``a`` of ``b``."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    return x[1:] == y or x == y[1:] or x[1:] == y[1:] or (x[:2] == y[:2][::-1] and x[2:] == y[2:])


def _disguised(text: str) -> bool:
    """Say whether a name is written with signs that only look like those it is read as."""
    return (
        any(invisible(c) for c in text)
        or (not text.isascii() and fold(text).text.isascii())
        or any(c in "01|$5" for c in text)
    )


def _chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)
