"""Escalate: hand a comment to a person, with a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards.heard import on_comment
from bot.surfaces.slack.cards.pressed import carried
from bot.words import say
from bot.workflow import handoff

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def view(heard: Heard) -> Block:
    """Return the form."""
    people = [kit.option(p.name or p.id, p.id) for p in heard.brand.people[:100]]
    fields = [
        kit.field("to", say("Who sees to it?"), kit.select("to", people, chosen=heard.entry.assignee)),
        kit.field("note", say("What should they know?"), kit.text("note", lines=True, most=2000), optional=True,
                  hint=say("Colleagues read it on the card; it is never sent.")),
        kit.context(say("An answer that was suggested is taken back; its words go with the note.")),
    ]  # fmt: skip
    return kit.modal("escalate", say("Escalate"), fields, submit=say("Hand it over"), close=say("Cancel"),
                     metadata={"comment": heard.bound})  # fmt: skip


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    to = str(kit.value(state, "to") or "")
    return {} if ask.brand.person(to) else {"to": say("Choose one of the brand's people.")}


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_comment(ask, carried(ask).get("comment", ""), lambda heard: _hand_over(ask, heard, state))


def _hand_over(ask: Ask, heard: Heard, state: Mapping[str, Any]) -> str:
    to, note = str(kit.value(state, "to") or ""), str(kit.value(state, "note") or "")
    done = handoff.hand_over(ask.app.desk, heard.entry.id, to, note, ask.person, heard.brand)
    person = heard.brand.person(to)
    return say("{person} has it and is told.", person=person.name if person else to) if done else say(
        "It stood so already.")  # fmt: skip
