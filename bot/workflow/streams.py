"""Streams: where a platform tells by itself that somebody spoke, the account is read at once.

A nudge and no more: what was said comes through the account's own cursor like at any other look, so nothing is lost or
doubled by a stream that breaks, repeats itself or lies. Looks by the clock go on beside it. One worker holds an
account's stream, under a lease; a worker that dies loses it, and another one connects.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.errors import SignoffError
from bot.platforms.base import Feed
from bot.store import desk as rows
from bot.store import leases
from bot.store import streams as store
from bot.words import speaking
from bot.workflow import turn
from bot.workflow.desk import Desk
from bot.workflow.nudges import Nudges

log = logging.getLogger(__name__)

#: Seconds between looks for accounts to connect; and that a lease lasts, renewed with signs of life.
LOOK, LEASE, RENEW = 15.0, 120.0, 20.0
#: Seconds before another try to connect, at first and at most.
FIRST, LAST = 2.0, 900.0
#: A connection that lasted so long was a good one; one that ends sooner counts as a failure.
GOOD = 60.0
#: Connections of one worker; other accounts are read by the clock.
MOST = 64


class Streams:
    """The streams of one worker, each in a thread; none of them holds up the end of the process."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        self._over, self._lock = threading.Event(), threading.Lock()
        self.nudges = Nudges(desk, self._over)
        self._feeds: dict[str, Feed] = {}
        self._threads: dict[str, threading.Thread] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen for the length of the block; nothing where nobody set what reads comments."""
        verbs = (self._watch, self.nudges.run) if self.desk.minds.read is not None else ()
        made = [threading.Thread(target=verb, name=f"streams {verb.__name__}", daemon=True) for verb in verbs]
        for thread in made:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            self.nudges.stop()
            with self._lock:
                feeds, threads = list(self._feeds.values()), [*made, *self._threads.values()]
            for feed in feeds:
                feed.close()
            until = time.monotonic() + 2.0
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _watch(self) -> None:
        """Start a thread for each account whose platform tells, also for one that was learned since."""
        while not self._over.is_set():
            try:
                with self.desk.db.read() as conn:
                    known = [a for name in rows.brands(conn) for a in self.desk.brand(conn, name)[0].accounts]
                for one in known:
                    told = self.desk.platform_class(one.platform).features.streams
                    if told and one.key not in self._threads and len(self._threads) < MOST:
                        thread = threading.Thread(target=self._follow, args=(one.key,), daemon=True)
                        with self._lock:
                            self._threads[one.key] = thread
                        thread.start()
            except Exception:
                log.exception("streams could not be looked after")
            self._over.wait(LOOK)

    def _follow(self, account: str) -> None:
        """Stay connected; each failure waits twice as long as the one before, at most ``LAST``."""
        name, failed = store.lease_of(account), 0
        while not self._over.is_set():
            wait = LOOK
            try:
                fence = leases.take(self.desk.db, name, self.name, LEASE, gone=turn.gone)
                if fence is not None:
                    signs, began = _Signs(self, account, fence), time.monotonic()
                    try:
                        asked = self._connected(account, signs)
                    finally:
                        leases.release(self.desk.db, name, self.name, fence)
                    failed = 0 if signs.lived and time.monotonic() - began >= GOOD else failed + 1
                    wait = max(asked, min(LAST, FIRST * 2.0 ** min(failed, 9)))
            except Exception as error:
                # Whatever it was, the looks by the clock go on.
                log.warning("the stream of %s could not be kept: %s", account, type(error).__name__)
                wait = LAST
            self._over.wait(wait * (0.5 + random.random()))  # so that many do not come back at once

    def _connected(self, account: str, signs: _Signs) -> float:
        """Hold one connection until it ends; return the seconds for which the platform asks to be left alone."""
        why, after = "", 0.0
        # What is stored is stored in English.
        with speaking("en"):
            try:
                platform = self.desk.platform(account)
                feed = platform.feed()
                signs.ours = lambda: self.desk.platform(account) is platform
                with self._lock:
                    self._feeds[account] = feed
                if not self._over.is_set():
                    feed.run(signs)
            except SignoffError as error:
                why, after = error.message, float(getattr(error, "after", None) or 0.0)
            finally:
                with self._lock:
                    self._feeds.pop(account, None)
        self.note(account, False, why)
        return after

    def note(self, account: str, is_open: bool, why: str = "") -> None:
        """Keep how a stream stands, for whoever asks."""
        with self.desk.db.write() as conn:
            store.note(conn, account, is_open, why, self.desk.clock.now())

    def end(self, account: str) -> None:
        """Close an account's connection."""
        with self._lock:
            feed = self._feeds.get(account)
        if feed is not None:
            feed.close()


class _Signs:
    """What one connection tells: renews the lease, has the account read, and ends what is not ours any more."""

    def __init__(self, streams: Streams, account: str, fence: int) -> None:
        self._streams, self._account, self._fence = streams, account, fence
        #: Whether the connection still has the account's login: after a new one, another adapter has another token.
        self.ours: Callable[[], bool] = lambda: True
        self.lived, self._renewed = False, 0.0

    def __call__(self, something: bool) -> None:
        if not self.lived:
            # Also what was said while nobody was connected.
            self.lived = something = True
            self._streams.note(self._account, True)
        if time.monotonic() - self._renewed >= RENEW:
            self._renewed = time.monotonic()
            name, db = store.lease_of(self._account), self._streams.desk.db
            if leases.take(db, name, self._streams.name, LEASE) != self._fence or not self.ours():
                self._streams.end(self._account)
        if something:
            self._streams.nudges.nudge(self._account)
