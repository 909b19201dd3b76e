"""The runner for many machines: account turns as Procrastinate jobs on PostgreSQL.

``lock`` is the account, so that its turns come one after the other; ``queueing_lock`` is kind and account, so that one
turn waits at most. Every worker looks for due accounts each second, at the instant of the next one, and when a commit
says so (NOTIFY); posts of the future are never put into the queue. A job is only a hint: what may be sent is decided
under the account's lease, so a job lost or done twice sends nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.store import queue
from bot.store.trouble import kind
from bot.workflow import jobs
from bot.workflow.shift import BEAT, GRACE, HEAR, LOOK, TICK, Shift
from bot.workflow.turn import orphaned

if TYPE_CHECKING:
    from procrastinate import App

log = logging.getLogger(__name__)


class QueueRunner:
    """One process's share of the queue."""

    def __init__(self, shift: Shift) -> None:
        self.shift = shift
        self._wake = asyncio.Event()
        self._next_look = 0.0
        self._next_hearing = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then give what is under way its time to end. The rest stays in the queue."""
        helpers = [asyncio.create_task(self._beat()), asyncio.create_task(self._listen(stop))]
        try:
            while not stop.is_set():
                try:
                    app = await asyncio.to_thread(self._app)
                    async with app.open_async():
                        await self._serve(app, stop)
                except Exception as error:
                    if not self.shift.room.lacking(error, self.shift.desk.db.name):
                        # A server that is gone says so each second, in one line.
                        log.error("the queue does not answer; trying again", exc_info=None if kind(error) else error)
                    await jobs.either(stop, TICK)
        finally:
            self.shift.stopping.set()
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    def _app(self) -> App:
        import procrastinate
        from procrastinate.schema import SchemaManager

        schema = queue.prepare(self.shift.desk.db, SchemaManager.get_schema())
        # The queue may forget its last moments in a crash; only our own tables must not.
        options = f"-c search_path={schema} -c synchronous_commit=off"
        address = self.shift.desk.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connector = procrastinate.PsycopgConnector(
            conninfo=address, kwargs={"options": options}, min_size=1, max_size=4, name="queue"
        )
        app = procrastinate.App(connector=connector)

        @app.task(name="turn", queue=jobs.QUEUE)
        async def turn(account: str) -> None:
            loop = asyncio.get_running_loop()
            if not await loop.run_in_executor(self.shift.turns, self.shift.give_turn, account):
                await asyncio.sleep(TICK)

        @app.task(name="measure", queue=jobs.QUEUE, lock="measure", queueing_lock="measure")
        async def measure() -> None:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.measure)

        @app.task(name="attend", queue=jobs.QUEUE, lock="attend", queueing_lock="attend")
        async def attend() -> None:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.attend)

        return app

    async def _serve(self, app: App, stop: asyncio.Event) -> None:
        work = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE], name=self.shift.name, concurrency=self.shift.at_once + 1,
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE, delete_jobs="always", update_heartbeat_interval=jobs.HEARTBEAT,
                stalled_worker_timeout=jobs.FORGOTTEN, fetch_job_polling_interval=TICK,
            )
        )  # fmt: skip
        ticks = asyncio.create_task(self._ticks(app))
        ended = asyncio.create_task(stop.wait())
        try:
            # Whichever ends first ends the round: told to stop, or the connection broke.
            await asyncio.wait([work, ticks, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if stop.is_set():
                self.shift.stopping.set()
            for task in (ticks, ended, work):
                task.cancel()
            results = await asyncio.gather(work, ticks, ended, return_exceptions=True)
        for fault in results:
            if isinstance(fault, Exception):
                raise fault

    async def _ticks(self, app: App) -> None:
        """Put accounts with work into the queue, and give the jobs of silent workers to others.

        Ends once the database takes what is written again: connections that were made before go on only reading.
        """
        loop, lacked = asyncio.get_running_loop(), False
        while self.shift.room.full or not lacked:
            lacked = lacked or self.shift.room.full
            # Cleared before looking: what is committed after the look wakes the next one.
            self._wake.clear()
            await asyncio.to_thread(self.shift.tidy)
            wanted = [jobs.job("turn", account) for account in await asyncio.to_thread(self.shift.accounts)]
            if loop.time() >= self._next_look:
                self._next_look = loop.time() + LOOK
                wanted.append(jobs.job("measure"))
            if self.shift.desk.minds.read is not None and loop.time() >= self._next_hearing:
                self._next_hearing = loop.time() + HEAR
                wanted.append(jobs.job("attend"))
            await jobs.drop_stalled(app, partial(orphaned, self.shift.desk))
            await jobs.defer(app, wanted)
            if not wanted:
                await asyncio.to_thread(self.shift.prepare)
            rest = await asyncio.to_thread(self.shift.rest)
            await jobs.either(self._wake, rest)

    async def _listen(self, stop: asyncio.Event) -> None:
        """Wake at each commit that may bring work. While this connection is down, the tick alone finds it."""
        import psycopg

        address = self.shift.desk.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address, autocommit=True) as conn:
                    await conn.execute(f"LISTEN {queue.CHANNEL}")
                    self._wake.set()
                    async for _ in conn.notifies():
                        self._wake.set()
            except psycopg.Error:
                log.warning("nobody can wake this worker for a moment; it looks by itself each second")
            await jobs.either(stop, TICK)

    async def _beat(self) -> None:
        while True:
            await asyncio.get_running_loop().run_in_executor(self.shift.chores, self.shift.sign)
            await asyncio.sleep(BEAT)
