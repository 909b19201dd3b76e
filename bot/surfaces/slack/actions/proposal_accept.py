"""Accept: a proposed rule or saved answer is written into the brand folder, and learned."""

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
    name, seen = proposed.read(ask.value)
    try:
        done = proposals.accept(ask.app, name, ask.person, seen)
    except Stale:
        proposed.again(ask, name)
        raise
    proposed.again(ask, name)
    ask.tell(say("{file} is changed and learned.", file=done.file))
