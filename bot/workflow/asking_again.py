"""Ask platforms once a day who an account is and until when its login holds, unless asking costs more than it is worth.

Without it a login that renews itself would be told of as ending, and one that was revoked would be found out by the
next post only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Connection

from bot.connecting import identities
from bot.errors import Reconnect, SignoffError
from bot.store import desk as rows
from bot.store import moved, rates
from bot.words import say
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


def ask_again(desk: Desk, stopping: Callable[[], bool] = lambda: False) -> int:
    """Ask where the last answer is a day old; return how many accounts were asked. Never raises for a platform."""
    with desk.db.read() as conn:
        if moved.marked(conn):
            return 0
        waiting = [a for a in identities.stale(conn, desk.clock.now()) if rows.account_of(conn, a)]
        waiting = [a for a in waiting if not rows.paused(conn, a) and not rates.held(conn, a, "read", desk.clock.now())]
    for n, account in enumerate(waiting):
        if stopping():
            return n
        ask(desk, account)
    return len(waiting)


def ask(desk: Desk, account: str, *, aloud: bool = True) -> identities.Known | None:
    """Ask one account's platform who it is; store and return it, or None where it did not say.

    ``aloud`` writes a failure into the log, for where nobody reads the answer. A login that is dead pauses the account
    and tells its people, as a post would.
    """
    try:
        said = desk.platform(account).identity()
    except Exception as error:
        # Also what an adapter did not foresee: a question is never worth a worker.
        why = error if isinstance(error, SignoffError) else type(error)
        log.log(logging.WARNING if aloud else logging.DEBUG, "%s did not say who it is: %s", account, why)
        with desk.db.write() as conn:
            identities.unanswered(conn, account, desk.clock.now())
            if isinstance(error, Reconnect):
                _pause(desk, conn, account, error.message)
        return None
    with desk.db.write() as conn:
        return identities.remember(conn, account, said, desk.clock.now())


def _pause(desk: Desk, conn: Connection, account: str, why: str) -> None:
    now, owner = desk.clock.now(), rows.account_of(conn, account)
    if rows.pause(conn, account, why, who="clock", at=now) and owner is not None:
        text = say("{account} is paused: {why}", account=account, why=why)
        step = say("{command} renews it; nothing that waits is lost.", command=f"`signoff connect {account}`")
        rows.notify(conn, now, owner[0], f"account:{account}", text, step)
