"""A busy desk in a database: made once as an SQLite file in the tests' cache folder, copied from there."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import App
from bot.clock import FixedClock
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.settings import load
from bot.store import desk as rows
from bot.store.migrate import HEAD
from tests.bench import desk_rows
from tests.servers.setup import cache

#: What is seeded, those that others point at first.
TABLES = ("draft", "draft_version", "approval_request", "decision", "post", "post_part", "attempt", "reading", "event",
          "notice", "comment", "mood_hour", "mood_day")  # fmt: skip
_AT_ONCE = 2000


def app(url: str, home: Path) -> App:
    """Return an App with the brand learned, at the seeded moment."""
    settings = load(home=home, database_url=url, operator="sam", llm_discover=False, api_rate=1_000_000)
    made = App(settings, clock=FixedClock(desk_rows.NOW))
    policy = ApprovalPolicy((PolicyRule("default", outcome=Ask(together=True)),))
    with made.db.write() as conn:
        rows.save_brand(conn, desk_rows.brand(), policy, "folder", desk_rows.NOW)
    return made


def sqlite_file(comments: int, seed: int = 1) -> Path:
    """Return the file with so many comments; made where it is not there. Only who is signed in is written to it."""
    name = f"desk-{comments}-{seed}-{desk_rows.SHAPE}"
    file = cache() / f"{name}-{HEAD}.db"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        older = next(file.parent.glob(f"{name}-*.db"), None)
        if older is not None:
            # An older schema is brought up, as a user's database is.
            shutil.copyfile(older, part)
            app(f"sqlite:///{part}", file.parent / "home").close()
        else:
            part.unlink(missing_ok=True)
            fill(part, comments, seed)
        part.rename(file)
        for old in file.parent.glob(f"desk-{comments}-{seed}-*.db"):
            if old != file:
                old.unlink()
    return file


def fill(file: Path, comments: int, seed: int = 1) -> None:
    """Make the file."""
    began = time.monotonic()
    app(f"sqlite:///{file}", file.parent / "home").close()
    conn = sqlite3.connect(file, isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "foreign_keys=OFF",
        "cache_size=-200000",
        "temp_store=MEMORY",
    ):
        conn.execute(f"PRAGMA {pragma}")
    # An index is made faster at the end than kept up.
    kept = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL AND tbl_name IN "
        f"({','.join('?' * len(TABLES))})", TABLES
    ).fetchall()  # fmt: skip
    for name, _ in kept:
        conn.execute(f"DROP INDEX {name}")
    desk = desk_rows.Desk(comments, seed)
    conn.execute("BEGIN")
    _insert(conn, "comment", desk.comments())
    _insert(conn, "mood_hour", sorted(desk.mood_hours(), key=lambda r: (r["name"], r["hour"])))
    # As the migration does for what was counted before.
    conn.execute(
        "INSERT INTO mood_day SELECT brand, name, substr(hour, 1, 10), account, language, sum(negative), sum(neutral), "
        "sum(positive) FROM mood_hour GROUP BY brand, name, substr(hour, 1, 10), account, language"
    )
    waiting: dict[str, list[dict[str, Any]]] = {}
    for table, row in desk.drafts():
        some = waiting.setdefault(table, [])
        some.append(row)
        if len(some) >= _AT_ONCE:
            _insert(conn, table, some)
            some.clear()
    for table, some in waiting.items():
        _insert(conn, table, some)
    # The record grows with time.
    names = "at, who, subject, was, now, why"
    conn.execute(f"CREATE TEMP TABLE lines AS SELECT {names} FROM event ORDER BY at")
    conn.execute("DELETE FROM event")
    conn.execute(f"INSERT INTO event ({names}) SELECT {names} FROM lines")
    for _, sql in kept:
        conn.execute(sql)
    conn.execute("COMMIT")
    conn.close()
    print(f"seeded {comments} comments in {time.monotonic() - began:.0f} s ({file.stat().st_size / 1e6:.0f} MB)")


def _insert(conn: sqlite3.Connection, table: str, given: Iterable[dict[str, Any]]) -> None:
    given = iter(given)
    first = next(given, None)
    if first is None:
        return
    names = list(first)
    sql = f"INSERT INTO {table} ({','.join(names)}) VALUES ({','.join('?' * len(names))})"
    conn.executemany(sql, (tuple(row.values()) for row in itertools.chain([first], given)))


def copy_to_postgres(file: Path, url: str, home: Path) -> None:
    """Copy the seeded rows into an empty PostgreSQL database."""
    import psycopg

    began = time.monotonic()
    app(url, home).close()
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("SET synchronous_commit = off")
        target.execute("SET maintenance_work_mem = '512MB'")
        target.execute("SET session_replication_role = replica")
        kept = target.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s) "
            "AND indexname LIKE 'ix_%%'", [list(TABLES)]
        ).fetchall()  # fmt: skip
        for name, _ in kept:
            target.execute(f'DROP INDEX "{name}"')
        for table in TABLES:
            for some in _blocks(source, table):
                names = ",".join(f'"{name}"' for name in some[0])
                with target.cursor().copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                    for row in some[1]:
                        copy.write_row(row)
        for _, sql in kept:
            target.execute(sql)
        for table, name in (("event", "id"), ("notice", "id")):
            target.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{name}'), (SELECT max(id) FROM {table}))")
        target.execute("VACUUM ANALYZE")
    source.close()
    print(f"copied to PostgreSQL in {time.monotonic() - began:.0f} s")


def _blocks(source: sqlite3.Connection, table: str) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    cursor = source.execute(f"SELECT * FROM {table}")
    yield [d[0] for d in cursor.description], cursor


def counts(made: App) -> dict[str, int]:
    """Return how many rows each table holds."""
    with made.db.read() as conn:
        return {t: int(conn.execute(text(f"SELECT count(*) FROM {t}")).scalar_one()) for t in TABLES}
