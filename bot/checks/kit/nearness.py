"""Whether a number in a source counts the same thing as a number in a text: by the words beside both."""

# One list a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from functools import lru_cache

from bot.checks.kit.wording import HAN

Span = tuple[int, int]
_CLAUSE = re.compile(r"[,;:!?()\n，。；：！？、（）—–“”]|\.(?=\s|$)")
_SENTENCE = re.compile(r"[;!?\n。；！？]|\.(?=\s|$)")
_WORD = re.compile(r"[a-z][a-z'’]*|\d+")
_HAN = re.compile(rf"[{HAN}]+")
#: Words that name nothing: behind a number they say that what it counts was named before.
_EMPTY = frozenset(
    "a an the of in on at to for from by with and or but nor as is are was were be been has have had do does did will would "
    "can could may might must shall should i you he she it we they me us them my your his her its our their this that these "
    "those there here who which what when where how why all any each every both either more most less than then too also "
    "only just even still yet now today out up off over under into about after before between through until till per so "
    "if not no new old good great different other own whole full come comes came go goes went get gets got make makes made "
    "take takes took left".split()
)
#: So are these, among Chinese pairs of characters.
_EMPTY_HAN = frozenset(
    "我们 你们 他们 大家 可以 一个 一起 就是 这个 那个 还有 今天 明天 每天 我的 你的 们的 里的 都是 只要 只有 有的 的人 以上 以下 以内 左右 超过 不到"
    .split()
)  # fmt: skip
#: Right before the number of a telephone line or a short code, which is the same whatever stands beside it.
_DIALLED = re.compile(
    r"(?:\b(?:ring|call|dial|phone|text|number|forward\b.{0,30} to|text\b.{0,20} to)|号码?|拨打?|致电|转发到|发送?到)\s?$"
)
#: Han characters, and words, behind a number that are looked at.
_REACH_HAN, _REACH = 8, 3


def _stem(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s")
    for ending in ("ies", "es", "s", "y", "e"):
        if len(word) - len(ending) >= 3 and word.endswith(ending):
            return word.removesuffix(ending)[:7]
    return word[:7]


@lru_cache(maxsize=2**13)
def _things(text: str) -> frozenset[str]:
    """Return what a folded text names: stems of its words, numbers, its Han characters two by two."""
    found = {_stem(w) for w in _WORD.findall(text) if w not in _EMPTY}
    for run in _HAN.findall(text):
        found |= {run[n : n + 2] for n in range(len(run) - 1)} - _EMPTY_HAN
    return frozenset(found)


def _around(pattern: re.Pattern[str], text: str, span: Span) -> Span:
    start = max((m.end() for m in pattern.finditer(text, 0, span[0])), default=0)
    end = pattern.search(text, span[1])
    return start, end.start() if end else len(text)


def _behind(text: str, span: Span) -> frozenset[str]:
    """Return what the words right behind a number name; nothing where they name nothing."""
    rest = text[span[1] : _around(_CLAUSE, text, span)[1]].lstrip(" -")
    if re.match(rf"[{HAN}]", rest):
        run = _HAN.match(rest)
        return _things((run.group() if run else "")[:_REACH_HAN])
    named = []
    for word in _WORD.findall(rest)[:_REACH]:
        if word in _EMPTY:
            break
        named.append(word)
    return _things(" ".join(named))


def same_thing(text: str, span: Span, source: str, there: Span, *, chinese: bool) -> bool:
    """Say whether a source's sentence names what a number in ``text`` counts. Both texts are in lower case.

    A number with nothing named behind it, as in "all 24 are dry", rests on a sentence that shares any word with the text.
    """
    begin, end = _around(_SENTENCE, source, there)
    if _DIALLED.search(source[begin : there[0]]) and len(text[slice(*span)]) > 2:
        return True
    said = _things(source[begin:end])
    named = _behind(text, span)
    if named:
        return bool(named & said)
    digits = frozenset(re.findall(r"\d+", text[slice(*span)]))
    if any(len(d.rstrip("0")) > 2 for d in digits):
        # So odd a number, as in "ring 999", is not met by chance.
        return True
    near = _clause(text, span) if chinese else text[: span[0]] + " " + text[span[1] :]
    return bool((_things(near) - digits) & said) or not _things(near)


def _clause(text: str, span: Span) -> str:
    begin, end = _around(_SENTENCE, text, span)
    return text[begin : span[0]] + " " + text[span[1] : end]


def shares(text: str, span: Span, source: str, there: Span) -> bool:
    """Say whether the sentences around two shares of something have anything in common."""
    digits = frozenset(re.findall(r"\d+", text[slice(*span)]))
    begin, end = _around(_SENTENCE, source, there)
    near = _things(_clause(text, span)) - digits
    return not near or bool(near & _things(source[begin:end]))
