"""Open the form behind the button: answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.heard import open_form
from bot.surfaces.slack.views import answer

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    open_form(ask, answer.view)
