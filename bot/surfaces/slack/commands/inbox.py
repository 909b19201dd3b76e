"""`/signoff inbox`: comments that wait for an answer, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.comment import Priority
from bot.store import comments
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.page import Page, short
from bot.words import say
from bot.workflow import when

if TYPE_CHECKING:
    from bot.domain.comment import Entry
    from bot.surfaces.slack.request import Ask

HELP = "See the comments that wait for an answer."
USAGE = ""
#: Comments that are shown.
MOST = 10


def run(ask: Ask) -> None:
    """Show them, as quoted text."""
    app, brand = ask.app, ask.brand
    waiting = comments.Filter(waiting_at=app.clock.now(), aside=False)
    with app.db.read() as conn:
        found = comments.recent(conn, brand.id, None, limit=MOST, urgent_first=True, only=waiting)
        n = comments.count(conn, brand.id, waiting)
        any_at_all = n or comments.count(conn, brand.id, comments.Filter())
    page = Page(say("The inbox of {brand}: {n}", brand=brand.name, n=n))
    for entry in found:
        page.item(_line(entry, ask.zone), kit.button(f"open_comment.{entry.id}", say("Open"), entry.id))
        if entry.comment.url:
            page.link(entry.comment.url, say("See it"))
    if n > len(found):
        page.note(say("{n} more.", n=n - len(found)))
    if not found:
        page.text(say("No comment waits for an answer.") if any_at_all else say("No comments are collected yet."))
    page.note(say("`/signoff reply LINK` drafts an answer to one you saw."))
    page.reply(ask)


def _line(entry: Entry, zone: str) -> str:
    said = entry.comment
    parts = ["‼️" if entry.triage and entry.triage.priority >= Priority.HIGH else "", f"@{said.author.handle}"]
    parts += [said.account, when.spoken(said.at, zone)]
    if entry.triage:
        parts += [say(entry.triage.sentiment), say(entry.triage.intent.value)]
    return " · ".join(filter(None, parts)) + f"\n{short(entry.text, 600)}"
