"""The inbox, behind a button: as ``/signoff inbox``, for whoever pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    from bot.surfaces.slack.commands import inbox

    inbox.run(ask)
