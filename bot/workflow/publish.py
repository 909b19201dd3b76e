"""Publish: the only code that makes a platform post something. One part, one intent, one answer.

The order is the promise:

1. **Intent**: one durable transaction checks the kill switch, the pause, the signature, the hash, the checks and the
   lease, turns the part from ``due`` to ``sending`` and stores the attempt with its key.
2. **Fence**: immediately before the send, lease, kill switch and hash are read again.
3. **Send**, with a time-out shorter than what is left of the lease.
4. **Settle**: one transaction stores what came back. No clear answer means ``doubtful``: ``reconcile`` looks first.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from bot import failpoints, tracing
from bot.domain.post import PostState
from bot.errors import CapReached, Halted, Locked, Misconfigured
from bot.platforms.base import Platform
from bot.store import posts
from bot.workflow import announce, outcome, pacing, standing, still
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)
outgoing = announce.outgoing

#: Seconds for which what the intent was stored on is not asked again before the adapter prepares the request.
FRESH = 0.3


def publish_part(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Send one due part, or say why not; return the state it is left in. Raises Locked, with the part as it was."""
    failpoints.hit("publish: begun")
    account = hold.account
    try:
        desk.opens(account)
        # Whether it is still the account's is asked with all the rest.
        platform = desk.at_hand(account)
        begun, intent = time.monotonic(), _intended(desk, platform, post_id, n, hold)
        if intent is None:
            platform = desk.platform(account)
            begun, intent = time.monotonic(), _intended(desk, platform, post_id, n, hold)
    except Misconfigured as error:
        return _without_platform(desk, post_id, n, hold, error)
    if intent is None:
        # Connected anew twice in a moment: the next turn sees to it.
        return PostState.DUE
    if isinstance(intent, PostState):
        return intent
    failpoints.hit("intent: committed")

    def fence() -> None:
        # One request, one refreshed session and the same request again must fit into what is left of the lease.
        refusal = standing.fence_fault(desk, intent, hold, 3 * platform.context.timeout)
        if refusal:
            raise Halted(refusal)

    def before_send() -> None:
        failpoints.hit("send: ready")
        fence()
        failpoints.hit("send: next")

    try:
        # The intent asked the same a moment ago, and the last word is said before the request.
        if time.monotonic() - begun > FRESH:
            fence()
        failpoints.hit("fence: held")
        still.there(desk, platform, intent.post)
        with tracing.span("platform request", platform=platform.id, attempt=intent.attempt):
            receipt = platform.publish(replace(intent.out, before_send=before_send), intent.once_key)
        failpoints.hit("send: answered")
    except Halted as held:
        return outcome.unsent(desk, intent, hold, held.message)
    except Exception as error:
        state = outcome.failed(desk, intent, hold, error)
        failpoints.hit("failed: committed")
        return state
    state = outcome.live(desk, intent.post, n, receipt, who=hold.worker, attempt=intent.attempt)
    failpoints.hit("live: committed")
    return state


def _without_platform(desk: Desk, post_id: str, n: int, hold: outcome.Hold, error: Misconfigured) -> PostState:
    """Pause an account that cannot be used as it is set up; refuse what is for one that is no more. Raises Locked."""
    if isinstance(error, Locked):
        # This machine's trouble: another one may have the keys, and nobody is to connect the account anew for it.
        raise error
    with desk.db.write() as conn:
        now, post = desk.clock.now(), posts.get(conn, post_id)
        part = post.parts[n]
        brand, _ = desk.brand(conn, post.content.brand)
        if brand.account(post.account) is None and part.state is PostState.DUE:
            return standing.no_account(conn, post, part, brand, now, hold)
        outcome.pause_account(conn, post, str(error), now, hold)
    return part.state


def _intended(
    desk: Desk, platform: Platform, post_id: str, n: int, hold: outcome.Hold
) -> outcome.Intent | PostState | None:
    return _announce(desk, platform, post_id, n, hold, pacing.too_dear(desk, platform, post_id, n))


def _announce(
    desk: Desk, platform: Platform, post_id: str, n: int, hold: outcome.Hold, full: CapReached | None
) -> outcome.Intent | PostState | None:
    """Return what is durably announced, or the state in which the part is left; None for an adapter that is not the
    account's any more."""
    return announce.announced(desk, announce.Ask(platform, post_id, n, hold, full))
