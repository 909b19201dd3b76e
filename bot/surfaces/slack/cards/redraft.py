"""The model writes a draft's next version after a person's feedback, in the thread of its card."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import ModelError, Stale
from bot.store import chat
from bot.surfaces.slack import progress
from bot.surfaces.slack.cards import binding, heard, posted
from bot.surfaces.slack.cards.pressed import changeable, place
from bot.surfaces.slack.cards.pressed import tell as tell_alone
from bot.surfaces.slack.errors import told
from bot.surfaces.slack.page import Page, short
from bot.words import retold, say, speaking

if TYPE_CHECKING:
    from bot.agent.task import Event
    from bot.surfaces.slack.request import Ask
    from bot.writing import Tell


def redraft(ask: Ask, value: str, feedback: str) -> None:
    """Write the next version of the card that ``value`` names, and post it in the thread. Raises as ``another``.

    Work that was cut short after the version was stored posts that version, and writes no other.
    """
    from bot import writing

    bound = binding.Bound.read(value)
    made = _made_before(ask)
    try:
        card = binding.load(ask.app, bound.draft) if made else binding.held(ask.app, value)
    except Stale as error:
        posted.refresh(ask.app, ask.speaker, bound.draft)
        tell_alone(ask, bound.draft, told(error))
        return
    if not made:
        changeable(ask, card)
    channel, thread = place(ask, bound.draft)
    here = replace(ask, channel=channel, thread=thread)
    said = say("{person} asked for another version: {feedback}", person=ask.person.name, feedback=short(feedback, 300))
    title = said if feedback else say("{person} asked for another version.", person=ask.person.name)
    with progress.shown(here, title, shared=True) as tell:
        if not made:
            with speaking("en"):
                written = writing.another(
                    ask.app, bound.draft, feedback, ask.person.id, on_event=_in(ask.language, tell)
                )
            if not written.drafts:
                why = next(iter(written.failed.values()), "")
                raise ModelError(say("No new version came of it. {why}", why=retold(why)).strip())
            made = written.drafts[0].version
            with ask.app.db.write() as conn:
                chat.set_cursor(conn, _mark(ask), str(made))
        tell.finish(Page().text(title))
    if not heard.of_draft(ask.app, bound.draft):
        # A comment's card shows its answer itself.
        posted.version(ask.app, ask.speaker, channel, thread, bound.draft, made)
    posted.refresh(ask.app, ask.speaker, bound.draft)


def _in(language: str, tell: Tell) -> Tell:
    """Return ``tell`` for a run whose findings are stored: those in English, what is told in the person's language."""

    def told_in(event: Event) -> None:
        with speaking(language):
            tell(event)

    return told_in


def _made_before(ask: Ask) -> int:
    """Return the version that this very request made when it ran before; 0 the first time."""
    with ask.app.db.read() as conn:
        return int(chat.cursor(conn, _mark(ask)) or 0) if ask.delivery else 0


def _mark(ask: Ask) -> str:
    return "redraft:" + hashlib.sha256(ask.delivery.encode()).hexdigest()[:40]
