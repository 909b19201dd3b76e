"""Count a text as Mastodon does, find what it will turn into links there, and know it again after it was rewritten.

A link weighs 23, ``@user@domain`` weighs ``@user``, all else is counted in grapheme clusters:
https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb (read 2026-11-22).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]

from bot.platforms.kit.richtext import graphemes

#: What a link weighs on Mastodon itself; other servers of the same interface say their own figure.
LINK = 23
#: An address longer than this is not made a link (twitter-text, which Mastodon counts with).
_LONGEST_LINK, _LONGEST_DOMAIN = 4096, 253

# https://github.com/mastodon/mastodon/blob/main/config/initializers/twitter_regex.rb (read 2026-11-22): a path takes
# in every letter, so Chinese text right behind an address becomes part of it.
_IN_PATH = r"[^\p{White_Space}<>()?]"
_PATH = regex.compile(rf"/(?:{_IN_PATH}|\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\))*+")
_NOT_LAST_IN_PATH = frozenset("!*\"'「」;:=,.$%[]~&|@")
_FURTHER = r"\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0010fffd"
_QUERY = re.compile(rf"\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^{_FURTHER}]*", re.IGNORECASE)
_LAST_IN_QUERY = re.compile(rf"[a-z0-9_&=#/\-{_FURTHER}]", re.IGNORECASE)
# https://github.com/mastodon/mastodon/blob/main/app/models/account.rb, MENTION_RE, and app/lib/extractor.rb (read
# 2026-11-22). No mention stands right behind a letter, and Chinese characters are letters.
_MENTION = re.compile(r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(@\w+(?:[.-]+\w+)*)?", re.IGNORECASE)
_MARKS = re.compile(r"[*_`~]")
_NO_MENTION_BEFORE = re.compile(r"[@＠]|://|[\u00c0-\u024f\u0253-\u0263\u1e00-\u1eff]")


@dataclass(frozen=True)
class Entity:
    """What stands for something shorter, as a half-open range of code points."""

    start: int
    end: int
    #: The address, or "" for a mention.
    url: str
    #: What is counted in its place; for a link, its address.
    short: str


def entities(text: str) -> list[Entity]:
    """Return links and mentions in order; of two that overlap, the first."""
    kept: list[Entity] = []
    for entity in sorted([*_links(text), *_mentions(text)], key=lambda e: e.start):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def length(text: str, link: int = LINK) -> int:
    """Count ``text`` with every link as ``link`` characters."""
    made, done = [], 0
    for entity in entities(text):
        made += [text[done : entity.start], "x" * link if entity.url else entity.short]
        done = entity.end
    return graphemes("".join([*made, text[done:]]))


def links(text: str) -> list[str]:
    """Return the addresses that Mastodon makes into links."""
    return [entity.url for entity in entities(text) if entity.url]


def alike(text: str) -> str:
    """Return ``text`` without what servers change: spaces, the server's name in a mention, forms of one letter, and
    the signs of Markdown, which some servers of the same interface take for emphasis."""
    text = _MENTION.sub(lambda m: f"@{m[1].lower()}", text)
    return " ".join(_MARKS.sub("", unicodedata.normalize("NFC", text)).split())


def _links(text: str) -> Iterator[Entity]:
    """Find the host with the pattern that Mastodon.py keeps (it knows which endings there are), then the path."""
    if "://" not in text:
        return
    from mastodon._url_regex import url_regex

    at = 0
    while found := url_regex.search(text, at):
        start, end = found.start(3), found.end(6) if found[6] else found.end(5)
        if path := _PATH.match(text, end):
            end = path.end()
            while text[end - 1] in _NOT_LAST_IN_PATH:
                end -= 1
        if query := _QUERY.match(text, end):
            last = query.end()
            while last > end + 1 and not _LAST_IN_QUERY.match(text, last - 1):
                last -= 1
            end = last if last > end + 1 else end
        if end - start <= _LONGEST_LINK:
            yield Entity(start, end, text[start:end], text[start:end])
        at = end


def _mentions(text: str) -> Iterator[Entity]:
    for found in _MENTION.finditer(text):
        if _NO_MENTION_BEFORE.match(text, found.end()) or len(found[2] or "") > _LONGEST_DOMAIN + 1:
            continue
        yield Entity(found.start(), found.end(), "", f"@{found[1]}")
