"""Group commit on SQLite: threads of one process that write at the same moment share one commit, and so one wait for
the disk. Each still has its transaction to itself: its own savepoint, one at a time, undone alone when it fails; and
none goes on before the shared commit is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from bot.store.plain import run

#: Transactions in one commit, at most: others wait for the file meanwhile.
MOST = 32
#: Seconds that readers and a commit wait for each other here, before they let the database decide.
PATIENCE = 5.0


@dataclass
class _Group:
    """Transactions on one connection that are committed together."""

    conn: Connection
    size: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    fault: BaseException | None = None


class GroupCommit:
    """The one writer of a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: Held by the transaction under way.
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._owner = 0
        #: Readers and the commit take turns.
        self._gate = threading.Condition()
        self._readers, self._committing, self._mine = 0, False, threading.local()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection inside a transaction; return when it is durable. Raises what the commit raises."""
        me = threading.get_ident()
        if self._owner == me:
            raise RuntimeError("a transaction that writes cannot hold another one")
        with self._count:
            self._waiting += 1
        self._turn.acquire()
        self._owner = me
        with self._count:
            self._waiting -= 1
        try:
            group = self._group or self._begin()
            try:
                run(group.conn, "SAVEPOINT mine")
                yield group.conn
                run(group.conn, "RELEASE mine")
            except BaseException as error:
                # On a full disk SQLite undoes the whole at once: that no savepoint is left must not hide why.
                with suppress(OperationalError):
                    run(group.conn, "ROLLBACK TO mine")
                    run(group.conn, "RELEASE mine")
                self._undone(group, error)
                raise
            group.size += 1
            with self._count:
                more = self._waiting > 0 and group.size < MOST
            if not more:
                self._commit(group)
        finally:
            self._owner = 0
            self._turn.release()
        group.over.wait()
        if group.fault is not None:
            raise group.fault

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold commits up while somebody reads: with a rollback journal they would wait for each other in the file,
        which is done by sleeping and trying again."""
        if getattr(self._mine, "depth", 0):
            # A read within a read: a commit that waits for the outer one must not hold up the inner one.
            yield
            return
        with self._gate:
            self._gate.wait_for(lambda: not self._committing, PATIENCE)
            self._readers += 1
        self._mine.depth = 1
        try:
            yield
        finally:
            self._mine.depth = 0
            with self._gate:
                self._readers -= 1
                self._gate.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._gate:
            self._committing = True
            # One reader may be this very thread, reading what it writes.
            own = getattr(self._mine, "depth", 0)
            self._gate.wait_for(lambda: self._readers <= own, PATIENCE)
        try:
            yield
        finally:
            with self._gate:
                self._committing = False
                self._gate.notify_all()

    def _begin(self) -> _Group:
        conn = self._engine.connect()
        try:
            conn.info["signoff_begin"] = "BEGIN IMMEDIATE"
            conn.begin()
        except BaseException:
            conn.close()
            raise
        self._group = _Group(conn)
        return self._group

    def _undone(self, group: _Group, error: BaseException) -> None:
        """One failed: the others stand, unless SQLite undid the whole (a full disk, an I/O error)."""
        driver = group.conn.connection.dbapi_connection
        if driver is None or not driver.in_transaction:
            self._end(group, error)
            return
        with self._count:
            alone = self._waiting == 0
        if group.size == 0 or alone:
            with suppress(BaseException):
                self._commit(group)

    def _commit(self, group: _Group) -> None:
        try:
            with self._alone():
                group.conn.commit()
        except BaseException as error:
            with suppress(Exception):
                group.conn.rollback()
            self._end(group, error)
            raise
        self._end(group, None)

    def _end(self, group: _Group, fault: BaseException | None) -> None:
        self._group, group.fault = None, fault
        with suppress(Exception):
            group.conn.close()
        group.over.set()
