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
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.approval import Choice, content_hash
from bot.domain.draft import DraftState, Severity
from bot.domain.post import Outgoing, Post, PostPart, PostState, Receipt
from bot.errors import Misconfigured, NotFound, PlatformError, Reconnect, Refused, TryLater, Unsupported
from bot.platforms.base import Platform
from bot.store import approvals, drafts, events, leases, posts
from bot.store import desk as rows
from bot.workflow import when
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: After so many definite refusals to take it now (429, no connection), a person is asked.
MAX_ATTEMPTS = 8


@dataclass(frozen=True)
class Hold:
    """A worker's lease on an account."""

    lease: str
    worker: str
    fence: int


@dataclass(frozen=True)
class Intent:
    """What was durably announced before the send."""

    post: Post
    n: int
    attempt: int
    once_key: str
    out: Outgoing


def publish_part(desk: Desk, post_id: str, n: int, hold: Hold) -> PostState:
    """Send one due part, or say why not; return the state it is left in."""
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
    try:
        platform = desk.platform(post.account)
    except Misconfigured as error:
        with desk.db.write() as conn:
            _pause(conn, post, str(error), desk.clock.now(), hold)
        return post.parts[n].state
    intent = _announce(desk, platform, post_id, n, hold)
    if isinstance(intent, PostState):
        return intent
    # Pictures go up one request each before the post itself, and all of it must fit into the lease.
    room = platform.context.timeout * (1 + len(intent.out.part.media))
    refusal = _fence(desk, intent, hold, room)
    if refusal:
        return _unsent(desk, intent, hold, refusal)
    try:
        receipt = platform.publish(intent.out, intent.once_key)
    except Exception as error:
        return _failed(desk, intent, hold, error)
    return live(desk, intent.post, n, receipt, who=hold.worker, attempt=intent.attempt)


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


def _announce(desk: Desk, platform: Platform, post_id: str, n: int, hold: Hold) -> Intent | PostState:
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
        return Intent(post, n, number, key, outgoing(post, n, first))


