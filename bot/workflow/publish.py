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
from datetime import datetime, timedelta

from bot import failpoints, tracing
from bot.domain.post import Outgoing, Post, PostState, Receipt
from bot.errors import CapReached, Halted, Misconfigured
from bot.platforms.base import Platform
from bot.store import desk as rows
from bot.store import events, leases, posts
from bot.workflow import outcome, pacing, restored, standing
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Seconds for which what the intent was stored on is not asked again before the adapter prepares the request.
FRESH = 0.3


def publish_part(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Send one due part, or say why not; return the state it is left in."""
    failpoints.hit("publish: begun")
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
        brand, _ = desk.brand(conn, post.content.brand)
    if brand.account(post.account) is None:
        why = f"not sent: {brand.name} has no account {post.account} any more"
        step = f"`signoff cancel {post.draft_id}`, and draft it for another account."
        with desk.db.write() as conn:
            return outcome.stop(conn, post, post.parts[n], PostState.REFUSED, why, step, desk.clock.now(), hold)
    try:
        platform = desk.platform(post.account)
    except Misconfigured as error:
        with desk.db.write() as conn:
            outcome.pause_account(conn, post, str(error), desk.clock.now(), hold)
        return post.parts[n].state
    begun = time.monotonic()
    full = pacing.too_dear(platform, post, n)
    intent = _announce(desk, platform, post_id, n, hold, brand.plan.gap_minutes, full)
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


def outgoing(post: Post, n: int, created: datetime) -> Outgoing:
    """Build what the adapter gets from the signed content and the receipts of the parts before."""
    above = post.parts[n - 1].receipt if n else None
    root = post.parts[0].receipt if n else None
    if post.content.reply_parent:
        # Only the platform knows where the conversation began: the adapter reads it from the post above.
        above, root = above or Receipt(post.content.reply_parent, "", created), None
    content = post.content
    return Outgoing(
        part=content.parts[n], language=content.language, visibility=content.visibility, parent=above, root=root,
        # A thread is warned of as a whole, and quotes once.
        warning=content.warning, labels=content.labels, quote="" if n else content.quote, created=created,
    )  # fmt: skip


def _announce(
    desk: Desk,
    platform: Platform,
    post_id: str,
    n: int,
    hold: outcome.Hold,
    gap: int,
    full: CapReached | None,
) -> outcome.Intent | PostState:
    with desk.db.write() as conn:
        # A clock that jumped since the last sign of life sends nothing early.
        desk.follow_database(conn)
        now = desk.clock.now()
        post = posts.get(conn, post_id)
        part = post.parts[n]
        if part.state is not PostState.DUE or part.not_before is None or part.not_before > now:
            return part.state
        if rows.stopped(conn) or rows.paused(conn, post.account):
            return part.state
        if leases.remaining(desk.db, conn, hold.lease, hold.worker, hold.fence) <= 0:
            return part.state
        state = restored.look_first(conn, platform, post, part, now, hold)
        if state is None:
            state = standing.held_back(desk, conn, post, part, now, hold)
        if state is None:
            state = pacing.waits(desk, conn, platform, post, part, full, now, hold)
        if state is not None:
            return state
        # Before any attempt it says since when a restored database looked.
        first = (part.first_sent if part.attempts else None) or now
        key = part.once_key or platform.once_key(f"{post_id}/{n}", first)
        number = part.attempts + 1
        columns = {"attempts": number, "once_key": key, "first_sent": first, "last_sent": now, "looks": 0}
        moved = events.move_part(
            conn,
            post_id,
            n,
            PostState.DUE,
            PostState.SENDING,
            at=now,
            who=hold.worker,
            why=f"attempt {number}",
            attempt=part.attempts,
            **columns,
        )
        if not moved:
            return posts.part(conn, post_id, n).state
        failpoints.hit("intent: moved")
        if gap and n == 0:
            rows.set_next_send(conn, post.account, now + timedelta(minutes=gap))
        worker = {"worker": hold.worker, "fence": hold.fence}
        posts.add_attempt(conn, post_id=post_id, n=n, attempt=number, once_key=key, started=now, **worker)
        failpoints.hit("intent: stored")
        return outcome.Intent(post, n, number, key, outgoing(post, n, first))
