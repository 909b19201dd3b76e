"""A full disk: the worker sends nothing until there is room again, says so once, and goes on by itself."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.store import desk as rows
from bot.store.db import is_full
from bot.words import say

log = logging.getLogger(__name__)


class Room:
    """Whether the database could be written to the last time that somebody tried."""

    def __init__(self) -> None:
        self.full = False

    def lacking(self, error: OperationalError, where: str) -> bool:
        """Note that a write failed; True where a full disk is the reason, which is logged once."""
        if not is_full(error):
            return False
        if not self.full:
            self.full = True
            log.error("no room is left on the disk of %s: nothing is sent until there is; nothing is lost", where)
        return True

    def found(self, conn: Connection, now: datetime) -> None:
        """Note that a write worked; after a full disk, tell people that there was one."""
        if not self.full:
            return
        text = say("The disk was full; nothing was sent meanwhile, and nothing was lost.")
        rows.notify(conn, now, "", "disk", text, say("Make more room before it fills again: `signoff doctor`."))

    def back(self) -> None:
        """Go on, once that is committed."""
        if self.full:
            self.full = False
            log.warning("there is room on the disk again: going on")
