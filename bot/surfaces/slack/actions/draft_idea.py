"""The button of an idea: it becomes a draft, for its account and its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BadInput
from bot.surfaces.slack import drafting
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Draft it. Raises BadInput for a value that is no idea; account and time are checked like typed ones."""
    account, _, rest = ask.value.partition("\n")
    at, _, brief = rest.partition("\n")
    if not brief.strip():
        raise BadInput(say("This button names no idea."), next_step=say("Ask for new ones: `/signoff ideas`."))
    drafting.work(ask, brief.strip(), (account,), wall=at)
