"""What a review card shows around the text: warning, labels, price, pictures, videos and link cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.checks.links import links
from bot.domain.draft import Content, Part
from bot.platforms.base import Charge
from bot.words import joined, say
from bot.workflow import background, fitting

if TYPE_CHECKING:
    from bot.workflow.card import Card


def around(content: Content, charges: Sequence[Charge]) -> list[tuple[str, str]]:
    """Return what stands around the whole post, as (heading, text) rows."""
    rows = [
        (say("Quotes"), content.quote),
        (say("Readers see first"), content.warning),
        (say("Labels"), ", ".join(content.labels)),
    ]
    if charges:
        each = ", ".join(f"{say(c.what)} ${c.usd:.3f}" for c in charges)
        rows.append((say("Costs"), f"${sum(c.usd for c in charges):.3f} ({each})"))
    return [(name, body) for name, body in rows if body]


def beside(card: Card, part: Part) -> list[tuple[str, str]]:
    """Return the media, the link card and the links of one part."""
    found = []
    for medium in part.media:
        size = f"{medium.mime} {medium.width}x{medium.height} {medium.sha256[:8]}"
        if medium.seconds:
            size += f" {medium.seconds:.1f} s"
        described = joined(
            f"{say('described as')}: {medium.alt or '-'}",
            background.picture(card, medium),
            fitting.told(card.version, medium),
        )
        found.append((say("Video") if medium.is_video else say("Picture"), f"{size}  {described}"))
    if part.card is not None:
        shown = part.card.picture
        picture = f"  {shown.mime} {shown.width}x{shown.height} {shown.sha256[:8]}" if shown else ""
        found.append((say("Link card"), f"{part.card.title}\n{part.card.description}\n{part.card.url}{picture}"))
    for host, (start, end) in links(part.text):
        link = part.text[start:end]
        # What differs from the host is worth a look: other letters, a name before an @.
        plain = link.lower().removeprefix("https://").removeprefix("http://") == host.lower()
        found.append((say("Link"), host if plain else f"{link}  → {host}"))
    return found
