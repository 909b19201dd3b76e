"""Open the form behind the button: another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.pressed import changeable, metadata, on_card
from bot.surfaces.slack.views import another

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _open(ask, card), anew=False)


def _open(ask: Ask, card: Card) -> str:
    changeable(ask, card)
    ask.open(another.view(card, metadata(ask, card)))
    return ""
