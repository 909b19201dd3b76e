"""The embedded runner: one asyncio loop in this process finds accounts with work and gives each its turn.

It needs no server. Another process's commit is seen within 20 ms on SQLite; on PostgreSQL it is used for ``--once``.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import OperationalError

from bot.store.db import is_busy
from bot.workflow.shift import BEAT, GRACE, HEAR, LOOK, TICK, Shift

log = logging.getLogger(__name__)

#: Seconds between looks for another process's commit.
WATCH = 0.02


class LocalRunner:
    """Runs turns of different accounts side by side in threads of the shift."""

    def __init__(self, shift: Shift) -> None:
        self.shift = shift
        self._running: dict[str, asyncio.Task[None]] = {}
        self._measuring: asyncio.Task[None] | None = None
        self._next_look = 0.0
        self._attending: asyncio.Task[None] | None = None
        self._next_hearing = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then give what is under way its time to end."""
        beat = asyncio.create_task(self._beat())
        try:
            while not stop.is_set():
                mark, rest = None, TICK
                try:
                    mark = await asyncio.to_thread(self.shift.desk.db.change_mark)
                    await self._tick()
                    rest = await asyncio.to_thread(self.shift.rest)
                except OperationalError as error:
                    if not is_busy(error) and not self.shift.room.lacking(error, self.shift.desk.db.name):
                        log.exception("the database does not answer; trying again")
                except Exception:
                    # A worker that ended over one look would send nothing for anybody.
                    log.exception("a look for due work stumbled; trying again")
                await self._wait(stop, mark, rest)
        finally:
            self.shift.stopping.set()
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
            await self._drained(GRACE)

    async def once(self) -> None:
        """Do everything that is ready now, and return when nothing is left."""
        while True:
            before = self.shift.done.total()
            await self._tick()
            await self._drained(None)
            if self.shift.done.total() == before:
                return

    async def _tick(self) -> None:
        await asyncio.to_thread(self.shift.tidy)
        for account in await asyncio.to_thread(self.shift.accounts):
            if account not in self._running:
                self._running[account] = asyncio.create_task(self._turn(account))
        loop = asyncio.get_running_loop()
        if self._measuring is None and loop.time() >= self._next_look:
            self._next_look = loop.time() + LOOK
            self._measuring = asyncio.create_task(self._measure())
        if self._attending is None and loop.time() >= self._next_hearing:
            self._next_hearing = loop.time() + HEAR
            self._attending = asyncio.create_task(self._attend())
        if not self._running:
            await asyncio.to_thread(self.shift.prepare)

    async def _turn(self, account: str) -> None:
        try:
            loop = asyncio.get_running_loop()
            if not await loop.run_in_executor(self.shift.turns, self.shift.give_turn, account):
                await asyncio.sleep(TICK)
        finally:
            self._running.pop(account, None)

    async def _measure(self) -> None:
        """Read results beside the turns: only the worker's end waits for it."""
        try:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.measure)
        finally:
            self._measuring = None

    async def _attend(self) -> None:
        """Attend to comments beside the turns: only the worker's end waits for it."""
        try:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.attend)
        finally:
            self._attending = None

    async def _drained(self, seconds: float | None) -> None:
        waited = [*self._running.values(), *(task for task in (self._measuring, self._attending) if task)]
        if waited:
            _, late = await asyncio.wait(waited, timeout=seconds)
            for task in late:
                task.cancel()

    async def _wait(self, stop: asyncio.Event, mark: int | None, rest: float) -> None:
        """Sleep ``rest`` seconds, less when somebody committed since ``mark``: we ourselves, or another process."""
        loop = asyncio.get_running_loop()
        least, until = loop.time() + self.shift.pause, loop.time() + rest
        while (left := until - loop.time()) > 0 and not stop.is_set():
            await asyncio.sleep(min(WATCH, left))
            if loop.time() >= least and mark is not None and self.shift.desk.db.change_mark() not in (mark, None):
                return

    async def _beat(self) -> None:
        while True:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.sign)
            await asyncio.sleep(BEAT)
