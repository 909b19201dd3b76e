"""`/signoff thread BRIEF`: the same as several posts below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BadInput
from bot.surfaces.slack import drafting
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Draft a thread: several posts below each other, on accounts that have threads."
USAGE = "BRIEF [to PLATFORM:NAME]"


def run(ask: Ask) -> None:
    """Draft it. Raises BadInput, ModelError."""
    if not ask.text:
        raise BadInput(
            say("The brief is empty."), next_step=say("Say what the thread is about: `/signoff thread BRIEF`.")
        )
    brief, keys = drafting.accounts(ask.brand, ask.text, "thread")
    drafting.work(ask, brief, keys, kind="thread")
