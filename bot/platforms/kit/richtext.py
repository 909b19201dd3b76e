"""Count what people see as characters, and find the links, mentions and hashtags in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import regex  # type: ignore[import-untyped]

_GRAPHEME = regex.compile(r"\X")

# Every look-behind is ASCII only: Chinese sets no space before a link, a mention or a hashtag.
_LINK = re.compile(r"(?<![A-Za-z0-9@./-])https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = re.compile(rf"(?<![A-Za-z0-9_@/.])@((?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)")
_TAG = re.compile(r"(?<![A-Za-z0-9_&/#＃])[#＃](\w(?:[\w·-]*\w)?)")
_CLOSERS = {")": "(", "]": "["}


@dataclass(frozen=True)
class Span:
    """Something in a text that a reader can press, as a half-open range of UTF-8 bytes."""

    kind: Literal["link", "mention", "tag"]
    #: The address, the handle without @, or the tag without #.
    value: str
    start: int
    end: int


def graphemes(text: str) -> int:
    """Count extended grapheme clusters: a family of emoji or a letter with its accents is one."""
    return len(_GRAPHEME.findall(text))


def spans(text: str) -> list[Span]:
    """Return what can be pressed, in order and without overlap.

    A link ends at the first character that is not ASCII, so that Chinese text right behind it stays text; an
    address with other letters must be written percent-encoded, as browsers copy it. A host without ``https://``
    stays plain text: what is pressed is what was written.
    """
    found: list[tuple[int, int, Literal["link", "mention", "tag"], str]] = []
    for match in _LINK.finditer(text):
        url = _trim(match.group())
        found.append((match.start(), match.start() + len(url), "link", url))
    for match in _MENTION.finditer(text):
        found.append((match.start(), match.end(), "mention", match.group(1).lower()))
    for match in _TAG.finditer(text):
        tag = match.group(1)
        if not tag.replace("_", "").isdigit() and graphemes(tag) <= 64:
            found.append((match.start(), match.end(), "tag", tag))
    kept: list[Span] = []
    done = 0
    # Links first where two begin alike or overlap: a fragment such as #part belongs to its address.
    links = [(start, end) for start, end, kind, _ in found if kind == "link"]
    for start, end, kind, value in sorted(found):
        inside = kind != "link" and any(a <= start < b for a, b in links)
        if start < done or inside:
            continue
        done = end
        before = len(text[:start].encode())
        kept.append(Span(kind, value, before, before + len(text[start:end].encode())))
    return kept


def _trim(url: str) -> str:
    """Take closing punctuation off the end of an address, and brackets that were opened before it."""
    while url:
        last = url[-1]
        if last in ".,;:!?'*" or (last in _CLOSERS and url.count(last) > url.count(_CLOSERS[last])):
            url = url[:-1]
        else:
            break
    return url
