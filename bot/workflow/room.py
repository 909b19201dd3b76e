"""A database that takes nothing for now (full, read-only, no connection free, gone): nothing is sent until it does.

It is said once in the log when it begins, and to people when it is over; the worker goes on by itself.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.store import desk as rows
from bot.store.trouble import Trouble, kind
from bot.words import say

log = logging.getLogger(__name__)

#: A database that is away for less is back before anybody could look.
AWAY = timedelta(seconds=30)
_LOGGED = {
    Trouble.FULL: "no room is left on the disk of %s",
    Trouble.READ_ONLY: "%s can only be read",
    Trouble.CROWDED: "%s has no connection free",
}
_OVER = {
    Trouble.FULL: "there is room on the disk",
    Trouble.READ_ONLY: "the database takes what is written",
    Trouble.CROWDED: "the database has connections",
}


class Room:
    """Whether the database could be written to the last time that somebody tried."""

    def __init__(self) -> None:
        #: What it lacks; None while it takes what is written.
        self.lacks: Trouble | None = None
        #: Since when no sign of life could be written.
        self._since: datetime | None = None

    @property
    def full(self) -> bool:
        return self.lacks is not None

    def lacking(self, error: BaseException, where: str, beat: datetime | None = None) -> bool:
        """Note that a write failed, with ``beat`` a sign of life; True where it is for a reason that passes, which is
        logged once."""
        self._since = self._since or beat
        found = kind(error)
        if found is None or found is Trouble.GONE:
            return False
        if self.lacks is None:
            self.lacks = found
            said = _LOGGED[found] % where
            log.error("%s: nothing is sent until that is over; nothing is lost", said)
        return True

    def found(self, conn: Connection, now: datetime) -> None:
        """Note that a write worked; tell people what kept it from working before."""
        if self.lacks is Trouble.FULL:
            text = say("The disk was full; nothing was sent meanwhile, and nothing was lost.")
            rows.notify(conn, now, "", "disk", text, say("Make more room before it fills again: `signoff doctor`."))
            return
        text = ""
        if self.lacks is Trouble.READ_ONLY:
            text = say("The database could only be read for a while; nothing was sent meanwhile, and nothing was lost.")
        elif self.lacks is Trouble.CROWDED:
            text = say("The database had no connection free for a while; nothing was sent meanwhile, and nothing was "
                       "lost.")  # fmt: skip
        elif self._since is not None and now - self._since > AWAY:
            away = now - self._since
            text = say("The database did not answer for {n} s, until {time}; nothing was sent meanwhile, and nothing "
                       "was lost.", n=int(away.total_seconds()), time=f"{now:%H:%M} UTC")  # fmt: skip
        if text:
            step = say("`signoff queue` shows what goes out now; whoever runs the database can tell why.")
            rows.notify(conn, now, "", "database", text, step)

    def back(self) -> None:
        """Go on, once that is committed."""
        if self.lacks is not None:
            log.warning("%s again: going on", _OVER[self.lacks])
        self.lacks = self._since = None
