"""`/signoff inbox`: comments that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words import joined, say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See the comments that wait for an answer."
USAGE = ""


def run(ask: Ask) -> None:
    """Say that there are none yet."""
    hint = say("`/signoff reply LINK` drafts an answer to one you saw.")
    ask.tell(joined(say("No comments are collected yet."), hint))
