"""Whether a part may go out: signatures, account, rules and time; and the fence in the line before the send."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.approval import content_hash
from bot.domain.brand import Brand, Role
from bot.domain.draft import DraftState
from bot.domain.post import Post, PostPart, PostState
from bot.store import approvals, drafts, leases, posts, rates
from bot.store import desk as rows
from bot.workflow import outcome, quiet, when
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: A post that comes up later than this is late: others wait their turn behind it.
LATE = timedelta(seconds=60)


def signature_fault(conn: Connection, post: Post, brand: Brand) -> str:
    """Return why a post may not go out on its signatures, or an empty text."""
    found = approvals.signed(conn, post.id)
    if found is None:
        return "there is no used-up approval behind it"
    if not content_hash(post.content) == post.hash == found.hash == found.version_hash:
        return "its content is not what was signed off"
    if found.state != DraftState.APPROVED.value:
        return f"the version is {found.state}, not approved"
    # Who lost the right to sign since then no longer counts.
    signed = {p for p in found.people if (person := brand.person(p)) and person.may(Role.APPROVER)}
    if len(signed) < found.needed:
        return f"{len(signed)} of {found.needed} signatures are there"
    return ""


def held_back(
    desk: Desk, conn: Connection, post: Post, part: PostPart, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Hold a part back for good where it may not go out; return its new state, or None when it may."""
    brand, _ = desk.brand(conn, post.content.brand)
    fault = signature_fault(conn, post, brand)
    if fault:
        return outcome.stop(
            conn, post, part, PostState.REFUSED, f"not sent: {fault}", f"`signoff audit {post.id}`", now, hold
        )
    account = brand.account(post.account)
    handle = account.handle if account else "gone"
    if handle != post.content.handle:
        why = (
            f"not sent: signed off for {post.content.handle or 'no handle'}, the account is {handle or 'nameless'} now"
        )
        return outcome.stop(conn, post, part, PostState.REFUSED, why, outcome.again(post, part.n), now, hold)
    draft = drafts.get(conn, post.draft_id)
    blocks = desk.blocks(conn, post.content, brand, draft)
    if blocks:
        why = f"not sent: {blocks[0].message}"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, f"`signoff edit {post.draft_id}`", now, hold)
    # A thread that has begun is finished; only its first part can wait or come too late.
    if part.n == 0 and (state := _waits(conn, post, part, brand, now, hold)):
        return state
    if part.n == 0 and when.late(post.due, post.content.window, now):
        minutes = int((now - post.due).total_seconds() // 60)
        why = f"not sent: it is {minutes} minutes late, more than its grace of {post.content.window.grace_minutes}"
        return outcome.stop(conn, post, part, PostState.ASKED, why, outcome.again(post, part.n), now, hold)
    return None


def _waits(
    conn: Connection, post: Post, part: PostPart, brand: Brand, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Keep a part back within a quiet time, and a late one until a gap after the post before it; None when it may go.

    Where that is longer than its grace a person is asked instead.
    """
    account = brand.account(post.account)
    ends = quiet.until(brand, account, now) if account else None
    why = f"a quiet time of {brand.name}"
    # What a quiet time held back comes up all at once, as after an outage.
    held = post.content.window.wall is None and post.due > post.created
    if ends is None and (held or now - post.due > LATE) and part.attempts == 0 and brand.plan.gap_minutes:
        ends = rows.next_send(conn, post.account)
        why = "late posts go out one at a time"
    if ends is None or ends <= now:
        return None
    if when.late(post.due, post.content.window, ends):
        grace = post.content.window.grace_minutes
        why = f"not sent: {why}; it would then be later than its grace of {grace} minutes"
        return outcome.stop(conn, post, part, PostState.ASKED, why, outcome.again(post, part.n), now, hold)
    posts.set_part(conn, post.id, part.n, not_before=ends, why=why)
    return part.state


def fence_fault(desk: Desk, intent: outcome.Intent, hold: outcome.Hold, room: float) -> str:
    with desk.db.read() as conn:
        stopped = rows.stopped(conn)
        if stopped:
            return stopped
        left = leases.remaining(desk.db, conn, hold.lease, hold.worker, hold.fence)
        post = posts.get(conn, intent.post.id)
        part = post.parts[intent.n]
        brand, _ = desk.brand(conn, intent.post.content.brand)
        fault = signature_fault(conn, post, brand)
        waits = rates.held(conn, intent.post.account, "post", desk.clock.now())
    if waits is not None:
        return f"the platform asked to wait until {waits:%H:%M:%S} UTC"
    if left <= room:
        return f"the lease ends in {left:.0f} s, a send may take {room:.0f} s"
    account = brand.account(intent.post.account)
    if intent.n == 0 and account and quiet.until(brand, account, desk.clock.now()):
        return f"a quiet time of {brand.name} has begun"
    if part.state is not PostState.SENDING or part.attempts != intent.attempt:
        return "another worker took over"
    return fault
