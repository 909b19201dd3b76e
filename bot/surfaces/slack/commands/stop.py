"""`/signoff stop [WHY]`: the kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.page import Page
from bot.words import say
from bot.workflow import switching

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Stop everything at once; nothing is sent until an approver resumes."
USAGE = "[WHY]"


def run(ask: Ask) -> None:
    """Stop. Any of the brand's people may: stopping harms nobody."""
    changed, why = switching.stop(ask.app.desk, ask.person.id, ask.text)
    if changed:
        Page().text(say("Stopped. Nothing is sent until an approver says `/signoff resume`.")).reply(ask)
    else:
        Page().text(say("It was already {why}.", why=why)).reply(ask)
