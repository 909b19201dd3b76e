"""Approve: sign exactly the version on the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Stale
from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.cards.pressed import answer, on_card, readable_here
from bot.words import say
from bot.workflow import decide, handling

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: sign(ask, card))


def sign(ask: Ask, card: Card) -> str:
    """Sign, and say what came of it. A press that was worked on before, and cut short, is told as done."""
    readable_here(ask, card)
    try:
        return handling.signed(card, decide.approve(ask.app.desk, answer(ask, card)))
    except Stale:
        now = binding.load(ask.app, card.draft.id, card.version.version)
        if ask.person.id in now.signed:
            return say("Your signature is on it.")
        raise
