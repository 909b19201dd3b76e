"""Accounts that are to be read at once: many nudges of one moment are one read, and none is forgotten."""

from __future__ import annotations

import logging
import threading
import time

from bot.workflow import listen
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Seconds between two reads of one account: in a storm one read serves many nudges.
APART = 2.0
#: Seconds after which a read that brought nothing is tried once more: a server may tell of what it does not list yet,
#: or somebody else is reading just now.
AGAIN = 1.0
_LONG = 60.0


class Nudges:
    """What was asked for, read in one thread: a platform that hangs delays reads at once, and no look by the clock."""

    def __init__(self, desk: Desk, over: threading.Event) -> None:
        self._desk, self._over, self._lock = desk, over, threading.Condition()
        #: When each account is to be read, by the monotonic clock, and how often it was tried; when it was read last.
        self._wanted: dict[str, tuple[float, int]] = {}
        self._read: dict[str, float] = {}

    def nudge(self, account: str, seconds: float = 0.0, tried: int = 0) -> None:
        """Have an account read, now or ``seconds`` from now; one that waits for it already is read once."""
        with self._lock:
            at = max(time.monotonic() + seconds, self._read.get(account, -APART) + APART)
            before, _ = self._wanted.get(account, (at, 0))
            self._wanted[account] = (min(at, before), tried)
            self._lock.notify_all()

    def stop(self) -> None:
        """Wake the thread, so that it sees that it is over."""
        with self._lock:
            self._lock.notify_all()

    def run(self) -> None:
        """Read what is asked for until it is over."""
        while not self._over.is_set():
            with self._lock:
                now = time.monotonic()
                account = next((a for a, (at, _) in self._wanted.items() if at <= now), "")
                if not account:
                    self._lock.wait(min((at for at, _ in self._wanted.values()), default=now + _LONG) - now)
                    continue
                _, tried = self._wanted.pop(account)
                self._read[account] = now
            try:
                done = listen.listen_to(self._desk, account, self._over.is_set)
            except Exception:
                log.exception("%s could not be read at once", account)
                continue
            if not done["new"] and not done["failed"] and not tried:
                self.nudge(account, AGAIN, 1)
