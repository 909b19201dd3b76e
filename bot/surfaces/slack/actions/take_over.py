"""Take over: a person answers in a thread from now on, and no rule does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.heard import on_comment
from bot.words import say
from bot.workflow import handoff, inbox

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    on_comment(ask, ask.value, lambda heard: _do(ask, heard))


def _do(ask: Ask, heard: Heard) -> str:
    handoff.may(ask.person)
    done = inbox.take_over(ask.app.desk, heard.entry.id, ask.person)
    return say("The thread is yours: no rule answers there.") if done else say("It stood so already.")
