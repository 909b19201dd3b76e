"""`/signoff policy`: who must sign what, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack.page import Page
from bot.words import say
from bot.workflow import policy_words

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Read who must sign what, in plain words."
USAGE = ""


def run(ask: Ask) -> None:
    """Show it: the first rule that fits decides."""
    with ask.app.db.read() as conn:
        brand, policy = ask.app.desk.brand(conn, ask.brand.id)
    page = Page(say("Who must sign what at {brand}", brand=brand.name))
    page.text(say("The rules are tried from the top; the first that fits decides."))
    for n, told in enumerate(policy_words.sentences(policy, brand), 1):
        page.text(f"{n}. {told.when}\n→ {told.then}").note(say("rule {name}", name=told.name))
    approvers = ", ".join(p.name for p in brand.people if policy_words.approves(p))
    page.note(say("Approvers: {names}.", names=approvers or "-"), say("It stands in policy.yaml of the brand folder."))
    page.reply(ask)
