"""Approve and post now: sign the text on the card and drop its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.cards.pressed import answer, on_card, readable_here, tell
from bot.words import say
from bot.workflow import handling, now

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    if _done(ask):
        # The work was cut short after the signature, and runs again.
        tell(ask, binding.Bound.read(ask.value).draft, say("Your signature is on it."))
    else:
        on_card(ask, ask.value, lambda card: _sign(ask, card))


def _done(ask: Ask) -> bool:
    """Say whether the version after the one pressed is this person's, sent at once and signed."""
    bound = binding.Bound.read(ask.value)
    card = binding.load(ask.app, bound.draft)
    version = card.version
    mine = version.origin == "now" and version.author == ask.person.id and ask.person.id in card.signed
    return mine and version.version == bound.version + 1


def _sign(ask: Ask, card: Card) -> str:
    readable_here(ask, card)
    return handling.signed(card, now.approve(ask.app.desk, answer(ask, card)))
