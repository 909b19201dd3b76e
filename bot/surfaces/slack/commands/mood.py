"""`/signoff mood [TOPIC] [7d]`: how people speak of the brand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See how people speak of the brand, or of one topic, over some days."
USAGE = "[TOPIC] [7d]"


def run(ask: Ask) -> None:
    """Say that there are no comments yet."""
    ask.tell(say("No comments are collected yet."))
