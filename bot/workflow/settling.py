"""Settle: a person's word on a part of which nobody could say whether it is live."""

from __future__ import annotations

from typing import Any

from bot.domain.brand import Role
from bot.domain.post import PostState, Receipt
from bot.errors import BadInput, NotAllowed, Stale
from bot.store import events, posts
from bot.words import say
from bot.workflow import outcome
from bot.workflow.desk import Desk


def settle(
    desk: Desk, post_id: str, n: int, who: str, *, live: Receipt | None, attempt: int | None = None
) -> PostState:
    """Take a person's word on a part that Signoff could not settle.

    ``attempt`` is how often the part had been sent when the person looked, so that a button of an older try counts
    for nothing. Raises NotAllowed, BadInput, Stale.
    """
    with desk.deciding() as conn:
        post = posts.get(conn, post_id)
        brand, _ = desk.brand(conn, post.content.brand)
        person = brand.person(who)
        if person is None or not person.may(Role.APPROVER):
            raise NotAllowed(say("Only an approver of {brand} can settle this.", brand=brand.name))
        if not 0 <= n < len(post.parts):
            raise BadInput(say("Post {post} has no part {n}.", post=post_id, n=n + 1))
        part = post.parts[n]
        if attempt is not None and attempt != part.attempts:
            raise tried_again(post_id, n)
        # A part that surely did not go out can be tried again as signed; one that may be live can also be found.
        retry = live is None and part.state in (PostState.ASKED, PostState.REFUSED)
        if not retry and (part.state is not PostState.ASKED or not posts.maybe_live(conn, post_id, n)):
            raise BadInput(
                say(
                    "Part {n} of {post} is {state}; only one that you were asked about is settled by hand.",
                    n=n + 1,
                    post=post_id,
                    state=say(part.state.value),
                )
            )
        if live is None and post.ended:
            raise BadInput(
                say("The rest of {post} was taken back: part {n} is not sent any more.", n=n + 1, post=post_id)
            )
        if live is None:
            now = desk.clock.now()
            why = f"{person.name} looked: it is not there"
            if posts.maybe_live(conn, post_id, n):
                posts.end_attempt(conn, post_id, n, part.attempts, now, "absent", why)
            args: dict[str, Any] = {"at": now, "who": who, "why": why, "attempt": part.attempts}
            events.move_part(conn, post_id, n, part.state, PostState.DUE, not_before=now, looks=0, **args)
            return PostState.DUE
    return outcome.live(desk, post, n, live, who=who, attempt=part.attempts, why=f"{person.name} found it")


def tried_again(post_id: str, n: int) -> Stale:
    """Return the error for a word about a try that was not the last."""
    return Stale(
        say("Part {n} of {post} was tried again after you answered.", n=n + 1, post=post_id),
        next_step=say("The card shows what it is now."),
    )
