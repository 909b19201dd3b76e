"""The worker: the only file that knows what runs the turns.

On SQLite that is one asyncio loop in this process (``runner_local``), on PostgreSQL Procrastinate
(``runner_procrastinate``) with any number of machines. Either way a turn is one account's due parts in order, under
the account's lease, so that two workers never work on one account and a dead worker's account is taken over.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.workflow import turn
from bot.workflow.desk import Desk
from bot.workflow.runner_local import LocalRunner
from bot.workflow.shift import Shift
from bot.workflow.streams import Streams

log = logging.getLogger(__name__)

#: Seconds between looks for events that webhooks want to hear of.
TELL = 2.0
#: Turns side by side in one process: they wait for platforms and for the disk most of the time.
AT_ONCE = 48


class Worker:
    """Runs turns until told to stop; turns of different accounts run side by side. Use once."""

    def __init__(self, desk: Desk, *, name: str = "", at_once: int = AT_ONCE, tell: turn.Tell | None = None):
        self.desk, self.name = desk, name or turn.worker_id()
        self.shift = Shift(desk, self.name, at_once, tell)

    @property
    def done(self) -> Counter[str]:
        """How many parts ended in which state."""
        return self.shift.done

    @property
    def left_behind(self) -> set[str]:
        """Accounts whose send hung when the time to stop was over: end the process, and it is looked for later."""
        return self.shift.left_behind

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish the turns under way and sign off as stopped."""
        try:
            with self._telling(), Streams(self.desk, self.name).running():
                if self.desk.db.is_sqlite:
                    await LocalRunner(self.shift).run(stop)
                else:
                    from bot.workflow.runner_procrastinate import QueueRunner

                    await QueueRunner(self.shift).run(stop)
        finally:
            await asyncio.to_thread(self.shift.end)

    async def once(self) -> Counter[str]:
        """Do everything that is ready now, in this order, and return the counts.

        The same on both databases: the leases keep it apart from workers that run elsewhere.
        """
        try:
            await LocalRunner(self.shift).once()
        finally:
            self.shift.turns.shutdown()
            self.shift.chores.shutdown()
        await asyncio.to_thread(self._tell)
        return self.shift.done

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Send webhooks in a thread of its own, which holds up neither the turns nor the end of the process."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(TELL):
                self._tell(over.is_set)

        threading.Thread(target=run, name="webhooks", daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _tell(self, stopping: Callable[[], bool] = lambda: False) -> None:
        try:
            if self.desk.minds.tell is not None:
                self.desk.minds.tell(stopping)
        except Exception:
            if not stopping():
                log.exception("webhooks could not be sent")
