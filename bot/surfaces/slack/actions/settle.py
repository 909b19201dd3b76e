"""Settle a send without a clear answer: ``settle.live`` asks where it is, ``settle.absent`` sends it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import BadInput
from bot.store import events, posts
from bot.surfaces.slack.cards import binding, posted
from bot.surfaces.slack.views import settle
from bot.words import say, speaking
from bot.workflow import settling

if TYPE_CHECKING:
    from bot.domain.post import Post
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    post, n, attempt = part_of(ask, ask.value)
    if _later(ask, post.id, n):
        # The work runs again, or late: what a person saw on the platform was before another try.
        posted.refresh(ask.app, ask.speaker, post.draft_id)
        raise settling.tried_again(post.id, n)
    if ask.action.split(".")[1:2] == ["live"]:
        ask.open(settle.view(post, n, attempt))
        return
    with speaking("en"):
        settling.settle(ask.app.desk, post.id, n, ask.person.id, live=None, attempt=attempt)
    posted.refresh(ask.app, ask.speaker, post.draft_id)
    ask.tell(say("Part {n} of {post} is sent again.", n=n + 1, post=post.id))


def _later(ask: Ask, post_id: str, n: int) -> bool:
    """Say whether a part changed since the button was pressed."""
    with ask.app.db.read() as conn:
        trail = events.about(conn, f"part:{post_id}/{n}")
    return bool(ask.at and trail and trail[-1]["at"] > ask.at)


def part_of(ask: Ask, value: str) -> tuple[Post, int, int]:
    """Return the post of the asking person's brand, the part and the attempt that a button names.

    Raises BadInput, NotFound.
    """
    found = re.fullmatch(r"([a-z]_[0-9a-z]{1,40})/(\d{1,4})/(\d{1,6})", value)
    if found is None:
        raise BadInput(say("This button names no post."), next_step=say("Press a button of a newer card."))
    with ask.app.db.read() as conn:
        post = posts.get(conn, found[1])
    binding.load(ask.app, post.draft_id)
    return post, int(found[2]), int(found[3])
