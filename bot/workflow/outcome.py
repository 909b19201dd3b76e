"""What came of a send, written down: live, due again, refused, doubtful, or a question to a person."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot import errors, failpoints
from bot.domain.brand import Brand
from bot.domain.policy import ApprovalPolicy
from bot.domain.post import Outgoing, Post, PostPart, PostState, Receipt
from bot.errors import CapReached, Misconfigured, NotFound, PlatformError, Reconnect, Refused, TryLater, Unsupported
from bot.store import desk as rows
from bot.store import events, posts
from bot.workflow import backoff, receipts
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hold:
    """A worker's lease on an account."""

    lease: str
    worker: str
    fence: int

    @property
    def account(self) -> str:
        return self.lease.partition(":")[2]


@dataclass(frozen=True)
class Intent:
    """What was durably announced before the send, and the brand and policy as they stood then."""

    post: Post
    n: int
    attempt: int
    once_key: str
    out: Outgoing
    rules: tuple[Brand, ApprovalPolicy]


def live(desk: Desk, post: Post, n: int, receipt: Receipt, *, who: str, attempt: int, why: str = "") -> PostState:
    """Store that a part is live, in one transaction, from ``sending`` or from ``doubtful``."""
    answer = receipts.Answer(post, n, attempt, receipt, who, why or f"attempt {attempt} answered")
    # ``why`` comes from a look or a person: then it does not stand as sending.
    if not why and receipts.stored(desk, answer):
        return PostState.LIVE
    with desk.db.write() as conn:
        now = desk.clock.now()
        if receipts.store_one(conn, answer, now):
            return PostState.LIVE
        stood = posts.part(conn, post.id, n)
        # The platform has it although our row moved on: say so rather than lose it, unless another found this one.
        if stood.receipt is None or stood.receipt.remote_id != receipt.remote_id:
            tell(conn, post, n, now, f"is live at {receipt.url}, but stood as {stood.state.value}", "Look at it.")
        return stood.state


def failed(desk: Desk, intent: Intent, hold: Hold, error: Exception) -> PostState:
    """Store an attempt that went wrong; the kind of error says what happens next."""
    post, n = intent.post, intent.n
    said = str(error) if isinstance(error, PlatformError | NotFound | Misconfigured) else type(error).__name__
    lag = desk.platform(post.account).features.read_lag
    detail = f"{said} {getattr(error, 'reply', '')}".strip()
    log.warning("attempt %s of %s/%s: %s", intent.attempt, post.id, n, detail)
    with desk.db.write() as conn:
        now = desk.clock.now()
        columns: dict[str, Any] = {}
        step = f"`signoff audit {post.draft_id}` shows what the platform said."
        long = backoff.too_long(error, post.account)
        if isinstance(error, TryLater | Reconnect) and (intent.attempt < backoff.MAX_ATTEMPTS or long):
            args = (conn, post.account, error, intent.attempt, desk.clock.random(), now)
            # What a person must look at first is not kept back beyond their word.
            state, columns["not_before"] = PostState.DUE, now if long else backoff.due_again(*args)
        elif isinstance(error, TryLater | Reconnect):
            state, step = PostState.ASKED, again(post, n)
        elif isinstance(error, Refused | Unsupported | NotFound):
            state, step = PostState.REFUSED, mend(post, n)
        elif isinstance(error, Misconfigured):
            # Credentials are missing: nothing left this machine, and nothing will until a person connects.
            state, columns["not_before"] = PostState.DUE, now
        else:
            state = PostState.DOUBTFUL
            columns["not_before"] = now + timedelta(seconds=lag)
        columns |= {"at": now, "who": hold.worker, "why": said, "attempt": intent.attempt}
        events.move_part(conn, post.id, n, PostState.SENDING, state, **columns)
        posts.end_attempt(conn, post.id, n, intent.attempt, now, state.value, detail)
        failpoints.hit("failed: moved")
        # A login that this machine's keys do not open is no reason to send nothing anywhere else.
        if (isinstance(error, Reconnect | Misconfigured) and not isinstance(error, errors.Locked)) or long:
            pause_account(conn, post, long or said, now, hold, login=not long)
        if isinstance(error, CapReached):
            tell_cap(conn, post, error, now)
        if state in (PostState.ASKED, PostState.REFUSED):
            tell(conn, post, n, now, said, step)
    return state


def unsent(desk: Desk, intent: Intent, hold: Hold, why: str) -> PostState:
    """Nothing left this machine: the part is due again."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        args = (intent.post.id, intent.n, PostState.SENDING, PostState.DUE)
        soon = now + timedelta(seconds=5)
        events.move_part(conn, *args, at=now, who=hold.worker, why=why, attempt=intent.attempt, not_before=soon)
        posts.end_attempt(conn, intent.post.id, intent.n, intent.attempt, now, "unsent", why)
    return PostState.DUE


def stop(
    conn: Connection, post: Post, part: PostPart, state: PostState, why: str, step: str, now: datetime, hold: Hold
) -> PostState:
    """Hold a part back until a person acts, and tell them."""
    events.move_part(conn, post.id, part.n, part.state, state, attempt=part.attempts, at=now, who=hold.worker, why=why)
    tell(conn, post, part.n, now, why, step)
    return state


def pause_account(conn: Connection, post: Post, why: str, now: datetime, hold: Hold, *, login: bool = True) -> None:
    """Send nothing more on an account until a person acts, and tell them once; ``login``: they must connect first."""
    if rows.pause(conn, post.account, why, who=hold.worker, at=now):
        step = f"`signoff connect {post.account}`, then " if login else ""
        text, step = f"{post.account} is paused: {why}", f"{step}`signoff resume {post.account}`."
        rows.notify(conn, now, post.content.brand, f"account:{post.account}", text, step)


def tell_cap(conn: Connection, post: Post, full: CapReached, now: datetime) -> None:
    """Tell an account's people once that a cap is reached; what it keeps back goes on by itself."""
    rows.notify(conn, now, post.content.brand, f"account:{post.account}", full.message, full.next_step)


def tell(conn: Connection, post: Post, n: int, now: datetime, why: str, step: str) -> None:
    """Leave a notice about a part; a broken thread says how much of it is live."""
    count = len(post.parts)
    which = f"part {n + 1} of {count} ({post.live} live)" if count > 1 else "the post"
    text = f"{post.account}: {which} of draft {post.draft_id}: {why}"
    rows.notify(conn, now, post.content.brand, f"part:{post.id}/{n}", text, step)


def mend(post: Post, n: int) -> str:
    """Say what a person can do about a part that the platform will not have."""
    return rest(post, n) if post.live else f"`signoff edit {post.draft_id}` to mend the text."


def again(post: Post, n: int) -> str:
    """Say how a person sends a part that did not go out."""
    if post.live:
        return rest(post, n)
    return f"`signoff reschedule {post.draft_id} --now` or another time, then sign it off."


def rest(post: Post, n: int) -> str:
    """Say the three ways out of a thread that stopped half-way: go on, keep what is there, take it down."""
    return (
        f"`signoff settle {post.id} --part {n + 1} --not-live` tries this part again, `signoff cancel {post.draft_id}` "
        f"keeps what is live and sends no more, `signoff undo {post.draft_id}` takes it down."
    )
