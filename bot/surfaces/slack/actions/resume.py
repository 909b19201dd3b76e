"""Resume: start everything again, or let one paused account go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.brand import Role

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

ROLE = Role.APPROVER


def run(ask: Ask) -> None:
    """Do what ``/signoff resume`` does. The button's value is an account, or ``all``. Raises NotAllowed, NotFound."""
    from bot.surfaces.slack.commands import resume

    resume.run(replace(ask, text="" if ask.value == "all" else ask.value))
