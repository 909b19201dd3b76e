"""New draft: open the form for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Open it."""
    from bot.surfaces.slack.views import draft

    ask.open(draft.view(ask))
