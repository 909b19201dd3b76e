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
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.approval import Choice, content_hash
from bot.domain.draft import DraftState, Severity
from bot.domain.post import Outgoing, Post, PostPart, PostState, Receipt
from bot.errors import Misconfigured
from bot.platforms.base import Platform
from bot.store import approvals, drafts, events, leases, posts
from bot.store import desk as rows
from bot.workflow import outcome, when
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


def publish_part(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Send one due part, or say why not; return the state it is left in."""
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
    try:
        platform = desk.platform(post.account)
    except Misconfigured as error:
        with desk.db.write() as conn:
            outcome.pause_account(conn, post, str(error), desk.clock.now(), hold)
        return post.parts[n].state
    intent = _announce(desk, platform, post_id, n, hold)
    if isinstance(intent, PostState):
        return intent
    # Pictures go up one request each before the post itself, and all of it must fit into the lease.
    room = platform.context.timeout * (1 + len(intent.out.part.media))
    refusal = _fence(desk, intent, hold, room)
    if refusal:
        return outcome.unsent(desk, intent, hold, refusal)
    try:
        receipt = platform.publish(intent.out, intent.once_key)
    except Exception as error:
        return outcome.failed(desk, intent, hold, error)
    return outcome.live(desk, intent.post, n, receipt, who=hold.worker, attempt=intent.attempt)


def outgoing(post: Post, n: int, created: datetime) -> Outgoing:
    """Build what the adapter gets from the signed content and the receipts of the parts before."""
    above = post.parts[n - 1].receipt if n else None
    root = post.parts[0].receipt if n else None
    if n == 0 and post.content.reply_parent:
        above = root = Receipt(post.content.reply_parent, "", created)
    content = post.content
    return Outgoing(content.parts[n], content.language, content.visibility, above, root, created)


def signature_fault(conn: Connection, post: Post) -> str:
    """Return why a post may not go out on its signatures, or an empty text."""
    request = approvals.get(conn, posts.request_of(conn, post.id))
    version = drafts.version(conn, post.draft_id, post.version)
    if request is None or request.used is None:
        return "there is no used-up approval behind it"
    if not content_hash(post.content) == post.hash == request.hash == version.hash:
        return "its content is not what was signed off"
    if version.state is not DraftState.APPROVED:
        return f"the version is {version.state.value}, not approved"
    given = approvals.decisions(conn, request_id=request.id)
    signed = {d.person for d in given if d.choice is Choice.APPROVE and d.hash == post.hash}
    if len(signed) < request.needed:
        return f"{len(signed)} of {request.needed} signatures are there"
    return ""


def _announce(desk: Desk, platform: Platform, post_id: str, n: int, hold: outcome.Hold) -> outcome.Intent | PostState:
    with desk.db.write() as conn:
        now = desk.clock.now()
        post = posts.get(conn, post_id)
        part = post.parts[n]
        if part.state is not PostState.DUE or part.not_before is None or part.not_before > now:
            return part.state
        if rows.stopped(conn) or rows.paused(conn, post.account):
            return part.state
        if leases.remaining(desk.db, conn, hold.lease, hold.worker, hold.fence) <= 0:
            return part.state
        state = _standing(desk, conn, post, part, now, hold)
        if state is not None:
            return state
        first = part.first_sent or now
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
        worker = {"worker": hold.worker, "fence": hold.fence}
        posts.add_attempt(conn, post_id=post_id, n=n, attempt=number, once_key=key, started=now, **worker)
        return outcome.Intent(post, n, number, key, outgoing(post, n, first))


def _standing(
    desk: Desk, conn: Connection, post: Post, part: PostPart, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """outcome.Hold a part back for good where it may not go out; return its new state, or None when it may."""
    fault = signature_fault(conn, post)
    if fault:
        return outcome.stop(
            conn, post, part, PostState.REFUSED, f"not sent: {fault}", f"`signoff audit {post.id}`", now, hold
        )
    brand, _ = desk.brand(conn, post.content.brand)
    account = brand.account(post.account)
    if account is None:
        why = f"not sent: {brand.name} has no account {post.account} any more"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, "`signoff draft` for another account.", now, hold)
    if account.handle != post.content.handle:
        why = f"not sent: signed off for {post.content.handle or 'no handle'}, the account is {account.handle} now"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, outcome.again(post), now, hold)
    blocks = [f for f in desk.findings(post.content, brand) if f.severity is Severity.BLOCK]
    if blocks:
        why = f"not sent: {blocks[0].message}"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, f"`signoff edit {post.draft_id}`", now, hold)
    # A thread that has begun is finished; only its first part can come too late.
    if part.n == 0 and when.late(post.due, post.content.window, now):
        minutes = int((now - post.due).total_seconds() // 60)
        why = f"not sent: it is {minutes} minutes late, more than its grace of {post.content.window.grace_minutes}"
        return outcome.stop(conn, post, part, PostState.ASKED, why, outcome.again(post), now, hold)
    return None


def _fence(desk: Desk, intent: outcome.Intent, hold: outcome.Hold, room: float) -> str:
    with desk.db.read() as conn:
        stopped = rows.stopped(conn)
        if stopped:
            return stopped
        left = leases.remaining(desk.db, conn, hold.lease, hold.worker, hold.fence)
        part = posts.part(conn, intent.post.id, intent.n)
        fault = signature_fault(conn, posts.get(conn, intent.post.id))
    if left <= room:
        return f"the lease ends in {left:.0f} s, a send may take {room:.0f} s"
    if part.state is not PostState.SENDING or part.attempts != intent.attempt:
        return "another worker took over"
    return fault
