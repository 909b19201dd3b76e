"""What stands around the words of a post and goes from version to version: link cards, warning, labels, quote."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.draft import Card, Content, Finding, Part, Severity
from bot.words import say

#: A link ends at the first character that is not ASCII, or with the punctuation of the sentence.
_LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
_AFTER = ".,;:!?'*)]"


@dataclass(frozen=True)
class Around:
    """Everything that a signature covers beside words, pictures and time."""

    warning: str = ""
    labels: tuple[str, ...] = ()
    #: Remote id of the quoted post.
    quote: str = ""
    #: Each is set below the part that holds its link.
    cards: tuple[Card, ...] = ()


def of(content: Content) -> Around:
    """Return what stands around a content, for the next version of it."""
    cards = tuple(part.card for part in content.parts if part.card)
    return Around(content.warning, content.labels, content.quote, cards)


def kept(content: Content) -> dict[str, Any]:
    """Return the fields of a Proposal that say of a new version what the old one said, words, media and time apart."""
    return {
        "reply_parent": content.reply_parent, "visibility": content.visibility, "language": content.language,
        "around": of(content),
    }  # fmt: skip


def same_parts(texts: Sequence[str], old: Content) -> tuple[Part, ...]:
    """Put new texts into the parts of an old content, keeping the pictures of each part; cards follow their links."""
    media = [p.media for p in old.parts] + [()] * len(texts)
    return tuple(Part(text, media[n]) for n, text in enumerate(texts))


def holds(text: str, url: str, plain: Callable[[str], str] = str) -> bool:
    """Say whether a text holds a link; ``plain`` makes two forms of one link alike."""
    wanted = {plain(url), plain(url).removesuffix("/")}
    found = {plain(match.group()) for match in _LINK.finditer(text)}
    return bool(wanted & (found | {link.rstrip(_AFTER) for link in found} | {link.rstrip("/") for link in found}))


def placed(
    parts: Sequence[Part], cards: Sequence[Card], tag: Callable[[str], str]
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    """Set each card below the first part that holds its link, tagged as the link is; what has no place is told.

    A part with pictures keeps these: no platform shows both.
    """
    found, remarks = list(parts), []
    for card in (replace(card, url=tag(card.url)) for card in cards):
        if any(part.card and tag(part.card.url) == card.url for part in found):
            continue
        places = [n for n, part in enumerate(found) if part.card is None and holds(part.text, card.url, tag)]
        if not places:
            message = say("The link card for {url} is left out: the text does not hold that link.", url=card.url)
            remarks.append(Finding("platform", Severity.WARN, message, fix=say("Put the link into the text.")))
        elif found[places[0]].media:
            message = say("The link card for {url} is left out: a part shows pictures or a card.", url=card.url)
            fix = say("Take the pictures off, or move the link into a part without any.")
            remarks.append(Finding("platform", Severity.WARN, message, part=places[0], fix=fix))
        else:
            found[places[0]] = replace(found[places[0]], card=card)
    return tuple(found), tuple(remarks)
