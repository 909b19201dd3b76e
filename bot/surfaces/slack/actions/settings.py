"""Settings: open the form in which a person says how Signoff speaks with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Open it."""
    from bot.surfaces.slack.views import settings

    ask.open(settings.view(ask))
