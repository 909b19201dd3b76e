"""Undo: for ten minutes after posting, delete a post on the platform, look again, and show what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.post import PostState
from bot.errors import BadInput, SignoffError
from bot.surfaces.slack.cards import posted
from bot.surfaces.slack.cards.pressed import on_card, place
from bot.surfaces.slack.cards.review import UNDO
from bot.surfaces.slack.errors import told
from bot.surfaces.slack.page import Page
from bot.words import say
from bot.workflow import undo

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card


def run(ask: Ask) -> None:
    on_card(ask, ask.value, lambda card: _undo(ask, card))


def _undo(ask: Ask, card: Card) -> str:
    live = [p for post in card.posts for p in post.parts if p.state is PostState.LIVE and p.receipt]
    last = max((p.receipt.at for p in live if p.receipt), default=None)
    if last is None and any(p.state is PostState.DELETED for post in card.posts for p in post.parts):
        # Pressed twice, or delivered once more after the work was done: what was wanted is so.
        return say("It was taken down already; nothing more is to be done.")
    if last is None:
        raise BadInput(say("Nothing of draft {draft} is live.", draft=card.draft.id))
    if ask.app.clock.now() - last > UNDO:
        posted.refresh(ask.app, ask.speaker, card.draft.id)
        raise BadInput(
            say("The ten minutes for Undo are over."),
            next_step=say("`signoff undo {draft}` still takes it down.", draft=card.draft.id),
        )
    page = Page().text(say("{person} took this down:", person=ask.person.name))
    try:
        for part in undo.undo(ask.app.desk, card.draft.id, ask.person.id):
            assert part.receipt is not None
            page.rows([(part.receipt.url, undo.proof(ask.app.desk, card.draft.account, part.receipt.url))])
    except SignoffError as error:
        # A thread may be half gone: the card says what is left, the person why.
        posted.refresh(ask.app, ask.speaker, card.draft.id)
        return told(error)
    channel, thread = place(ask, card.draft.id)
    for blocks in page.messages():
        ask.speaker.post(channel, blocks, page.fallback, thread=thread)
    return ""
