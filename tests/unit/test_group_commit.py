"""Threads that write at once share a commit on SQLite, and nobody is told before it is on disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.db import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'g.db'}")
    with made.write() as conn:
        conn.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield made
    made.close()


def seen_from_outside(tmp_path: Path) -> list[int]:
    """Read the file as another process would."""
    conn = sqlite3.connect(tmp_path / "g.db")
    try:
        return [n for (n,) in conn.execute("SELECT n FROM t ORDER BY n")]
    finally:
        conn.close()


def add(db: Database, n: int) -> None:
    with db.write() as conn:
        conn.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})


def test_what_returned_is_on_disk(db: Database, tmp_path: Path) -> None:
    def work(n: int) -> bool:
        add(db, n)
        return n in seen_from_outside(tmp_path)

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(work, range(60)))


def test_transactions_that_wait_share_a_commit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    commits, begun = [], threading.Event()
    own = db.engine.dialect.do_commit
    monkeypatch.setattr(db.engine.dialect, "do_commit", lambda conn: (commits.append(1), own(conn))[1])

    def first() -> None:
        with db.write() as conn:
            begun.set()
            while db._writer is not None and db._writer._waiting < 8:
                threading.Event().wait(0.001)
            conn.execute(text("INSERT INTO t VALUES (100)"))

    with ThreadPoolExecutor(9) as pool:
        leader = pool.submit(first)
        begun.wait()
        others = [pool.submit(add, db, n) for n in range(8)]
        for done in (leader, *others):
            done.result()
    assert len(commits) == 1


def test_one_that_fails_takes_nobody_with_it(db: Database, tmp_path: Path) -> None:
    def work(n: int) -> str:
        try:
            with db.write() as conn:
                conn.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})
                if n % 3 == 0:
                    raise ValueError(n)
        except ValueError:
            return "failed"
        return "stored"

    with ThreadPoolExecutor(12) as pool:
        told = dict(zip(range(60), pool.map(work, range(60)), strict=True))
    assert (
        seen_from_outside(tmp_path) == [n for n in range(60) if told[n] == "stored"] == [n for n in range(60) if n % 3]
    )


def test_a_commit_that_fails_is_told_to_everyone_in_it(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def broken(conn: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def first() -> None:
        with db.write() as conn:
            begun.set()
            while db._writer is not None and db._writer._waiting < 3:
                threading.Event().wait(0.001)
            conn.execute(text("INSERT INTO t VALUES (100)"))

    with ThreadPoolExecutor(4) as pool, monkeypatch.context() as patched:
        patched.setattr(db.engine.dialect, "do_commit", broken)
        futures = [pool.submit(first)]
        begun.wait()
        futures += [pool.submit(add, db, n) for n in range(3)]
        for done in futures:
            with pytest.raises(Exception, match="disk I/O error"):
                done.result()
    assert seen_from_outside(tmp_path) == []
    add(db, 7)
    assert seen_from_outside(tmp_path) == [7]


def test_a_transaction_in_a_transaction_is_a_fault_and_not_a_standstill(db: Database) -> None:
    with pytest.raises(RuntimeError, match="cannot hold another"), db.write():
        add(db, 1)
    add(db, 2)
