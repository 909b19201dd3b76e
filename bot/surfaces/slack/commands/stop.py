"""`/signoff stop [WHY]`: the kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        ask.tell(say("Stopped. Nothing is sent until an approver says `/signoff resume`."))
    else:
        ask.tell(say("It was already {why}.", why=why))
