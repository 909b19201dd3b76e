"""Take a draft back: what was not sent yet is never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.pressed import on_card
from bot.words import say, speaking
from bot.workflow import schedule

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _cancel(ask, card))


def _cancel(ask: Ask, card: Card) -> str:
    with speaking("en"):
        schedule.cancel(ask.app.desk, card.draft.id, ask.person.id)
    return say("Draft {draft} is taken back.", draft=card.draft.id)
