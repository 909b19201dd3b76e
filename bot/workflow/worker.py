"""The worker: finds accounts with work and gives each its turn. The only file that knows what runs the turns.

Here that is one asyncio loop in this process. A turn is one account's due parts in order, under the account's lease,
so that two workers never work on one account and a dead worker's account is taken over.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bot.domain.post import PostPart, PostState
from bot.store import desk as rows
from bot.store import leases, posts
from bot.store.db import is_busy
from bot.workflow import decide, publish, reconcile
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)
_count = itertools.count(1)

#: Told of each part after each step; called from the turn's thread.
Tell = Callable[[PostPart], None]

#: Seconds a worker holds an account without renewing; longer than the slowest send.
LEASE = 150.0
#: Seconds between looks for due work, and between looks for another process's commit.
TICK, WATCH = 1.0, 0.02
#: Seconds between signs of life.
BEAT = 5.0


def worker_id() -> str:
    """Name a worker so that others on the host can tell whether its process lives: host, pid, start time, count."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{next(_count)}"


def _started(pid: int) -> str:
    """Return a process's start time in clock ticks since boot, or an empty text where that cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def gone(owner: str) -> bool:
    """Say whether the worker ``owner`` surely died: same host, and no process with that pid and start time."""
    match owner.split(":"):
        case [host, pid, started, _] if host == socket.gethostname() and pid.isdigit() and started:
            return _started(int(pid)) != started
    return False


def drain(desk: Desk, account: str, worker: str, tell: Tell = lambda part: None) -> Counter[str]:
    """Give one account its turn; return how many parts ended in which state."""
    name = f"account:{account}"
    done: Counter[str] = Counter()
    fence = leases.take(desk.db, name, worker, LEASE, gone=gone)
    if fence is None:
        return done
    try:
        while True:
            with desk.db.read() as conn:
                if rows.stopped(conn) or rows.paused(conn, account):
                    return done
                ready = posts.work_of(conn, account, desk.clock.now())
                part = posts.part(conn, *ready[0]) if ready else None
            if part is None:
                return done
            fence = leases.take(desk.db, name, worker, LEASE, gone=gone)
            if fence is None:
                return done
            hold = publish.Hold(name, worker, fence)
            step = {
                PostState.DUE: publish.publish_part,
                PostState.SENDING: reconcile.doubt,
                PostState.DOUBTFUL: reconcile.look,
            }[part.state]
            before = (part.state, part.attempts, part.not_before, part.looks)
            state = step(desk, part.post_id, part.n, hold)
            done[state.value] += 1
            with desk.db.read() as conn:
                now = posts.part(conn, part.post_id, part.n)
            tell(now)
            if (now.state, now.attempts, now.not_before, now.looks) == before:
                # Held back (stopped a moment ago, lease lost): the next turn decides.
                return done
    finally:
        if fence is not None:
            leases.release(desk.db, name, worker, fence)


class Worker:
    """Runs turns until told to stop; turns of different accounts run side by side."""

    def __init__(self, desk: Desk, *, name: str = "", at_once: int = 4, tell: Tell = lambda part: None) -> None:
        self.desk, self.name, self.tell = desk, name or worker_id(), tell
        self._slots = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[None]] = {}
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
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat
            await self._drained()
            await asyncio.to_thread(self._sign, True)

    async def once(self) -> Counter[str]:
        """Do everything that is ready now, in this order, and return the counts."""
        for _ in range(100_000):
            await self._tick()
            if not self._running:
                break
            await self._drained()
        return self.done

    async def _tick(self) -> None:
        await asyncio.to_thread(decide.lapse, self.desk)
        for account in await asyncio.to_thread(self._accounts):
            if account not in self._running:
                self._running[account] = asyncio.create_task(self._turn(account))

    def _accounts(self) -> list[str]:
        with self.desk.db.read() as conn:
            if rows.stopped(conn):
                return []
            found = posts.accounts_with_work(conn, self.desk.clock.now())
            return [a for a in found if not rows.paused(conn, a)]

    async def _turn(self, account: str) -> None:
        try:
            async with self._slots:
                self.done += await asyncio.to_thread(drain, self.desk, account, self.name, self.tell)
        except Exception:
            # One account's trouble must not stop the others; the part is in the state it was left in.
            log.exception("the turn of %s ended early", account)
            await asyncio.sleep(TICK)
        finally:
            self._running.pop(account, None)

    async def _drained(self) -> None:
        if self._running:
            await asyncio.wait(list(self._running.values()))

    async def _wait(self, stop: asyncio.Event, mark: int | None) -> None:
        """Sleep a tick, less when somebody committed since ``mark``."""
        for _ in range(int(TICK / WATCH)):
            if stop.is_set():
                return
            await asyncio.sleep(WATCH)
            if mark is not None and self.desk.db.change_mark() != mark:
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
            rows.beat(conn, self.name, self.desk.clock.now(), stopped=stopped)
