"""Reschedule: open the form with date and time; in the form, put the next free slot in (``reschedule.slot``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.cards.pressed import changeable, metadata, on_card
from bot.surfaces.slack.views import reschedule

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    if ask.action.endswith(".slot"):
        _slot(ask)
        return
    on_card(ask, ask.value, lambda card: _open(ask, card), anew=False)


def _open(ask: Ask, card: Card) -> str:
    changeable(ask, card)
    ask.open(reschedule.view(ask, card, metadata(ask, card)))
    return ""


def _slot(ask: Ask) -> None:
    """Fill the open form with the next free slot; it is taken when the form is sent."""
    given = ask.payload.get("view") or {}
    card = binding.held(ask.app, ask.value)
    kept = reschedule.read(str(given.get("private_metadata") or ""))
    ask.replace(str(given.get("id") or ""), reschedule.view(ask, card, kept, free=True))
