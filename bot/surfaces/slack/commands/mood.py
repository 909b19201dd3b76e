"""`/signoff mood [TOPIC] [7d]`: how people speak of the brand, in words and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.page import Page, short
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See how people speak of the brand, or of one topic, over some days."
USAGE = "[TOPIC] [7d]"


def run(ask: Ask) -> None:
    """Show it. Raises BadInput for a number of days that cannot be looked at."""
    from bot.writing import moods

    found = moods.mood(ask.app, *moods.asked(ask.text))
    page = Page(moods.title(found)).lines(moods.sentences(found))
    for label, entry in found.examples:
        reason = retold(entry.triage.reason) if entry.triage else ""
        page.item(f"{moods.word(label)} · @{entry.comment.author.handle}\n{short(entry.text, 400)}", note=reason)
        if entry.comment.url:
            page.link(entry.comment.url, say("See it"))
    if drawn := moods.picture(found):
        page.picture(ask, drawn, moods.title(found), moods.described(found))
    page.reply(ask)
