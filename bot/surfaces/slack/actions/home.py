"""Refresh: show somebody's Home as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Show it."""
    from bot.surfaces.slack import home

    home.opened(ask)
