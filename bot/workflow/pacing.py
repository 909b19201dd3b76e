"""How fast an account may go: within its platform's limits, its caps and what its platform asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.post import Post, PostPart, PostState
from bot.domain.rate import Act
from bot.errors import CapReached
from bot.platforms.base import Platform
from bot.store import posts, rates
from bot.store.clearance import Clearance
from bot.workflow import backoff, grounds, outcome, standing, when
from bot.workflow.desk import Desk

#: What a platform asked for is over on the dot for everybody: nobody comes at once.
_AFTER_RESET = 3.0
#: Seconds that late accounts of one platform come apart after an outage, and the most of it.
_APART, _MOST_APART = 0.5, 60.0
#: A turn ends where an account waits for less than this, rather than look at all its other posts.
SOON = timedelta(seconds=60)


def too_dear(desk: Desk, platform: Platform, post_id: str, n: int) -> CapReached | None:
    """Return why what is left of a thread would pass a cap; a thread is not begun that cannot be paid to its end."""
    if platform.money is None:
        return None
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
    reply = bool(post.content.reply_parent)
    usd = sum(c.usd for part in post.content.parts[n:] for c in platform.charges(part, reply=reply))
    try:
        platform.money.check(usd)
    except CapReached as full:
        return full
    return None


def waits(
    round_: grounds.Round, view: Clearance, platform: Platform, part: PostPart, full: CapReached | None,
    now: datetime, hold: outcome.Hold,
) -> PostState | None:  # fmt: skip
    """Take what sending ``part`` needs of the account's rates; or keep it back, and return the state it is left in.

    Belongs into the transaction that stores the intent. Where the wait is longer than its grace a person is asked.
    """
    desk, conn, post = round_.desk, round_.conn, view.post
    if full is not None:
        return _cap(conn, post, part, full, now, hold)
    media = len(part.part.media) + bool(part.part.card and part.part.card.picture)
    acts: dict[Act, int] = {"post": 1, "media": media} if media else {"post": 1}
    until = max((u for act in acts if (u := rates.held_by(view.facts, act, now))), default=None)
    if until is not None:
        until += timedelta(seconds=_AFTER_RESET * desk.clock.random())
        return _keep(conn, post, part, until, now, hold, why=f"{platform.label} asked to wait")
    until = _apart(desk, conn, post, part, now)
    if until is not None:
        return _keep(conn, post, part, until, now, hold, why="late accounts go out one after the other")
    free = rates.take(conn, post.account, platform.quotas, acts, desk.rate_share, now, view.facts, app=platform.app)
    if free > now:
        return _keep(conn, post, part, free, now, hold, why=f"within the limits of {platform.label}")
    return None


def _keep(
    conn: Connection, post: Post, part: PostPart, until: datetime, now: datetime, hold: outcome.Hold, *, why: str
) -> PostState:
    if part.n == 0 and when.late(post.due, post.content.window, until):
        grace = post.content.window.grace_minutes
        said = f"not sent: {why}; it would then be later than its grace of {grace} minutes"
        return outcome.stop(conn, post, part, PostState.ASKED, said, outcome.again(post, part.n), now, hold)
    posts.set_part(conn, post.id, part.n, not_before=until, why=why)
    return part.state


def _cap(
    conn: Connection, post: Post, part: PostPart, full: CapReached, now: datetime, hold: outcome.Hold
) -> PostState:
    """Keep a part back until a cap begins anew; look now and then whether a person has raised it."""
    never = full.until is None
    late = part.n == 0 and full.until is not None and when.late(post.due, post.content.window, full.until)
    if never or late:
        said = f"not sent: {full.message}"
        step = f"{full.next_step} {outcome.again(post, part.n)}"
        return outcome.stop(conn, post, part, PostState.ASKED, said, step, now, hold)
    outcome.tell_cap(conn, post, full, now)
    posts.set_part(conn, post.id, part.n, not_before=min(full.until or now, now + backoff.CAP_LOOK), why=full.message)
    return part.state


def _apart(desk: Desk, conn: Connection, post: Post, part: PostPart, now: datetime) -> datetime | None:
    """Return when a late account begins, so that many of one platform do not all come back at once; once for a part."""
    if part.n or part.attempts or part.not_before != post.due or now - post.due <= standing.LATE:
        return None
    others = rates.late_accounts(conn, post.account.partition(":")[0], now - standing.LATE, now)
    until = now + timedelta(seconds=min(_MOST_APART, _APART * (others - 1)) * desk.clock.random())
    # Nobody misses a grace for the sake of order.
    return None if until <= now or when.late(post.due, post.content.window, until) else until
