"""The worker: finds accounts with work and gives each its turn. The only file that knows what runs the turns.

Here that is one asyncio loop in this process. A turn is one account's due parts in order, under the account's lease,
so that two workers never work on one account and a dead worker's account is taken over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import OperationalError

from bot.store import desk as rows
from bot.store import posts
from bot.store.db import is_busy
from bot.workflow import asking_again, measure, repeat, tend, turn
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


#: Seconds between looks for due work, and between looks for another process's commit.
TICK, WATCH = 1.0, 0.02
#: Seconds between signs of life.
BEAT = 5.0
#: Between looks for results to read.
LOOK = timedelta(seconds=60)


class Worker:
    """Runs turns until told to stop; turns of different accounts run side by side."""

    def __init__(self, desk: Desk, *, name: str = "", at_once: int = 4, tell: turn.Tell = lambda part: None) -> None:
        self.desk, self.name, self.tell = desk, name or turn.worker_id(), tell
        self._slots = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._measuring: asyncio.Task[None] | None = None
        self._next_look = self.desk.clock.now()
        self._stopping = False
        self.done: Counter[str] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish the turns under way and sign off as stopped."""
        beat = asyncio.create_task(self._beat())
        try:
            while not stop.is_set():
                mark = None
                try:
                    mark = await asyncio.to_thread(self.desk.db.change_mark)
                    await self._tick()
                except OperationalError as error:
                    if not is_busy(error):
                        log.exception("the database does not answer; trying again")
                await self._wait(stop, mark)
        finally:
            self._stopping = True
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat
            await self._drained()
            await asyncio.to_thread(self._sign, True)

    async def once(self) -> Counter[str]:
        """Do everything that is ready now, in this order, and return the counts."""
        while True:
            before = self.done.total()
            await self._tick()
            await self._drained()
            if self.done.total() == before:
                return self.done

    async def _tick(self) -> None:
        await asyncio.to_thread(partial(tend.tend, self.desk, gone=turn.gone, me=self.name))
        await asyncio.to_thread(repeat.tend, self.desk)
        for account in await asyncio.to_thread(self._accounts):
            if account not in self._running:
                self._running[account] = asyncio.create_task(self._turn(account))
        if self._measuring is None and self.desk.clock.now() >= self._next_look:
            self._next_look = self.desk.clock.now() + LOOK
            self._measuring = asyncio.create_task(self._measure())

    def _accounts(self) -> list[str]:
        with self.desk.db.read() as conn:
            if rows.stopped(conn):
                return []
            found = posts.accounts_with_work(conn, self.desk.clock.now())
            return [a for a in found if not rows.paused(conn, a)]

    async def _turn(self, account: str) -> None:
        try:
            async with self._slots:
                self.done += await asyncio.to_thread(
                    turn.drain, self.desk, account, self.name, self.tell, lambda: self._stopping
                )
        except Exception:
            # One account's trouble must not stop the others; the part is in the state it was left in.
            log.exception("the turn of %s ended early", account)
            await asyncio.sleep(TICK)
        finally:
            self._running.pop(account, None)

    async def _measure(self) -> None:
        """Let the sandbox's people act and read results, beside the turns: only the worker's end waits for it."""
        try:
            await asyncio.to_thread(self.desk.others_act)
        except Exception:
            log.exception("the sandbox's people could not act")
        try:
            await asyncio.to_thread(measure.measure, self.desk, lambda: self._stopping)
        except Exception:
            log.exception("the results of live posts could not be read")
        try:
            await asyncio.to_thread(asking_again.ask_again, self.desk, lambda: self._stopping)
        except Exception:
            log.exception("the accounts could not be asked who they are")
        finally:
            self._measuring = None

    async def _drained(self) -> None:
        waited = [*self._running.values(), *([self._measuring] if self._measuring else [])]
        if waited:
            await asyncio.wait(waited)

    async def _wait(self, stop: asyncio.Event, mark: int | None) -> None:
        """Sleep a tick, less when somebody committed since ``mark``."""
        for _ in range(int(TICK / WATCH)):
            if stop.is_set():
                return
            await asyncio.sleep(WATCH)
            if mark is not None and self.desk.db.change_mark() not in (mark, None):
                return

    async def _beat(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._sign, False)
            except OperationalError:
                log.warning("the sign of life could not be written")
            await asyncio.sleep(BEAT)

    def _sign(self, stopped: bool) -> None:
        with self.desk.db.write() as conn:
            self.desk.follow_database(conn)
            rows.beat(conn, self.name, self.desk.clock.now(), stopped=stopped)
