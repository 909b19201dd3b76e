"""What many turns ask of the database at one moment is asked once, for all of them, in one transaction.

A turn that asks while another's transaction is under way waits for it, and then one of those that wait asks for all. So
a lone turn waits for nobody, and the busier a worker is, the less one post costs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.workflow.desk import Desk

#: How many are done in one transaction, at most.
MOST = 32
Item = TypeVar("Item")
Result = TypeVar("Result")


class Uneven(Exception):
    """Not every row was as expected: nothing of this transaction may stand."""


@dataclass(eq=False)
class _Asked(Generic[Item, Result]):
    desk: Desk
    item: Item
    #: Held until it is this one's turn to lead, or until another has led.
    waits: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False
    result: Result | None = None
    fault: BaseException | None = None


@dataclass(eq=False)
class _Queue(Generic[Item, Result]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Asked[Item, Result]] = field(default_factory=list)
    led: bool = False


class Together(Generic[Item, Result]):
    """``do`` answers a list of items within one transaction that reads, or with ``write`` writes; it is durable when
    the answers come.

    Where ``do`` raises, its transaction is undone and each item is done alone, so that one cannot spoil the others.
    """

    def __init__(self, do: Callable[[Desk, Connection, list[Item]], list[Result]], *, write: bool) -> None:
        self._do, self._write = do, write
        self._lock = threading.Lock()
        self._queues: WeakKeyDictionary[Any, _Queue[Item, Result]] = WeakKeyDictionary()

    def __call__(self, desk: Desk, item: Item) -> Result:
        """Return the answer to one item, read or written after this call began. Raises what ``do`` raises for it."""
        with self._lock:
            queue = self._queues.setdefault(desk.db, _Queue())
        mine: _Asked[Item, Result] = _Asked(desk, item)
        mine.waits.acquire()
        with queue.lock:
            queue.waiting.append(mine)
            leads, queue.led = not queue.led, True
        if not leads:
            mine.waits.acquire()
        if not mine.over:
            self._lead(queue, mine)
        if mine.fault is not None:
            raise mine.fault
        return cast(Result, mine.result)

    def _lead(self, queue: _Queue[Item, Result], mine: _Asked[Item, Result]) -> None:
        taken: list[_Asked[Item, Result]] = []
        try:
            self._together(queue, mine, taken)
        except BaseException as error:
            # The database's own trouble is everybody's; any other fault belongs to one of them.
            alone = len(taken) <= 1 or isinstance(error, OperationalError) or not isinstance(error, Exception)
            for one in taken or [mine]:
                one.fault = error if alone else self._alone(one)
        finally:
            with queue.lock:
                queue.waiting = [a for a in queue.waiting if a not in taken and a is not mine]
                queue.led = bool(queue.waiting)
                following = queue.waiting[:1]
            for one in (*taken, mine):
                one.over = True
            for one in (*taken, *following):
                if one is not mine:
                    one.waits.release()

    def _together(
        self, queue: _Queue[Item, Result], mine: _Asked[Item, Result], taken: list[_Asked[Item, Result]]
    ) -> None:
        with mine.desk.db.write() if self._write else mine.desk.db.read() as conn:
            # Those who came while this transaction waited to begin are in it too.
            with queue.lock:
                taken += [a for a in queue.waiting if a.desk is mine.desk][:MOST]
            found = self._do(mine.desk, conn, [a.item for a in taken])
            results = list(zip(taken, found, strict=True))
        for one, result in results:
            one.result = result

    def _alone(self, one: _Asked[Item, Result]) -> BaseException | None:
        try:
            with one.desk.db.write() if self._write else one.desk.db.read() as conn:
                (one.result,) = self._do(one.desk, conn, [one.item])
        except BaseException as error:
            return error
        return None
