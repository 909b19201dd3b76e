"""Open the form behind the button: escalate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.heard import on_comment
from bot.surfaces.slack.views import escalate
from bot.workflow import handoff

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    on_comment(ask, ask.value, lambda heard: _open(ask, heard), anew=False)


def _open(ask: Ask, heard: Heard) -> str:
    handoff.may(ask.person)
    ask.open(escalate.view(heard))
    return ""
