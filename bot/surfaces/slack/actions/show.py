"""Show all: the whole card, in as many messages as it takes, to the person who asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.page import Page
from bot.words import say
from bot.workflow import card as cards

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    bound = binding.Bound.read(ask.value)
    card = binding.load(ask.app, bound.draft, bound.version)
    page = Page(say("Draft {id}, version {n}", id=card.draft.id, n=card.version.version))
    page.add(*kit.rows(cards.lines(card)))
    # A response_url takes five answers; a long text needs more.
    here = replace(ask, response_url="", thread=ask.thread or ask.message)
    page.reply(here)
