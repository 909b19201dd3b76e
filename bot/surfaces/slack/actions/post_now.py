"""Approve and post now: sign the text on the card and drop its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.pressed import answer, on_card, readable_here, signed
from bot.workflow import now

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _sign(ask, card))


def _sign(ask: Ask, card: Card) -> str:
    readable_here(ask, card)
    return signed(card, now.approve(ask.app.desk, answer(ask, card)))
