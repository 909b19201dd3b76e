"""UTM tags on the brand's own links, so that visits can be told apart by post. Pure functions over texts.

Only addresses with ``http(s)://`` are touched: of a bare host, platforms differ in whether it is a link. The four
parameters are Google Analytics' (https://support.google.com/analytics/answer/10917952, read 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from bot.domain.draft import Draft
from bot.domain.editorial import Tagging

#: Ends at the first character that is not ASCII: Chinese sets no space behind a link.
_URL = re.compile(r"(?<![A-Za-z0-9@./-])https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "["}
FIELDS = ("source", "medium", "campaign", "content")
_OURS = frozenset(f"utm_{name}" for name in FIELDS)


@dataclass(frozen=True)
class Tagged:
    """One link that carries tags: the address without them, and each tag with its value."""

    url: str
    tags: tuple[tuple[str, str], ...]


def names(draft: Draft, language: str) -> dict[str, str]:
    """Return what may fill a template of a brand's ``utm``, for a text of this draft.

    ``variant`` is the angle with the language, or the draft's id where there is no angle; ``campaign`` is a
    campaign's name, which its id ends with, or what drafts made together share, or again the draft's id.
    """
    platform, _, account = draft.account.partition(":")
    variant = f"{draft.angle}-{language.split('-')[0].lower()}" if draft.angle else draft.id
    return {
        "platform": platform,
        "account": account,
        "campaign": draft.series.partition("-")[2] or draft.series or draft.id,
        "kind": draft.kind,
        "variant": variant,
        "draft": draft.id,
    }


def tag(text: str, tagging: Tagging, values: Mapping[str, str]) -> str:
    """Tag every link of the text that the brand wants tagged; tags of an earlier time are replaced, never doubled."""
    if not tagging.links:
        return text
    ours = []
    for name in FIELDS:
        value = re.sub(r"{(\w+)}", lambda m: values.get(m[1], ""), getattr(tagging, name)).strip()
        if value:
            ours.append(f"utm_{name}={quote('-'.join(value.split()), safe='')}")
    return _each(text, tagging, lambda url: _with(url, ours))


def untag(text: str, tagging: Tagging) -> str:
    """Take the tags off again, for a writer who is to see the plain link."""
    return _each(text, tagging, lambda url: _with(url, []))


def tagged(text: str, tagging: Tagging) -> list[Tagged]:
    """Return the links of a text that carry tags, in order, each as it stands."""
    found = []
    for url in (_trim(m[0]) for m in _URL.finditer(text)):
        if matches(url, tagging):
            pieces = _parts(url)[1]
            tags = tuple((k, unquote(v)) for k, _, v in (p.partition("=") for p in pieces) if k.lower() in _OURS)
            if tags:
                found.append(Tagged(_with(url, []), tags))
    return found


def matches(url: str, tagging: Tagging) -> bool:
    """Say whether a link is one that the brand wants tagged: its host (or one below it), and the start of its path."""
    try:
        split = urlsplit(url)
        host = (split.hostname or "").rstrip(".")
    except ValueError:
        return False
    if split.username is not None or not host:
        return False
    for wanted in tagging.links:
        own, _, path = wanted.lower().partition("/")
        at = split.path.lower().strip("/")
        if (host == own or host.endswith("." + own)) and (not path or at == path or at.startswith(f"{path}/")):
            return True
    return False


def _each(text: str, tagging: Tagging, change: Callable[[str], str]) -> str:
    def one(found: re.Match[str]) -> str:
        url = _trim(found[0])
        return (change(url) if matches(url, tagging) else url) + found[0][len(url) :]

    return _URL.sub(one, text)


def _parts(url: str) -> tuple[str, list[str], str]:
    """Take an address apart as it is written: what stands before ?, the pieces of the query, # and the fragment."""
    head, sign, fragment = url.partition("#")
    base, _, query = head.partition("?")
    return base, [piece for piece in query.split("&") if piece], sign + fragment


def _with(url: str, ours: list[str]) -> str:
    base, pieces, fragment = _parts(url)
    kept = [piece for piece in pieces if piece.partition("=")[0].lower() not in _OURS]
    query = "&".join([*kept, *ours])
    return f"{base}?{query}{fragment}" if query else base + fragment


def _trim(url: str) -> str:
    """Leave out the punctuation of the sentence at the end, and brackets that were opened before the address."""
    while url and (
        url[-1] in ".,;:!?'*" or (url[-1] in _CLOSERS and url.count(url[-1]) > url.count(_CLOSERS[url[-1]]))
    ):
        url = url[:-1]
    return url
