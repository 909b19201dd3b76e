"""Who signed a card, who is still missing, and whose words it holds: as every surface says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words import say
from bot.workflow import handling, lasting, when

if TYPE_CHECKING:
    from bot.workflow.card import Card


def signatures(card: Card, *zones: str) -> list[tuple[str, str]]:
    """Return (label, text) of who signed, who is still missing, and until when in the zones; none without a request."""
    request = card.request
    if request is None:
        return []
    names = [handling.named(card, p) for p in card.signed]
    said = say("{n} of {of}", n=len(names), of=request.needed)
    found = [(say("Signatures"), f"{said}: {', '.join(names)} ✓" if names else said)]
    if lasts := lasting.words(request, card.brand.zone):
        found.append((say("Lasting signature"), lasts))
    if request.used is None and len(names) < request.needed:
        found.append((say("Still missing"), handling.missing(card)))
        until = " = ".join(when.spoken(request.expires, zone) for zone in dict.fromkeys(zones))
        found.append((say("To be signed until"), until))
    return found


def words_by(card: Card) -> str:
    """Say whose words a card holds."""
    if model := card.version.evidence.get("model", ""):
        return say("words by {model}", model=model)
    return say("words by {person}", person=handling.named(card, card.version.author))
