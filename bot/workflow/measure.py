"""Measure: read what came of live posts, an hour, six hours, a day and a week after they went out.

It only reads, beside the publishing and never in its way: an account that cannot be read is left alone for a while, and
nothing else is told of it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store import rates, readings
from bot.workflow import rounds
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Parts read in one go, and goes an account gets at a time.
BATCH, GOES = 25, 8
#: Seconds after which an account that failed is tried again.
RETRY = 900.0


def accounts(desk: Desk) -> list[str]:
    """Return accounts that have something to read now; none while everything is stopped or an account is paused."""
    with desk.db.read() as conn:
        if rows.stopped(conn):
            return []
        now = desk.clock.now()
        due = [a for a in readings.accounts_due(conn, now) if not rows.paused(conn, a)]
        return [a for a in due if rates.held(conn, a, "read", now) is None]


def measure(desk: Desk, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Read what is due; return how many parts were read, were gone, and how many accounts failed. Never raises."""
    return rounds.walk(desk, accounts(desk), _ROUND, stopping)


def _go(desk: Desk, account: str) -> tuple[Counter[str], bool]:
    read = _batch(desk, account)
    return read, read.total() == BATCH


def _failed(desk: Desk, account: str, error: Exception) -> float:
    known = isinstance(error, SignoffError)
    log.warning("the results of %s could not be read: %s", account, error if known else type(error).__name__)
    return RETRY


def _batch(desk: Desk, account: str) -> Counter[str]:
    with desk.db.read() as conn:
        due = readings.due(conn, desk.clock.now(), account, BATCH)
    if not due:
        return Counter()
    platform = desk.platform(account)
    told = {r.remote_id: r for r in platform.readings([d.receipt for d in due])} if platform.features.readings else {}
    with desk.db.write() as conn:
        readings.add(conn, [(d, told.get(d.receipt.remote_id)) for d in due], desk.clock.now())
    read = sum(d.receipt.remote_id in told for d in due)
    return Counter(read=read, gone=len(due) - read)


_ROUND = rounds.Round("measure", _go, _failed, GOES)
