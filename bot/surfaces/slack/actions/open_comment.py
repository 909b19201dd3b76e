"""Open: bring a comment's card to whoever pressed, where they alone see it; it follows every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.actions import open as opened

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Post it as a direct message, in place of one that is there. Raises NotFound."""
    from bot.store.comment_cards import SUBJECT
    from bot.surfaces.slack.cards import heard

    found = heard.load(ask.app, ask.value.partition("@")[0])
    made = heard.drawn(ask.app, ask.speaker, found.entry.id, language=ask.language, zone=ask.zone)
    opened.bring(ask, f"{SUBJECT}{found.entry.id}", made, kind="comment")