def _standing(desk: Desk, conn: Connection, post: Post, part: PostPart, now: datetime, hold: Hold) -> PostState | None:
    """Hold a part back for good where it may not go out; return its new state, or None when it may."""
    fault = signature_fault(conn, post)
    if fault:
        return stop(conn, post, part, PostState.REFUSED, f"not sent: {fault}", f"`signoff audit {post.id}`", now, hold)
    brand, _ = desk.brand(conn, post.content.brand)
    if brand.account(post.account) is None:
        why = f"not sent: {brand.name} has no account {post.account} any more"
        return stop(conn, post, part, PostState.REFUSED, why, "`signoff draft` for another account.", now, hold)
    blocks = [f for f in desk.findings(post.content, brand) if f.severity is Severity.BLOCK]
    if blocks:
        why = f"not sent: {blocks[0].message}"
        return stop(conn, post, part, PostState.REFUSED, why, f"`signoff edit {post.draft_id}`", now, hold)
    # A thread that has begun is finished; only its first part can come too late.
    if part.n == 0 and when.late(post.due, post.content.window, now):
        minutes = int((now - post.due).total_seconds() // 60)
        why = f"not sent: it is {minutes} minutes late, more than its grace of {post.content.window.grace_minutes}"
        return stop(conn, post, part, PostState.ASKED, why, again(post), now, hold)
    return None


def again(post: Post) -> str:
    """Say how a person sends a post that did not go out."""
    return f"`signoff reschedule {post.draft_id} --now` or another time, then sign it off."


def stop(
    conn: Connection, post: Post, part: PostPart, state: PostState, why: str, step: str, now: datetime, hold: Hold
) -> PostState:
    """Hold a part back until a person acts, and tell them."""
    args: dict[str, Any] = {"at": now, "who": hold.worker, "why": why}
    events.move_part(conn, post.id, part.n, part.state, state, attempt=part.attempts, **args)
    tell(conn, post, part.n, now, why, step)
    return state


def tell(conn: Connection, post: Post, n: int, now: datetime, why: str, step: str) -> None:
    """Leave a notice about a part; a broken thread says how much of it is live."""
    count = len(post.parts)
    which = f"part {n + 1} of {count} ({post.live} live)" if count > 1 else "the post"
    text = f"{post.account}: {which} of draft {post.draft_id}: {why}"
    rows.notify(conn, now, post.content.brand, f"part:{post.id}/{n}", text, step)


def _fence(desk: Desk, intent: Intent, hold: Hold, room: float) -> str:
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


def _unsent(desk: Desk, intent: Intent, hold: Hold, why: str) -> PostState:
    """Nothing left this machine: the part is due again."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        args = (intent.post.id, intent.n, PostState.SENDING, PostState.DUE)
        soon = now + timedelta(seconds=5)
        events.move_part(conn, *args, at=now, who=hold.worker, why=why, attempt=intent.attempt, not_before=soon)
        posts.end_attempt(conn, intent.post.id, intent.n, intent.attempt, now, "unsent", why)
    return PostState.DUE


def _pause(conn: Connection, post: Post, why: str, now: datetime, hold: Hold) -> None:
    if rows.pause(conn, post.account, why, who=hold.worker, at=now):
        step = f"`signoff connect {post.account}`, then `signoff resume {post.account}`."
        text = f"{post.account} is paused: {why}"
        rows.notify(conn, now, post.content.brand, f"account:{post.account}", text, step)


def live(desk: Desk, post: Post, n: int, receipt: Receipt, *, who: str, attempt: int, why: str = "") -> PostState:
    """Store that a part is live, in one transaction, from ``sending`` or from ``doubtful``."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        said = why or f"attempt {attempt} answered"
        args: dict[str, Any] = {"at": now, "who": who, "why": said, "attempt": attempt}
        args |= {"remote_id": receipt.remote_id, "cid": receipt.cid, "url": receipt.url, "live_at": receipt.at}
        for was in (PostState.SENDING, PostState.DOUBTFUL, PostState.ASKED):
            if events.move_part(conn, post.id, n, was, PostState.LIVE, **args):
                break
        else:
            # The platform has it although our row moved on: say so rather than lose it.
            state = posts.part(conn, post.id, n).state
            tell(conn, post, n, now, f"is live at {receipt.url}, but stood as {state.value}", "Look at it.")
            return state
        posts.end_attempt(conn, post.id, n, attempt, now, "live", receipt.remote_id)
        if n + 1 == len(post.parts):
            text = f"{post.account}: draft {post.draft_id} is live: {receipt.url}"
            step = f"`signoff audit {post.draft_id}` shows how it came about."
            rows.notify(conn, now, post.content.brand, f"post:{post.id}", text, step, level="info")
    return PostState.LIVE


def _failed(desk: Desk, intent: Intent, hold: Hold, error: Exception) -> PostState:
    post, n = intent.post, intent.n
    said = str(error) if isinstance(error, PlatformError | NotFound) else type(error).__name__
    detail = f"{said} {getattr(error, 'reply', '')}".strip()
    log.warning("attempt %s of %s/%s: %s", intent.attempt, post.id, n, detail)
    with desk.db.write() as conn:
        now = desk.clock.now()
        columns: dict[str, Any] = {}
        step = f"`signoff audit {post.draft_id}` shows what the platform said."
        if isinstance(error, TryLater | Reconnect) and intent.attempt < MAX_ATTEMPTS:
            state = PostState.DUE
            after = error.after if isinstance(error, TryLater) else None
            columns["not_before"] = now + timedelta(seconds=pause_for(intent.attempt, after, desk.clock.random()))
        elif isinstance(error, TryLater | Reconnect):
            state, step = PostState.ASKED, again(post)
        elif isinstance(error, Refused | Unsupported | NotFound):
            state, step = PostState.REFUSED, f"`signoff edit {post.draft_id}` to mend the text."
        else:
            state = PostState.DOUBTFUL
            lag = desk.platform_class(post.account.partition(":")[0]).features.read_lag
            columns["not_before"] = now + timedelta(seconds=lag)
        args: dict[str, Any] = {"at": now, "who": hold.worker, "why": said, "attempt": intent.attempt}
        events.move_part(conn, post.id, n, PostState.SENDING, state, **args, **columns)
        posts.end_attempt(conn, post.id, n, intent.attempt, now, state.value, detail)
        if isinstance(error, Reconnect):
            _pause(conn, post, said, now, hold)
        if state in (PostState.ASKED, PostState.REFUSED):
            tell(conn, post, n, now, said, step)
    return state


def pause_for(attempt: int, after: float | None, chance: float) -> float:
    """Seconds until the next attempt: what the platform said, else 2^n with jitter, at most 15 minutes."""
    own = min(900.0, 2.0**attempt) * (0.5 + chance)
    return own if after is None else max(after, 0.0) + chance
