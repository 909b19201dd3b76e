"""Hide there: readers on the platform do not see a comment any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.heard import on_comment
from bot.words import say
from bot.workflow import hide

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    on_comment(ask, ask.value, lambda heard: _do(ask, heard))


def _do(ask: Ask, heard: Heard) -> str:
    done = hide.ask(ask.app.desk, heard.entry.id, ask.person)
    said = say("A worker hides it on {label}: usually within a minute.", label=heard.label)
    return said if done else say("It stood so already.")
