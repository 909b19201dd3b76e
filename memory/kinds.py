"""Telling what a guideline asks for: its label, its section's heading or its first word says so."""

from __future__ import annotations

import re

#: Kind -> labels and headings that mean it, in lower case.
_NAMES = {
    "must": ("must", "always", "required", "requirements", "必须", "务必", "要求"),
    "should": ("should", "prefer", "please", "guidelines", "应当", "应该", "建议", "宜"),
    "never": ("never", "must not", "do not", "don't", "forbidden", "banned", "禁止", "不得", "严禁", "切勿", "不要"),
    "voice": ("voice", "tone", "voice and tone", "tone of voice", "style", "语气", "口吻", "文风", "品牌声音"),
    "example": ("example", "examples", "示例", "例子", "范例", "样例"),
    "fact": ("fact", "facts", "about us", "事实", "资料", "基本信息"),
}
_KIND = {name: kind for kind, names in _NAMES.items() for name in names}
_LABEL = re.compile(
    r"^\W{0,2}(" + "|".join(sorted(map(re.escape, _KIND), key=len, reverse=True)) + r")\**\s*[:：]\**\s*", re.IGNORECASE
)
_FIRST = re.compile(
    r"^(?:(?P<never>never\b|do not\b|don[’']t\b|must not\b|禁止|不得|严禁|切勿|不要|绝不)"
    r"|(?P<must>always\b|must\b|必须|务必)|(?P<should>should\b|应当|应该))",
    re.IGNORECASE,
)
#: In front of a heading: ``2.1``, ``3)``, ``一、``, ``第二章``.
_NUMBER = re.compile(
    r"^(?:\d{1,3}(?:\.\d{1,3})*[.)、．]?\s+|\d{1,3}[、．]\s*|[（(]?[一二三四五六七八九十]{1,3}[)）、．.]\s*"
    r"|第[一二三四五六七八九十\d]{1,3}[章节部分]{1,2}[:：]?\s*)"
)
#: Under these headings a first word says nothing: an example may well begin with "Never".
_STRONG = ("example", "fact")
#: A label of these is only a name; of the others it carries the meaning ("Never: compare prices") and stays.
_DROPPED = ("voice", "example", "fact")


def kind_of(text: str, heading: tuple[str, ...] = (), file_kind: str | None = None) -> tuple[str, str]:
    """Return the kind of a rule and its text without a label that is only a name.

    In order: a label in front, an ``example`` or ``fact`` heading, the first word, the nearest heading that names a
    kind, the file's front matter, ``should``.
    """
    if label := _LABEL.match(text):
        kind = _KIND[label.group(1).lower()]
        return kind, text[label.end() :].strip() if kind in _DROPPED else text
    above = next((k for h in reversed(heading) if (k := _heading_kind(h))), None)
    if above in _STRONG:
        return str(above), text
    if first := _FIRST.match(text):
        return str(first.lastgroup), text
    return above or (file_kind if file_kind in _NAMES else None) or "should", text


def _heading_kind(heading: str) -> str | None:
    """Return the kind a heading names: alone, or as its first word ("Never say", "2.1 Voice", "语气与风格")."""
    plain = _plain(heading)
    if plain in _KIND:
        return _KIND[plain]
    for name in sorted(_KIND, key=len, reverse=True):
        if plain.startswith(name) and (not name.isascii() or not plain[len(name)].isalnum()):
            return _KIND[name]
    return None


def is_kind(heading: str) -> bool:
    """Say whether a line is nothing but the name of a kind, such as ``Voice`` or ``2. 语气：``."""
    return _plain(heading).rstrip(":： ") in _KIND


def without_number(heading: str) -> str:
    """Return a heading without the number in front of it."""
    return _NUMBER.sub("", heading.strip(), count=1)


def _plain(heading: str) -> str:
    return without_number(heading.strip().strip("*_")).strip().strip("*_").lower()
