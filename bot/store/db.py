"""The database: how to open it, and the two ways to be inside a transaction.

SQLite and PostgreSQL run the same statements. On SQLite every write transaction is ``BEGIN IMMEDIATE`` with full
durability, so that an intent is on disk before the request that it announces.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    PoolProxiedConnection,
    Select,
    Table,
    create_engine,
    event,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bot.errors import Misconfigured
from bot.store import steady, trouble
from bot.store.group import GroupCommit
from bot.store.plain import run
from bot.words import say

#: Two connections on one WAL file can corrupt it below these versions (the WAL-reset bug, found 2026-03-03,
#: https://sqlite.org/wal.html#walresetbug, read 2026-11-21): older libraries run with a rollback journal.
_WAL_SAFE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Say whether this SQLite may use a write-ahead log with several processes."""
    newest = _WAL_SAFE[0]
    return version >= newest or any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_SAFE[1:])


class Database:
    """One engine. ``url`` is ``sqlite:///path`` or ``postgresql://...``; raises Misconfigured for anything else."""

    def __init__(self, url: str) -> None:
        self._watch: PoolProxiedConnection | None = None
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise Misconfigured(say("SIGNOFF_DATABASE_URL needs a file, such as sqlite:///signoff.db."))
            Path(parsed.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
            self.engine = _sqlite_engine(parsed.set(database=str(Path(parsed.database).expanduser())))
        elif backend == "postgresql":
            # An intent must be on disk before the send, also on a server that is set up to be faster than safe.
            # Few rows are wanted, mostly from memory: told what an index costs on disks of today, the server takes it.
            # (https://www.postgresql.org/docs/current/runtime-config-query.html, read 2026-11-22)
            durable: dict[str, Any] = {"options": "-c synchronous_commit=on -c random_page_cost=1.1"}
            if "connect_timeout" not in parsed.query:
                durable["connect_timeout"] = 10
            server = parsed.set(drivername="postgresql+psycopg")
            self.engine = create_engine(server, pool_pre_ping=True, connect_args=durable, pool_size=20, max_overflow=20)
            trouble.watch(self.engine)
        else:
            raise Misconfigured(
                say("SIGNOFF_DATABASE_URL names {backend!r}.", backend=backend),
                next_step=say("Use sqlite:///FILE or postgresql://HOST/NAME."),
            )
        self.url = parsed
        #: SQLite has one writer at a time anyway: here its commits are shared.
        self._writer = GroupCommit(self.engine) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """The database as people may see it: never with a password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection inside a transaction that may write; committed at the end, undone by an error."""
        with trouble.in_time(), self._writer.write() if self._writer else self.engine.begin() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment; nothing may be written through it."""
        alone = self._writer.reading() if self._writer else nullcontext()
        with trouble.in_time(), alone, self.engine.connect() as conn:
            if self.is_sqlite:
                conn.info["signoff_begin"] = "BEGIN"
            with conn.begin():
                yield conn

    def now(self, conn: Connection) -> datetime:
        """Return the database's own time, UTC: leases go by it, so that a worker's wrong clock does no harm."""
        return self.as_instant(conn.execute(_clock_alone(conn.dialect.name)).scalar_one())

    @staticmethod
    def clock(dialect: str) -> ColumnElement[Any]:
        """Return the database's own time as a column; ``as_instant`` reads it."""
        return literal_column(steady.SQL if dialect == "sqlite" else "clock_timestamp()")

    @staticmethod
    def as_instant(found: Any) -> datetime:
        """Return an aware UTC datetime for what ``clock`` brought."""
        if isinstance(found, str):
            return datetime.fromisoformat(found).replace(tzinfo=UTC)
        instant: datetime = found
        return instant.astimezone(UTC)

    def change_mark(self) -> int | None:
        """Return a number that changes when another process commits (SQLite only; None elsewhere)."""
        if not self.is_sqlite:
            return None
        if self._watch is None:
            # A connection of its own: data_version counts commits made by others.
            self._watch = self.engine.raw_connection()
            # It only looks: while somebody holds the file it must not wait, for it is asked 50 times a second.
            self._watch.cursor().execute("PRAGMA busy_timeout=0")
        cursor = self._watch.cursor()
        try:
            mark: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        finally:
            cursor.close()
        return mark

    def close(self) -> None:
        """Give back every connection."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self.engine.dispose()


@lru_cache(maxsize=2)
def _clock_alone(dialect: str) -> Select[Any]:
    return select(Database.clock(dialect))


def _sqlite_engine(url: Any) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=20, max_overflow=20, pool_use_lifo=True
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, record: Any) -> None:
        # The driver's own BEGIN comes late and is never IMMEDIATE; ours is issued below.
        dbapi.isolation_level = None
        dbapi.create_function("signoff_now", 1, steady.told)
        cursor = dbapi.cursor()
        journal = "WAL" if wal_is_safe() else "DELETE"
        for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            try:
                cursor.execute(f"PRAGMA {pragma}")
            except sqlite3.OperationalError as error:  # pragma: no cover - another process is switching the journal
                if "locked" not in str(error):
                    raise
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        run(conn, conn.info.get("signoff_begin", "BEGIN"))

    return engine


def only_writer(conn: Connection, table: Table) -> None:
    """Keep every other writer of a table out until this transaction ends; on SQLite it is alone already."""
    if conn.dialect.name == "postgresql":
        conn.execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))


def is_busy(error: OperationalError) -> bool:
    """Say whether the database was only busy, so that the same transaction may be tried again."""
    said = str(error.orig).lower()
    return "locked" in said or "busy" in said or "deadlock" in said
