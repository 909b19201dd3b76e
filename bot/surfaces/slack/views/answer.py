"""Write an answer to a comment yourself: a draft like any other, checked, and signed by whom the policy names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput, SignoffError
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards.heard import held, on_comment
from bot.surfaces.slack.cards.pressed import carried, wrong
from bot.words import retold, say, speaking
from bot.workflow import inbox

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def view(heard: Heard) -> Block:
    """Return the form, with the comment above the field."""
    field = kit.field("text", say("Text"), kit.text("text", lines=True))
    note = kit.context(say("It is checked, and needs its signatures. The thread is yours then: no rule answers there."))
    quoted = kit.stranger(kit.clip(heard.entry.text, 2900))
    return kit.modal("answer", say("Write an answer"), [*quoted, field, note], submit=say("Propose"),
                     close=say("Cancel"), metadata={"comment": heard.bound})  # fmt: skip


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    if not str(kit.value(state, "text") or "").strip():
        return {"text": say("There is no text.")}
    try:
        held(ask.app, carried(ask).get("comment", ""))
    except SignoffError as error:
        return {"text": wrong(error)}
    return {}


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_comment(ask, carried(ask).get("comment", ""), lambda heard: _propose(ask, heard, state))


def _propose(ask: Ask, heard: Heard, state: Mapping[str, Any]) -> str:
    text = str(kit.value(state, "text") or "").strip()
    if not text:
        raise BadInput(say("There is no text."))
    card = heard.answer
    if card is not None and card.draft.author == ask.person.id and card.version.content.parts[0].text == text:
        # The work was cut short after the draft was stored, and runs again.
        return say("It waits for its signatures.")
    with speaking("en"):
        version = inbox.answer(ask.app.desk, heard.entry.id, text, ask.person)
    if version.blocked:
        return say("A check holds it back: {why}", why=retold(version.findings[0].message))
    return say("It waits for its signatures.")
