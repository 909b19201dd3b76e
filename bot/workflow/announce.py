"""The intent to send, made durable: one transaction decides for several parts whether they go out, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot import failpoints
from bot.domain.policy import Refuse
from bot.domain.post import Outgoing, Post, PostPart, PostState, Receipt
from bot.errors import CapReached
from bot.platforms.base import Platform
from bot.store import clearance, events, posts
from bot.store import desk as rows
from bot.workflow import grounds, outcome, pacing, restored, standing, terms, when
from bot.workflow.desk import Desk
from bot.workflow.together import Together, Uneven


@dataclass(frozen=True)
class Ask:
    """One part that wants to go out."""

    platform: Platform
    post_id: str
    n: int
    hold: outcome.Hold
    #: Why what is left of its thread would pass a cap.
    full: CapReached | None


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
        again=post.parts[n].attempts > 0,
    )  # fmt: skip


def _all(desk: Desk, conn: Connection, asks: list[Ask]) -> list[outcome.Intent | PostState | None]:
    seen = clearance.read(conn, desk.db, (ask.post_id for ask in asks))
    if not desk.db.is_sqlite:
        # A clock that jumped since the last sign of life sends nothing early.
        desk.clock.follow(seen.now)
    now, round_ = desk.clock.now(), grounds.Round(desk, conn)
    # App by app, so that two workers whose accounts share several wait for each other and do not entangle.
    order = sorted(range(len(asks)), key=lambda i: asks[i].platform.app)
    decided = {i: _decide(round_, seen, asks[i], now) for i in order}
    found = [decided[i] for i in range(len(asks))]
    intents = [(ask, f) for ask, f in zip(asks, found, strict=True) if isinstance(f, outcome.Intent)]
    if not intents:
        return found
    moves = [_move(seen.of[ask.post_id].post, intent, ask.hold, now) for ask, intent in intents]
    if not events.move_parts(conn, PostState.DUE, PostState.SENDING, moves):
        if len(asks) > 1:
            raise Uneven
        return [posts.part(conn, asks[0].post_id, asks[0].n).state]
    failpoints.hit("intent: moved")
    for ask, intent in intents:
        gap = round_.brand(intent.post.content.brand).plan.gap_minutes
        if gap and ask.n == 0:
            rows.set_next_send(conn, intent.post.account, now + timedelta(minutes=gap))
    posts.add_attempts(conn, [_attempt(intent, ask.hold, now) for ask, intent in intents])
    failpoints.hit("intent: stored")
    return found


#: Store the intents of several turns in one transaction.
announced = Together(_all, write=True)


def _decide(
    round_: grounds.Round, seen: clearance.Cleared[clearance.Clearance], ask: Ask, now: datetime
) -> outcome.Intent | PostState | None:
    view, hold, platform = seen.of[ask.post_id], ask.hold, ask.platform
    post, part = view.post, view.part(ask.n)
    if part.state is not PostState.DUE or part.not_before is None or part.not_before > now:
        return part.state
    if post.ended:
        why = "the rest of it was taken back"
        args = (post.id, ask.n, PostState.DUE, PostState.CANCELLED)
        events.move_part(round_.conn, *args, at=now, who=hold.worker, why=why, attempt=part.attempts)
        return PostState.CANCELLED
    if seen.stopped or view.paused:
        return part.state
    if view.remaining(hold.worker, hold.fence) <= 0:
        return part.state
    account = round_.brand(post.content.brand).account(post.account)
    if account is not None and not round_.desk.still_its(platform, account, view.facts, view.sealed):
        return None
    state = restored.look_first(round_.conn, platform, post, part, now, hold) if seen.restored else None
    if state is None:
        state = _not_as_signed(round_.conn, post, part, now, hold) or _forbidden(round_, view, part, now, hold)
    if state is None:
        state = standing.held_back(round_, view, part, now, hold)
    if state is None:
        state = pacing.waits(round_, view, platform, part, ask.full, now, hold)
    if state is not None:
        return state
    # Before any attempt it says since when a restored database looked.
    first = (part.first_sent if part.attempts else None) or now
    key = part.once_key or platform.once_key(f"{post.id}/{ask.n}", first)
    rules = round_.known(post.content.brand)
    return outcome.Intent(post, ask.n, part.attempts + 1, key, outgoing(post, ask.n, first), rules)


def _not_as_signed(conn: Connection, post: Post, part: PostPart, now: datetime, hold: outcome.Hold) -> PostState | None:
    """Hold to the account and the time within what was signed, whatever the rows beside it say by now."""
    signed = post.content
    if not post.account == hold.account == signed.account:
        why = f"not sent: signed off for {signed.account}, and {hold.account} is to send it"
        step = f"`signoff audit {post.id}`"
        return outcome.stop(conn, post, part, PostState.REFUSED, why, step, now, hold)
    opens, _ = when.instant(signed.window, now)
    if part.n or opens <= now:
        return None
    posts.set_part(conn, post.id, part.n, not_before=opens, why="its time has not come")
    return part.state


def _forbidden(
    round_: grounds.Round, view: clearance.Clearance, part: PostPart, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Refuse what the policy refuses by now, whoever signed it; that it asks for more signatures by now is no bar."""
    post = view.post
    policy = round_.known(post.content.brand)[1]
    # What a text risks is read only where it may matter; a thread that has begun is finished.
    if part.n or not any(isinstance(rule.outcome, Refuse) for rule in policy.rules):
        return None
    reason = terms.refused(post.content, policy, now, view.draft.kind)
    if not reason:
        return None
    why = f"not sent: the policy refuses this by now ({reason})"
    step = f"`signoff edit {post.draft_id}`"
    return outcome.stop(round_.conn, post, part, PostState.REFUSED, why, step, now, hold)


def _move(post: Post, intent: outcome.Intent, hold: outcome.Hold, now: datetime) -> events.Move:
    number, first = intent.attempt, intent.out.created
    columns: dict[str, Any] = {"attempts": number, "once_key": intent.once_key, "first_sent": first}
    columns |= {"last_sent": now, "looks": 0}
    return events.Move(post.id, intent.n, number - 1, now, hold.worker, f"attempt {number}", columns)


def _attempt(intent: outcome.Intent, hold: outcome.Hold, now: datetime) -> dict[str, Any]:
    which = {"post_id": intent.post.id, "n": intent.n, "attempt": intent.attempt}
    return {**which, "once_key": intent.once_key, "started": now, "worker": hold.worker, "fence": hold.fence}
