"""`/signoff ideas [TOPIC]`: what to post about, each with a day, an account and why now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.page import Page, short
from bot.surfaces.slack.progress import shown
from bot.words import language, say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.writing.ideas import Idea, Warned

HELP = "Find ideas for posts, each with a day, an account and why now."
USAGE = "[TOPIC]"
#: Ideas shown.
MOST = 6


def run(ask: Ask) -> None:
    """Find them; a topic that is named comes first. Raises BadInput."""
    from bot.writing import ideas

    with shown(ask, say("Looking for ideas...")) as progress:
        made = ideas.ideas(ask.app, n=MOST, topic=ask.text, who=ask.person.id, on_event=progress)
        page = Page(say("Ideas for {brand}", brand=ask.brand.name))
        for warned in made.warnings:
            page.text("⚠️ " + _warned(warned))
        for n, idea in enumerate(made.ideas, 1):
            page.item(f"{n}. {' '.join(idea.what.split())}", _button(idea))
            page.note(f"{idea.at.replace('T', ' ')} {idea.zone} · {idea.account}", idea.why)
        if not made.ideas:
            page.text(say("There is no idea for {brand}.", brand=ask.brand.name))
        progress.finish(page.note(*made.notes))


def _warned(warned: Warned) -> str:
    from bot.writing.reasons import spoken_day

    said = say("{name} is on {date}: a day of mourning or remembrance.",
               name=warned.day.name(language()), date=spoken_day(warned.day.on))  # fmt: skip
    return said + (f" {', '.join(warned.planned)}" if warned.planned else "")


def _button(idea: Idea) -> kit.Block:
    """Return the button that drafts an idea; what it holds is only a brief and an account, which code checks anew."""
    return kit.button("draft_idea", say("Draft it"), f"{idea.account}\n{idea.at}\n{short(idea.what, 1500)}")
