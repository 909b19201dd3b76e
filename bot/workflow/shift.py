"""What a worker does, whatever runs it: turns, chores, readings, signs of life. Every method blocks; runners thread it.

A runner (``runner_local``, ``runner_procrastinate``) decides when and where; nothing here knows which one is on.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from sqlalchemy.exc import OperationalError

from bot.errors import Locked
from bot.store import desk as rows
from bot.store import posts
from bot.workflow import alarms, asking_again, attend, measure, timekeeping, turn
from bot.workflow.ahead import Ahead
from bot.workflow.chores import Chores
from bot.workflow.desk import Desk
from bot.workflow.room import Room

log = logging.getLogger(__name__)

#: Seconds between looks for due work, at most; and between signs of life.
TICK, BEAT = 1.0, 5.0
#: Seconds between looks for due work, at least, while turns are under way; and between looks for results to read.
BUSY, LOOK = 0.15, 60.0
#: What stands for the readings among accounts that are under way.
READINGS = "readings"
#: And for comments that are heard, read and answered; seconds between looks.
COMMENTS, HEAR = "comments", 5.0
#: Seconds that what is under way gets to end when the worker is to stop.
GRACE = 8.0


class Shift:
    """The work of one worker. Its threads are its own: a send that hangs must not hold up the end of the process."""

    def __init__(self, its: Desk, name: str, at_once: int, tell: turn.Tell | None) -> None:
        self.desk, self.name, self.tell, self.at_once = its, name, tell, at_once
        self.turns = ThreadPoolExecutor(at_once, "turn")
        self.chores = ThreadPoolExecutor(4, "chore")
        self.done: Counter[str] = Counter()
        self.room = Room()
        #: Set when the worker is to stop: a turn ends after the part that it is sending.
        self.stopping = threading.Event()
        #: Accounts whose turn had not ended when the time to stop was over.
        self.left_behind: set[str] = set()
        self._under_way: set[str] = set()
        #: What time alone brings about.
        self.tidy = Chores(its, name)
        self._ahead = Ahead(its)
        self._lock = threading.Lock()

    def accounts(self) -> list[str]:
        """Return the accounts that have something to send or to settle now."""
        with self.desk.db.read() as conn:
            if self.room.full or rows.stopped(conn):
                return []
            found = posts.accounts_with_work(conn, self.desk.clock.now())
            held = rows.all_paused(conn) if found else set()
        return [a for a in found if a not in held]

    def rest(self) -> float:
        """Return the seconds until a tick or until the next part is due, whichever comes first."""
        with self.desk.db.read() as conn:
            now = self.desk.clock.now()
            soon = posts.next_after(conn, now)
        longest = BUSY if self._ahead.more else TICK
        return longest if soon is None else min(longest, max(self.pause, (soon - now).total_seconds()))

    @property
    def pause(self) -> float:
        """Seconds between two looks for due work, at least: turns that are under way see most of it themselves."""
        with self._lock:
            return BUSY if self._under_way - {READINGS, COMMENTS} else 0.001

    def prepare(self) -> None:
        """Run the checks of posts that come up next."""
        try:
            self._ahead.read()
        except OperationalError:
            raise
        except Exception:
            # They are run again before the send: nothing is lost but the head start.
            log.exception("the checks of coming posts could not be run ahead")

    def give_turn(self, account: str) -> bool:
        """Give an account its turn; False when it ended early by a fault of this machine, which is in the log."""
        with self._busy(account):
            try:
                found = turn.drain(self.desk, account, self.name, self.tell, self.stopping.is_set)
            except OperationalError as error:
                if not self.room.lacking(error, self.desk.db.name):
                    log.exception("the turn of %s ended early", account)
                return False
            except Exception as error:
                # One account's trouble must not stop the others; the part is in the state it was left in.
                if not isinstance(error, Locked):  # Which is said once, by what opens logins.
                    log.exception("the turn of %s ended early", account)
                return False
            with self._lock:
                self.done += found
            return True

    def measure(self) -> None:
        """Let the sandbox's people act, read results, and ask accounts who they are."""
        verbs = (
            ("the sandbox's people could not act", self.desk.others_act),
            ("the results of live posts could not be read",
             partial(measure.measure, self.desk, self.stopping.is_set)),
            ("the accounts could not be asked who they are",
             partial(asking_again.ask_again, self.desk, self.stopping.is_set)),
        )  # fmt: skip
        with self._busy(READINGS):
            for what, verb in verbs:
                try:
                    verb()
                except Exception:
                    log.exception(what)

    def attend(self) -> None:
        """Hear what was said, read it and answer it by the rules; nothing where nobody set what reads."""
        if self.desk.minds.read is not None:
            with self._busy(COMMENTS):
                attend.attend(self.desk, self.stopping.is_set)

    @contextmanager
    def _busy(self, name: str) -> Iterator[None]:
        with self._lock:
            self._under_way.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(name)

    def sign(self, stopped: bool = False) -> None:
        """Write a sign of life, the last one with ``stopped``; follow the database's clock."""
        try:
            with self.desk.db.write() as conn:
                timekeeping.keep(self.desk, conn)
                self.desk.follow_database(conn)
                rows.beat(conn, self.name, self.desk.clock.now(), stopped=stopped)
                self.room.found(conn, self.desk.clock.now())
                alarms.watch(self.desk.db, conn, self.desk.clock.now(), who=self.name)
            self.room.back()
        except Exception as error:
            if not self.room.lacking(error, self.desk.db.name, self.desk.clock.now()):
                log.warning("the sign of life could not be written: %s", type(error).__name__)

    def end(self) -> None:
        """Note what is still under way, and sign off. What hangs is a part in ``sending``: it is looked for later."""
        with self._lock:
            self.left_behind = set(self._under_way)
        self.turns.shutdown(wait=False, cancel_futures=True)
        self.chores.shutdown(wait=False, cancel_futures=True)
        if not self.left_behind - {READINGS, COMMENTS}:
            self.sign(stopped=True)
