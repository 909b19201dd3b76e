"""Reconcile: a send without a clear answer is looked up on the platform before anything else happens to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import failpoints, tracing
from bot.domain.post import PostState
from bot.errors import CapReached, Locked, Misconfigured, Reconnect, SignoffError, TryLater
from bot.store import events, posts, rates
from bot.workflow import backoff, outcome, publish, restored
from bot.workflow.desk import Desk

#: Looks without a find before a part counts as not sent, where the platform has no exact key.
LOOKS = 3
#: Failed readings before a person is asked.
FAILED_LOOKS = 5
#: How far the platform's clock may run behind ours.
CLOCK_SLACK = timedelta(seconds=30)


def doubt(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """A worker died between intent and answer: the part becomes ``doubtful``, and waits until it can be read."""
    with desk.db.read() as conn:
        account = posts.get(conn, post_id).account
    try:
        platform = desk.platform(account)
    except SignoffError:
        platform = desk.platform_class(account.partition(":")[0])  # type: ignore[assignment]  # only its read lag
    with desk.db.write() as conn:
        now = desk.clock.now()
        post = posts.get(conn, post_id)
        part = post.parts[n]
        if part.state is not PostState.SENDING:
            return part.state
        ready = max(now, (part.last_sent or now) + timedelta(seconds=platform.features.read_lag))
        why = f"attempt {part.attempts} has no answer"
        args: dict[str, Any] = {"at": now, "who": hold.worker, "why": why, "attempt": part.attempts}
        events.move_part(conn, post_id, n, part.state, PostState.DOUBTFUL, not_before=ready, looks=0, **args)
        posts.end_attempt(conn, post_id, n, part.attempts, now, "unknown", why)
        failpoints.hit("doubt: moved")
    failpoints.hit("doubt: committed")
    return PostState.DOUBTFUL


def look(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Look for a doubtful part: found makes it live; surely absent makes it due; unreadable asks a person.

    Raises Locked, with the part as it was, where this machine's keys do not open the login.
    """
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
        part = post.parts[n]
        until = rates.held(conn, post.account, "read", desk.clock.now())
    if part.state is not PostState.DOUBTFUL or part.first_sent is None:
        return part.state
    if until is not None:
        with desk.db.write() as conn:
            posts.set_part(conn, post_id, n, not_before=until)
        return part.state
    failpoints.hit("look: begun")
    out = restored.wanted(publish.outgoing(post, n, part.first_sent), part)
    try:
        platform = desk.platform(post.account)
        with tracing.span("platform request", platform=platform.id, look=part.looks + 1):
            receipt = platform.find(out, part.once_key, part.first_sent - CLOCK_SLACK)
    except Locked:
        raise
    except Exception as error:
        return _unreadable(desk, post_id, n, hold, error)
    failpoints.hit("look: read")
    if receipt is not None:
        with desk.db.write() as conn:
            if asked := restored.ambiguous(conn, post, part, receipt, desk.clock.now(), hold):
                return asked
        why = f"found on the platform, at look {part.looks + 1}"
        return outcome.live(desk, post, n, receipt, who=hold.worker, attempt=part.attempts, why=why)
    # An exact key needs one look after the read lag; a timeline is read three times, further apart each time.
    enough = 1 if platform.features.once == "record" or not part.attempts else LOOKS
    with desk.db.write() as conn:
        now, stands = desk.clock.now(), posts.part(conn, post_id, n)
        if (stands.state, stands.attempts) != (part.state, part.attempts):
            # Whoever slept through the lease looks at what others have settled since.
            return stands.state
        if part.looks + 1 < enough:
            wait = platform.features.read_lag * (part.looks + 1)
            posts.set_part(conn, post_id, n, looks=part.looks + 1, not_before=now + timedelta(seconds=wait))
            failpoints.hit("look: counted")
            return PostState.DOUBTFUL
        why = f"it is not there, at look {part.looks + 1}"
        posts.end_attempt(conn, post_id, n, part.attempts, now, "absent", why)
        if part.attempts >= backoff.MAX_ATTEMPTS:
            why = f"{part.attempts} attempts went wrong; it is not on the platform"
            return outcome.stop(conn, post, part, PostState.ASKED, why, outcome.again(post, n), now, hold)
        args: dict[str, Any] = {"at": now, "who": hold.worker, "why": why, "attempt": part.attempts}
        events.move_part(
            conn, post_id, n, PostState.DOUBTFUL, PostState.DUE, not_before=max(now, post.due), looks=0, **args
        )
        failpoints.hit("look: absent")
    failpoints.hit("look: committed")
    return PostState.DUE


def _unreadable(desk: Desk, post_id: str, n: int, hold: outcome.Hold, error: Exception) -> PostState:
    """Keep a part that could not be looked for, and look again later; after a few times ask a person."""
    said = str(error) if isinstance(error, SignoffError) else f"something unexpected: {type(error).__name__}"
    with desk.db.write() as conn:
        now = desk.clock.now()
        post = posts.get(conn, post_id)
        part = post.parts[n]
        trail = events.about(conn, f"part:{post_id}/{n}")
        sent = max((e["id"] for e in trail if e["now"] == PostState.SENDING.value), default=0)
        failed = [e for e in trail if e["now"] == "unreadable" and e["id"] > sent]
        if isinstance(error, Reconnect | Misconfigured):
            # The account waits for a person, and so does the look: nothing is decided about this part.
            outcome.pause_account(conn, post, said, now, hold)
            posts.set_part(conn, post_id, n, not_before=now + timedelta(seconds=1))
            return PostState.DOUBTFUL
        events.record(conn, now, hold.worker, f"part:{post_id}/{n}", "doubtful", "unreadable", said)
        if len(failed) + 1 >= FAILED_LOOKS:
            why = f"it may be live: the answer was lost and {post.account} cannot be read ({said})"
            args: dict[str, Any] = {"at": now, "who": hold.worker, "why": why, "attempt": part.attempts}
            events.move_part(conn, post_id, n, PostState.DOUBTFUL, PostState.ASKED, **args)
            step = f"Look on the platform, then `signoff settle {post_id} --part {n + 1} --live URL` or `--not-live`."
            outcome.tell(conn, post, n, now, why, step)
            return PostState.ASKED
        if isinstance(error, CapReached):
            outcome.tell_cap(conn, post, error, now)
        # A doubt is not put off for as long as an odd reset, or a month's cap, would have it.
        longest = rates.LONGEST.total_seconds()
        after = min(error.after, longest) if isinstance(error, TryLater) and error.after is not None else None
        wait = backoff.pause_for(len(failed) + 3, after, desk.clock.random())
        posts.set_part(conn, post_id, n, not_before=now + timedelta(seconds=wait))
    return PostState.DOUBTFUL
