"""Stop: send nothing any more, as `/signoff stop` does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Stop. Raises what the word raises for whoever may not."""
    from bot.surfaces.slack import commands

    found = commands.load("stop")
    commands.allow(ask, getattr(found, "ROLE", None), "stop")
    found.run(replace(ask, text=""))
