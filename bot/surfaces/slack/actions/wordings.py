"""Open the list of answers to all who say nearly the same, to be signed with one press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.cards.heard import on_comment
from bot.surfaces.slack.views import wordings as form
from bot.words import say
from bot.workflow import wordings

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    on_comment(ask, ask.value, lambda heard: _open(ask, heard), anew=False)


def _open(ask: Ask, heard: Heard) -> str:
    with ask.app.db.read() as conn:
        found = wordings.of(ask.app.desk, conn, heard.entry.id, ask.person)
    if len(found.members) < 2:
        return say("Here are no answers that may be signed together.")
    ask.open(form.view(heard, found))
    return ""
