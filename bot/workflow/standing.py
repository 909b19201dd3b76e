"""Whether a part may go out: signatures, account, rules and time; and the fence in the line before the send."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.brand import Brand, Role
from bot.domain.draft import DraftState, Finding
from bot.domain.post import TAKEN_BACK, Post, PostPart, PostState
from bot.store import clearance, posts, rates
from bot.store import desk as rows
from bot.store.clearance import Clearance, Ground
from bot.workflow import lasting, outcome, quiet, when
from bot.workflow.desk import Desk
from bot.workflow.grounds import Round
from bot.workflow.together import Together

log = logging.getLogger(__name__)

#: A post that comes up later than this is late: others wait their turn behind it.
LATE = timedelta(seconds=60)


def signature_fault(view: Ground, post: Post | Ground, brand: Brand) -> str:
    """Return why a post may not go out on its signatures, or an empty text; in the fence ``post`` is its ground."""
    found = view.signed
    if found is None:
        return "there is no used-up approval behind it"
    if not view.content_hash == post.hash == found.hash == found.version_hash:
        return "its content is not what was signed off"
    if found.state != DraftState.APPROVED.value:
        return f"the version is {found.state}, not approved"
    if found.needed < 1:
        return "its request was changed: it asks for nobody's signature"
    if found.stands_on and found.ended != "":
        return f"the lasting signature behind it has ended: {found.ended or 'it is not there'}"
    # Who lost the right to sign since then no longer counts.
    signed = {p for p in found.people if (person := brand.person(p)) and person.may(Role.APPROVER)}
    if len(signed) < found.needed:
        return f"{len(signed)} of {found.needed} signatures are there"
    return ""


def blocks(round_: Round, view: Clearance) -> tuple[Finding, ...]:
    """Return what forbids to send a post now; kept in memory, so that it can be read ahead."""
    desk, content = round_.desk, view.post.content
    limits = desk.platform_class(content.account.partition(":")[0]).limits_of(view.facts)
    return desk.blocks(round_.conn, content, round_.brand(content.brand), view.draft, (round_.secrets, limits))


def no_account(
    conn: Connection, post: Post, part: PostPart, brand: Brand, now: datetime, hold: outcome.Hold
) -> PostState:
    """Refuse a part for an account that was taken from the brand."""
    why = f"not sent: {brand.name} has no account {post.account} any more"
    step = f"`signoff cancel {post.draft_id}`, and draft it for another account."
    return outcome.stop(conn, post, part, PostState.REFUSED, why, step, now, hold)


def held_back(round_: Round, view: Clearance, part: PostPart, now: datetime, hold: outcome.Hold) -> PostState | None:
    """Hold a part back for good where it may not go out; return its new state, or None when it may."""
    conn, post = round_.conn, view.post
    brand = round_.brand(post.content.brand)
    account = brand.account(post.account)
    if account is None:
        return no_account(conn, post, part, brand, now, hold)
    fault = signature_fault(view, post, brand) or lasting.unfounded(round_.desk, conn, post, view.signed)
    if fault:
        return outcome.stop(
            conn, post, part, PostState.REFUSED, f"not sent: {fault}", f"`signoff audit {post.id}`", now, hold
        )
    handle = account.handle
    if handle != post.content.handle:
        why = (
            f"not sent: signed off for {post.content.handle or 'no handle'}, the account is {handle or 'nameless'} now"
        )
        return outcome.stop(conn, post, part, PostState.REFUSED, why, outcome.again(post, part.n), now, hold)
    if found := blocks(round_, view):
        why = f"not sent: {found[0].message}"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, f"`signoff edit {post.draft_id}`", now, hold)
    # A thread that has begun is finished; only its first part can wait or come too late.
    if part.n == 0 and (state := _waits(conn, view, part, brand, now, hold)):
        return state
    if part.n == 0 and when.late(post.due, post.content.window, now):
        minutes = int((now - post.due).total_seconds() // 60)
        why = f"not sent: it is {minutes} minutes late, more than its grace of {post.content.window.grace_minutes}"
        return outcome.stop(conn, post, part, PostState.ASKED, why, outcome.again(post, part.n), now, hold)
    return None


def _waits(
    conn: Connection, view: Clearance, part: PostPart, brand: Brand, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Keep a part back within a quiet time, and a late one until a gap after the post before it; None when it may go.

    Where that is longer than its grace a person is asked instead.
    """
    post = view.post
    account = brand.account(post.account)
    ends = quiet.until(brand, account, now) if account else None
    why = f"a quiet time of {brand.name}"
    # What a quiet time held back comes up all at once, as after an outage.
    held = post.content.window.wall is None and post.due > post.created
    if ends is None and (held or now - post.due > LATE) and part.attempts == 0 and brand.plan.gap_minutes:
        ends = view.next_send
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
    """Return why a part may not be sent now after all, or an empty text: it is read after this call began."""
    return _fenced(desk, (intent, hold, room))


def _fences(desk: Desk, conn: Connection, asked: list[tuple[outcome.Intent, outcome.Hold, float]]) -> list[str]:
    seen, paused = clearance.read_again(conn, desk.db, (i.post.id for i, _, _ in asked)), rows.all_paused(conn)
    round_, found = Round(desk, conn), []
    for intent, hold, room in asked:
        # A video takes minutes to upload: people may have paused the account meanwhile.
        why = f"{intent.post.account} was paused" if intent.post.account in paused else ""
        found.append(seen.stopped or why or _fault(round_, seen.of[intent.post.id], intent, hold, room))
    return found


_fenced = Together(_fences, write=False)


def _fault(round_: Round, view: Ground, intent: outcome.Intent, hold: outcome.Hold, room: float) -> str:
    desk, brand = round_.desk, round_.brand(intent.post.content.brand)
    fault = signature_fault(view, view, brand)
    left = view.remaining(hold.worker, hold.fence)
    waits = rates.held_by(view.facts, "post", desk.clock.now())
    if waits is not None:
        return f"the platform asked to wait until {waits:%H:%M:%S} UTC"
    if left <= room:
        return f"the lease ends in {left:.0f} s, a send may take {room:.0f} s"
    account = brand.account(intent.post.account)
    if account is None:
        return f"{brand.name} has no account {intent.post.account} any more"
    if intent.n == 0 and quiet.until(brand, account, desk.clock.now()):
        return f"a quiet time of {brand.name} has begun"
    if not view.sends(intent.n, intent.attempt):
        return "another worker took over"
    if any(PostState(state) in TAKEN_BACK for state, _ in view.stands.values()):
        return "the rest of it was taken back"
    if not fault and round_.known(brand.id) != intent.rules:
        # What they forbid is read before the next intent, which comes in seconds.
        return f"{brand.name} learned something else meanwhile"
    return fault
