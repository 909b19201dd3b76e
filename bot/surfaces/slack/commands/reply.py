"""`/signoff reply LINK`: the comment or post is found on the account that can read it, and an answer is drafted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import BadInput, NotFound
from bot.surfaces.slack import drafting
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Draft an answer to the comment or post at a link; what to say may stand after it."
USAGE = "LINK [WHAT TO SAY]"
_LINK = re.compile(r"<?((?:https?|at|sandbox)://[^\s<>|]+)(?:\|[^>]*)?>?", re.IGNORECASE)


def run(ask: Ask) -> None:
    """Find it and draft the answer. Raises BadInput, NotFound, ModelError."""
    match = _LINK.search(ask.text)
    if match is None:
        raise BadInput(
            say("There is no link to answer."), next_step=say("Copy the link of the comment: `/signoff reply LINK`.")
        )
    url = match[1].replace("&amp;", "&").rstrip(".,;。，")
    brief, named = drafting.accounts(ask.brand, (ask.text[: match.start()] + ask.text[match.end() :]).strip())
    from bot.writing import answering, replies

    before = drafting.before(ask)
    heard = replies.answerable(ask.app, url, before[0].draft_id if before else "")
    target = answering.find(ask.app, named, [url])
    keys = [key for key in named if key in target.below]
    if not keys or not target.words:
        raise NotFound(
            say("None of the brand's accounts can read what stands at {url}.", url=url),
            next_step=say("Check the link and that its account is connected: `/signoff status`."),
        )
    for version in drafting.work(ask, brief, keys, kind="reply", to=(url,)):
        if heard is not None:
            replies.kept(ask.app, heard, version, ask.person.id)
