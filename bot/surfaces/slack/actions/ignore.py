"""Ignore: nothing is said to a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.comment import CommentState
from bot.surfaces.slack.cards.heard import on_comment
from bot.words import say
from bot.workflow import handoff

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    on_comment(ask, ask.value, lambda heard: _settle(ask, heard))


def _settle(ask: Ask, heard: Heard) -> str:
    done = handoff.settle(ask.app.desk, heard.entry.id, CommentState.IGNORED, ask.person)
    return say("Nothing is said to it. What was suggested is not sent.") if done else say("It stood so already.")
