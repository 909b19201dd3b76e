"""`/signoff report [WEEK]`: what came of a week, in words and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.page import Page, short
from bot.surfaces.slack.progress import posted
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See what came of a week: drafts, signatures, posts, and what readers made of them."
USAGE = "[week | last | 2026-W47]"


def run(ask: Ask) -> None:
    """Post it where it was asked. Raises BadInput."""
    from bot.writing import report

    found = report.report(ask.app, ask.text)
    page = Page(report.title(found)).lines(report.sentences(found))
    if found.best:
        page.heading(say("What readers answered most"))
    for post in found.best:
        line = f"{post['account']} · {say('likes, replies and reposts: {n}', n=post['answers'])}\n{short(post['text'])}"
        page.item(line).link(post["url"], say("See it"))
    drawn = report.picture(found)
    if drawn is None:
        page.note(say("There is no picture: this machine has no font for these letters (Noto Sans CJK has them)."))
    else:
        page.picture(ask, drawn, report.title(found), report.described(found))
    for some in page.messages():
        posted(ask, some, page.fallback)
