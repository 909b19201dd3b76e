"""Reply: sign exactly the answer on a comment's card, to exactly the words on it; then it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotAllowed, Stale
from bot.surfaces.slack.cards import binding, comment, posted
from bot.surfaces.slack.cards.heard import on_comment, read, tell
from bot.surfaces.slack.cards.pressed import answer, elsewhere, seen_pictures
from bot.words import say
from bot.workflow import decide, handling

if TYPE_CHECKING:
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    comment_id, _, draft = read(ask.value)
    if draft and _done(ask, draft):
        # The work was cut short after the signature, and runs again.
        tell(ask, comment_id, say("Your signature is on it."))
        return
    on_comment(ask, ask.value, lambda heard: _sign(ask, heard, draft))


def _done(ask: Ask, draft: str) -> bool:
    bound = binding.Bound.read(draft)
    return ask.person.id in binding.load(ask.app, bound.draft, bound.version).signed


def _sign(ask: Ask, heard: Heard, draft: str) -> str:
    if not draft or heard.answer is None:
        raise Stale(say("This comment has another answer now, or none."))
    if heard.alone:
        raise NotAllowed(say("The author asked to be left alone."))
    if not comment.waits(heard):
        raise Stale(say("This answer does not wait for a signature any more."))
    if not comment.complete(heard, posted.reader_of(ask.app, heard.brand, ask.language, ask.zone)):
        raise NotAllowed(
            say("Slack cannot show all of this text in one message, so it cannot be signed here."),
            next_step=elsewhere(ask, heard.answer),
        )
    seen_pictures(ask, heard.answer)
    return handling.signed(heard.answer, decide.approve(ask.app.desk, answer(ask, heard.answer)))
