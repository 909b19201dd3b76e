"""Another version: what should be different; then the model writes, and the next version comes in the card's thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards.pressed import carried
from bot.surfaces.slack.cards.redraft import redraft
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def view(card: Card, carries: Mapping[str, str]) -> Block:
    """Return the form."""
    field = kit.field(
        "feedback", say("What should be different?"),
        kit.text("feedback", lines=True, most=2000, hint=say("Such as: shorter, less salesy, name the price")),
        optional=True, hint=say("Or simply write it into the card's thread. Empty asks for another one."),
    )  # fmt: skip
    title, submit = say("Another version"), say("Write it")
    return kit.modal("another", title, [field], submit=submit, close=say("Cancel"), metadata=carries)


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    redraft(ask, carried(ask).get("card", ""), str(kit.value(state, "feedback") or "").strip())
