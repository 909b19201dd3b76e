"""Reject: say why it will not be published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards.pressed import answer, carried, on_card
from bot.words import say
from bot.workflow import decide

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def view(card: Card, carries: Mapping[str, str]) -> Block:
    """Return the form."""
    field = kit.field(
        "reason", say("Why?"), kit.text("reason", lines=True, most=1000),
        hint=say("It stands on the card and in the record."), optional=True,
    )  # fmt: skip
    return kit.modal("reject", say("Reject"), [field], submit=say("Reject"), close=say("Cancel"), metadata=carries)


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_card(ask, carried(ask).get("card", ""), lambda card: _reject(ask, card, state))


def _reject(ask: Ask, card: Card, state: Mapping[str, Any]) -> str:
    decide.reject(ask.app.desk, answer(ask, card, str(kit.value(state, "reason") or "").strip()))
    return say("Rejected: {id} will not be published.", id=card.draft.id)
