"""`/signoff ask QUESTION`: an answer from the brand's rules, with the rules it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BadInput, ModelError
from bot.surfaces.slack.page import Page, short
from bot.surfaces.slack.progress import shown
from bot.words import retold, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.brand import Rule
    from bot.surfaces.slack.request import Ask

HELP = "Ask the brand's rules; the answer names the rules it rests on."
USAGE = "QUESTION"
#: Rules shown where no model answers.
NEAREST = 5


def run(ask: Ask) -> None:
    """Answer it. Where no model answers, the nearest rules are shown. Raises BadInput."""
    from bot import writing

    if not ask.text:
        raise BadInput(say("There is no question."), next_step=say("Ask it behind the word: `/signoff ask QUESTION`."))
    with shown(ask, say("Looking it up: {question}", question=short(ask.text, 200))) as progress:
        page = Page().note(say("You asked: {question}", question=short(ask.text, 400)))
        try:
            told = writing.ask(ask.app, ask.text, ask.person.id)
        except ModelError as error:
            near = writing.search(ask.app, ask.text, NEAREST)
            page.text(say("No language model answered: {why}", why=retold(str(error))))
            page.heading(say("The rules nearest to it"))
            progress.finish(_cited(page, (n.rule for n in near)))
            return
        page.text(told.answer.text)
        if told.rules:
            page.heading(say("It rests on"))
        progress.finish(_cited(page, told.rules))


def _cited(page: Page, rules: Iterable[Rule]) -> Page:
    for rule in rules:
        place = f" ({rule.file}:{rule.line})" if rule.file else ""
        page.text(f"[{rule.id}] {rule.text}{place}")
    return page
