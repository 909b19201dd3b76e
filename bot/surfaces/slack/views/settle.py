"""Settle: the address at which somebody found a post whose answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import posted
from bot.surfaces.slack.cards.pressed import carried
from bot.words import say, speaking
from bot.workflow import settling

if TYPE_CHECKING:
    from bot.domain.post import Post
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask


def view(post: Post, n: int, attempt: int) -> Block:
    """Return the form for one attempt at a part."""
    field = kit.field("url", say("Address of the post"), kit.text("url", most=2000, hint="https://"),
                      hint=say("It is read on the platform, and must be this post."))  # fmt: skip
    what = [kit.context(say("The text that was sent:")), *kit.stranger(post.content.parts[n].text)[:5]]
    return kit.modal("settle", say("It is live"), [field, *what], submit=say("Save"), close=say("Cancel"),
                     metadata={"part": f"{post.id}/{n}/{attempt}"})  # fmt: skip


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    url = str(kit.value(state, "url") or "").strip()
    if not url or any(c.isspace() for c in url):
        return {"url": say("Write the address of the post, as your browser shows it.")}
    return {}


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    from bot.surfaces.slack.actions.settle import part_of

    post, n, attempt = part_of(ask, carried(ask).get("part", ""))
    found = ask.app.platform(post.account).lookup(str(kit.value(state, "url") or "").strip())
    with speaking("en"):
        settling.settle(ask.app.desk, post.id, n, ask.person.id, live=found, attempt=attempt)
    posted.refresh(ask.app, ask.speaker, post.draft_id)
    ask.tell(say("Part {n} of {post} is live.", n=n + 1, post=post.id))
