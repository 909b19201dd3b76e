"""Fix: put the text that a finding names where it belongs (``fix.2``), or all of them at once (``fix.all``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Stale
from bot.surfaces.slack.cards.pressed import barred, on_card
from bot.words import say, speaking
from bot.workflow import handling

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _fix(ask, card))


def _fix(ask: Ask, card: Card) -> str:
    from bot import writing

    which = ask.action.partition(".")[2]
    found = [f for n, f in enumerate(card.version.findings) if handling.can_fix(card, f) and which in (str(n), "all")]
    if not found:
        raise Stale(say("There is nothing left to fix here."))
    texts = handling.mended([p.text for p in card.version.content.parts], found)
    with speaking("en"):
        version = writing.edit(ask.app, card.draft.id, texts, ask.person.id, seen_version=card.version.version)
    left = sum(f.severity.value == "block" for f in version.findings)
    said = say("Fixed; {n} more hold it back.", n=left) if left else say("Fixed: nothing holds it back any more.")
    return barred(ask, card.draft.id, said)
