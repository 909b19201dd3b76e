"""When to try again after a failure that changed nothing: by the platform's word, or further apart each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.errors import CapReached, PlatformError, TryLater
from bot.store import rates
from bot.words import say

#: After so many definite refusals to take it now (429, no connection), a person is asked.
MAX_ATTEMPTS = 8
#: A cap that a person raises is noticed within this time.
CAP_LOOK = timedelta(minutes=10)


def pause_for(attempt: int, after: float | None, chance: float) -> float:
    """Seconds until the next attempt: what the platform said, else 2^n with jitter, at most 15 minutes.

    A wait of less than a second tells nothing: a reset that is past already, or a clock that differs.
    """
    own = min(900.0, 2.0**attempt) * (0.5 + chance)
    return own if after is None or after < 1.0 else after + chance


def again(error: Exception, attempt: int, chance: float, now: datetime) -> datetime:
    """Return when to try again what surely did not happen, the ``attempt``-th time in a row."""
    if isinstance(error, CapReached):
        return min(error.until or now + CAP_LOOK, now + CAP_LOOK)
    after = error.after if isinstance(error, TryLater) else None
    return now + min(rates.LONGEST, timedelta(seconds=min(1e9, pause_for(attempt, after, chance))))


def due_again(
    conn: Connection, account: str, error: PlatformError, attempt: int, chance: float, now: datetime
) -> datetime:
    """Return when a part that surely did not go out is tried again; a 429 keeps back the whole account until then."""
    until = again(error, attempt, chance, now)
    if isinstance(error, CapReached):
        return until
    after = error.after if isinstance(error, TryLater) else None
    if error.status == 429 or (error.status == 503 and after is not None):
        rates.hold(conn, account, "post", until, now)
    return until


def too_long(error: Exception, account: str) -> str:
    """Say why a person must look where a platform asks to wait for longer than a day; empty where it does not."""
    if not isinstance(error, TryLater) or isinstance(error, CapReached) or error.after is None:
        return ""
    if error.after <= rates.LONGEST.total_seconds():
        return ""
    return say(
        "{account} is asked to wait for {n} days, which is longer than any limit that is known.", account=account,
        n=int(min(error.after, 1e9) // 86400),
    )  # fmt: skip
