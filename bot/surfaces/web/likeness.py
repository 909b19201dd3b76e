"""A draft as it will look on its network: who speaks, links and names as they are shown there, its length, its card.

It is drawn from the bytes that are sent and is a likeness, not a copy: what a signature covers is the text beside it.
What cannot be seen is written out here, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.checks.text import visible
from bot.surfaces.web.words import Piece
from bot.words import say

if TYPE_CHECKING:
    from bot.domain.draft import Card as LinkCard
    from bot.domain.draft import Media, Part
    from bot.workflow.card import Card

#: (start, end, kind, what is shown in its place), in code points.
Span = tuple[int, int, str, str]
#: X shows so many characters of an address without its protocol: https://github.com/goosys/jquery-twellipsis
X_SHOWN = 27
#: So does Mastodon: https://github.com/mastodon/mastodon/blob/main/app/lib/text_formatter.rb (read 2026-11-22).
MASTODON_SHOWN = 30
_PROTOCOL = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_X_NAME = re.compile(r"(?<![\w@＠!#$%&*/])[@＠]\w{1,15}(?!\w|://)", re.ASCII)
_TAG = re.compile(r"(?<![\w&/#＃])[#＃](?=\w*[^\W\d_])\w+")


@dataclass(frozen=True)
class Shown:
    """One part as its readers see it."""

    pieces: list[Piece]
    used: int
    most: int
    media: tuple[Media, ...]
    #: The link card that goes out with it, or the address under which the network may set one of its own.
    card: LinkCard | None
    address: str
    host: str
    #: Whether another part hangs below it.
    goes_on: bool

    @property
    def over(self) -> bool:
        return self.used > self.most


@dataclass(frozen=True)
class Likeness:
    """A whole post or thread."""

    #: ``x``, ``mastodon``, ``bluesky``, or anything else for a plain one.
    like: str
    label: str
    name: str
    handle: str
    mark: str
    unit: str
    #: One sentence on what the network does to what is sent; empty where it does nothing.
    remark: str
    warning: str
    parts: list[Shown]


def of(card: Card, facts: Mapping[str, Any]) -> Likeness:
    """Return the likeness of a card; ``facts`` are what is known of its account."""
    content, platform = card.version.content, card.account.platform
    like = str(facts.get("like") or platform) if platform == "sandbox" else platform
    handle = content.handle or card.account.handle or card.account.name
    name = card.brand.name
    parts = [_shown(card, n, like) for n in range(len(content.parts))]
    return Likeness(
        like=like if like in _SPANS else "plain", label=card.label, name=visible(name),
        handle=visible(handle if handle.startswith("@") else f"@{handle}"), mark=_mark(name),
        unit=card.sizes[0].rsplit(" ", 1)[-1] if card.sizes else "", warning=visible(content.warning),
        # The sandbox may look like another network, and yet counts in its own way.
        remark=_remark(like) if platform != "sandbox" else "", parts=parts,
    )  # fmt: skip


def _shown(card: Card, n: int, like: str) -> Shown:
    part: Part = card.version.content.parts[n]
    used, _, most = card.sizes[n].split(" ")[:3]
    text = unicodedata.normalize("NFC", part.text) if like == "x" else part.text
    spans = list(_SPANS.get(like, _bluesky)(text))
    address = next((text[start:end] for start, end, kind, _ in reversed(spans) if kind == "link"), "")
    full = address if "://" in address else f"https://{address}"
    url = part.card.url if part.card else full if address and not part.media and like != "bluesky" else ""
    return Shown(
        pieces=_drawn(text, spans), used=int(used), most=int(most), media=part.media, card=part.card,
        address="" if part.card else visible(url), host=_host(url), goes_on=n + 1 < len(card.sizes),
    )  # fmt: skip


def _drawn(text: str, spans: list[Span]) -> list[Piece]:
    found, done = [], 0
    for start, end, kind, shown in spans:
        if start > done:
            found.append(Piece(visible(text[done:start])))
        full = visible(text[start:end])
        found.append(Piece(visible(shown), kind, full if shown != text[start:end] else ""))
        done = end
    return [*found, Piece(visible(text[done:]))] if done < len(text) else found


def _remark(like: str) -> str:
    if like == "x":
        return say("X wraps each link in t.co: it counts 23 characters, however long it is, and is shown shortened.")
    if like == "mastodon":
        return say("Each link counts 23 characters; readers see the first 30 of it. Of a name, only @user counts.")
    if like == "bluesky":
        return say("Links stand as they are written and count in full.")
    return ""


def _x(text: str) -> Iterator[Span]:
    from bot.platforms.kit import x_text

    links = [(link.start, link.start + len(link.url)) for link in x_text.links_in(text, plain=True)]
    found = [(a, b, "link", _cut(text[a:b], X_SHOWN)) for a, b in links]
    found += [(m.start(), m.end(), "name", m.group()) for m in _X_NAME.finditer(text)]
    return _apart([*found, *_tags(text)])


def _mastodon(text: str) -> Iterator[Span]:
    from bot.platforms.kit import mastodon_text

    found = [
        (e.start, e.end, "link", _cut(e.url, MASTODON_SHOWN)) if e.url
        else (e.start, e.end, "name", e.short) for e in mastodon_text.entities(text)
    ]  # fmt: skip
    return _apart([*found, *_tags(text)])


def _bluesky(text: str) -> Iterator[Span]:
    from bot.platforms.kit import richtext

    raw = text.encode(errors="surrogatepass")
    for span in richtext.spans(text):
        start = len(raw[: span.start].decode(errors="surrogatepass"))
        shown = raw[span.start : span.end].decode(errors="surrogatepass")
        kind = {"link": "link", "mention": "name", "tag": "tag"}[span.kind]
        yield (start, start + len(shown), kind, shown)


_SPANS: dict[str, Callable[[str], Iterator[Span]]] = {"x": _x, "mastodon": _mastodon, "bluesky": _bluesky}


def _tags(text: str) -> list[Span]:
    return [(m.start(), m.end(), "tag", m.group()) for m in _TAG.finditer(text)]


def _apart(found: list[Span]) -> Iterator[Span]:
    """Yield spans in order; of two that overlap, links win, then the first."""
    links = [(a, b) for a, b, kind, _ in found if kind == "link"]
    done = 0
    for span in sorted(found):
        start, end, kind, _ = span
        if start >= done and (kind == "link" or not any(a <= start < b for a, b in links)):
            yield span
            done = end


def _cut(url: str, most: int) -> str:
    bare = _PROTOCOL.sub("", url, count=1)
    return bare if len(bare) <= most else f"{bare[:most]}…"


def _host(url: str) -> str:
    try:
        return visible(urlsplit(url).hostname or "") if url else ""
    except ValueError:
        return ""


def _mark(name: str) -> str:
    """Return the letter that stands for the picture of the account."""
    return next((c.upper() for c in name if c.isalnum()), "•")
