"""Open the form behind the button: reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.pressed import metadata, on_card
from bot.surfaces.slack.views import reject

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _open(ask, card), anew=False)


def _open(ask: Ask, card: Card) -> str:
    ask.open(reject.view(card, metadata(ask, card)))
    return ""
