"""Refuse: a proposed change is closed, and the same does not come again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.brand import Role
from bot.errors import Stale
from bot.surfaces.slack import proposed
from bot.words import say
from bot.writing import proposals

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

ROLE = Role.ADMIN


def run(ask: Ask) -> None:
    """Do what the web desk's button does. Raises NotFound, NotAllowed, Stale: then the message shows what is there."""
    try:
        proposals.refuse(ask.app, ask.value, ask.person)
    except Stale:
        proposed.again(ask, ask.value)
        raise
    proposed.again(ask, ask.value)
    ask.tell(say("It is closed; the same is not proposed again."))
