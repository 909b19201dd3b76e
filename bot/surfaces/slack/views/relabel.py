"""Correct the reading: how a comment sounds and what its writer wants; kept for training, as on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.domain.comment import MOODS, Intent
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
    """Return the form, with what was read."""
    read = heard.entry.triage
    mood, intent = (read.sentiment, read.intent.value) if read else ("", "")
    moods = [kit.option(say(m), m) for m in MOODS]
    intents = [kit.option(say(i.value), i.value) for i in Intent]
    fields = [
        kit.field("sentiment", say("How does it sound?"), kit.select("sentiment", moods, chosen=mood), optional=True),
        kit.field("intent", say("What does its writer want?"), kit.select("intent", intents, chosen=intent),
                  optional=True),
        kit.context(say("The priority follows. Corrections are what `signoff train` learns from.")),
    ]  # fmt: skip
    return kit.modal("relabel", say("Correct the reading"), fields, submit=say("Save"), close=say("Cancel"),
                     metadata={"comment": heard.bound})  # fmt: skip


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_comment(ask, carried(ask).get("comment", ""), lambda heard: _relabel(ask, heard, state))


def _relabel(ask: Ask, heard: Heard, state: Mapping[str, Any]) -> str:
    from bot.writing import teaching

    handoff.may(ask.person)
    read = heard.entry.triage
    was = {"sentiment": read.sentiment, "intent": read.intent.value} if read else {}
    given = {kind: str(kit.value(state, kind) or "") for kind in ("sentiment", "intent")}
    said = {kind: value for kind, value in given.items() if value and value != was.get(kind)}
    if not said:
        return say("Nothing was changed.")
    now = teaching.relabel(ask.app, heard.entry.id, said, ask.person.id)
    return say("It is now: {mood}, {intent}.", mood=say(now.sentiment), intent=say(now.intent.value))
