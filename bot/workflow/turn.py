"""One account's turn: its due parts in order, under the account's lease; and the name under which a worker holds it."""

from __future__ import annotations

import itertools
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bot import failpoints, tracing
from bot.domain.post import PostPart, PostState
from bot.errors import Locked
from bot.store import desk as rows
from bot.store import leases, posts
from bot.workflow import choosing, outcome, pacing, publish, reconcile
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)
_count = itertools.count(1)

#: Told of each part after each step; called from the turn's thread.
Tell = Callable[[PostPart], None]
#: Seconds a worker holds an account without renewing; longer than the slowest send.
LEASE = 150.0
#: Seconds after which a turn chooses anew; what it chose is looked at again before it is sent.
AGE = 1.0
_SPANS = {PostState.DUE: "publish attempt", PostState.SENDING: "doubt", PostState.DOUBTFUL: "reconcile"}


def worker_id() -> str:
    """Name a worker so that others on the host can tell whether its process lives: host, pid, start time, count."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{next(_count)}"


def _started(pid: int) -> str:
    """Return a process's start time in clock ticks since boot, or an empty text where that cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    # A process that ended and was not waited for yet (Z, X) works no more.
    return fields[19] if fields[0] not in "ZX" else ""


def gone(owner: str) -> bool:
    """Say whether the worker ``owner`` surely died: same host, and no process with that pid and start time."""
    match owner.split(":"):
        case [host, pid, started, _] if host == socket.gethostname() and pid.isdigit() and started:
            return _started(int(pid)) != started
    return False


def lease_of(account: str) -> str:
    """Return the name of the lease under which an account is worked on."""
    return f"account:{account}"


def orphaned(desk: Desk, accounts: Sequence[str]) -> set[str]:
    """Return those of the accounts whose last worker surely died: it ran on this machine and is no more."""
    with desk.db.read() as conn:
        owners = leases.owners(conn, [lease_of(a) for a in accounts])
    return {a for a in accounts if gone(owners.get(lease_of(a), ""))}


def drain(
    desk: Desk,
    account: str,
    worker: str,
    tell: Tell | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Give one account its turn; return how many parts ended in which state.

    ``stopping`` is asked before each part: what is under way is finished, what is not waits for the next worker.
    Raises Locked where this machine's keys do not open the account's login; the part is as it was.
    """
    name = lease_of(account)
    done: Counter[str] = Counter()
    fence = choosing.taken(desk, choosing.Claim(name, worker, LEASE, gone))
    if fence is None:
        return done
    taken = looked = time.monotonic()
    failpoints.hit("turn: leased")
    ready: list[posts.Ready] = []
    try:
        while not stopping():
            if not ready or time.monotonic() - looked > AGE:
                looked, ready = time.monotonic(), choosing.chosen(desk, account)
                if not ready:
                    return done
            part = ready.pop(0)
            # A write of its own, so not for every part: the intent and the fence look at what is left of it.
            if time.monotonic() - taken > LEASE / 4:
                taken = time.monotonic()
                fence = choosing.taken(desk, choosing.Claim(name, worker, LEASE, gone))
            if fence is None:
                return done
            failpoints.hit("turn: chosen")
            hold = outcome.Hold(name, worker, fence)
            step = {
                PostState.DUE: publish.publish_part,
                PostState.SENDING: reconcile.doubt,
                PostState.DOUBTFUL: reconcile.look,
            }[part.state]
            try:
                with tracing.span(_SPANS[part.state], account=account, post=part.post_id, part=part.n) as seen:
                    state = step(desk, part.post_id, part.n, hold)
                    seen.note(state=state.value)
            except (OperationalError, Locked):
                raise
            except Exception as error:
                _set_aside(desk, part, account, error)
                done["failed"] += 1
                ready.clear()
                continue
            done[state.value] += 1
            if part.more or state is not PostState.LIVE:
                # What comes next has changed: the part below it is ready, or this one waits, and others before others.
                ready.clear()
            if state is PostState.LIVE and tell is None:
                continue
            with desk.db.read() as conn:
                now = posts.part(conn, part.post_id, part.n)
            if tell is not None:
                tell(now)
            if (now.state, now.attempts, now.not_before, now.looks) == part[2:6]:
                # Held back (stopped a moment ago, lease lost): the next turn decides.
                return done
            if (now.state, now.attempts) == part[2:4] == (PostState.DUE, part.attempts) and now.not_before:
                if now.not_before < desk.clock.now() + pacing.SOON:
                    # The account waits for its rate, and its other posts with it.
                    return done
    finally:
        if fence is not None:
            choosing.released(desk, (name, worker, fence))
            failpoints.hit("turn: released")
    return done


def _set_aside(desk: Desk, part: posts.Ready, account: str, error: Exception) -> None:
    """Push a part that our own code stumbles over a minute forward, so that it cannot hold up its account; say so."""
    log.exception("part %s of %s stumbled", part.n, part.post_id, exc_info=error)
    with desk.db.write() as conn:
        now = desk.clock.now()
        posts.set_part(conn, part.post_id, part.n, not_before=now + timedelta(seconds=60))
        text = f"{account}: part {part.n + 1} of post {part.post_id} stumbled over {type(error).__name__}; it is kept."
        step = "Signoff tries again every minute. `signoff doctor` may tell why; please report it."
        rows.notify(conn, now, "", f"part:{part.post_id}/{part.n}", text, step)
