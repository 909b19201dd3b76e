"""The bare engine on SQLite: what any engine must do that promises each job at most once, and nothing of Signoff.

For each job it

1. finds one that is due and turns it from ``due`` to ``sending`` by compare-and-set under a lease, with a row for the
   attempt and a line of the record, in one durable transaction;
2. reads the lease and the attempt again, as a worker that was paused must before it sends;
3. gives it to the platform of ``publishing`` (which calls back in the line before the send: that is step 2);
4. turns it into ``live`` by compare-and-set, ends the attempt and adds a line, in one durable transaction.

Its database is as Signoff's: ``synchronous=FULL``, the group commit of ``bot/store/group.py`` (up to 32 transactions
share one wait for the disk), the driver without SQLAlchemy's way in between, and as many jobs at once as a worker has
turns. It knows no brands, signatures, hashes, checks, kill switch, limits, notices, nor the order of an account.

``commits`` is the floor below: two commits of two rows for each job, nothing found, nothing read, nothing sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.draft import Part
from bot.domain.post import Outgoing, Receipt
from bot.store.db import Database
from bot.store.plain import run as ask
from bot.workflow.worker import AT_ONCE

_TABLES = (
    "CREATE TABLE job (id TEXT PRIMARY KEY, account TEXT, state TEXT, due TEXT, payload TEXT, attempts INTEGER,"
    " owner TEXT, until TEXT, remote_id TEXT, url TEXT, live_at TEXT)",
    "CREATE INDEX job_due ON job (state, due)",
    "CREATE TABLE attempt (job TEXT, n INTEGER, started TEXT, owner TEXT, ended TEXT, outcome TEXT,"
    " PRIMARY KEY (job, n))",
    "CREATE TABLE event (id INTEGER PRIMARY KEY, at TEXT, who TEXT, job TEXT, was TEXT, now TEXT)",
    "CREATE INDEX event_job ON event (job)",
)
_ME, _LEASE, _ROOM = "engine:1", timedelta(seconds=150), timedelta(seconds=60)


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Engine:
    """A queue of jobs in one file."""

    def __init__(self, path: Path, publish: Callable[[Outgoing, str], Receipt]) -> None:
        self.db, self.publish = Database(f"sqlite:///{path}"), publish
        with self.db.write() as conn:
            for text in _TABLES:
                ask(conn, text)

    def put(self, count: int) -> None:
        """Store jobs that are due."""
        due = _instant(datetime.now(UTC))
        said = [json.dumps({"text": f"Oolong number {n} is here. Come and try a cup."}) for n in range(count)]
        lines = [(f"j_{n:06d}", f"a{n % 50}", due, text) for n, text in enumerate(said)]
        store = "INSERT INTO job (id, account, state, due, payload, attempts) VALUES (?, ?, 'due', ?, ?, 0)"
        with self.db.write() as conn:
            ask(conn, store, lines, many=True)

    def work(self) -> int:
        """Do jobs until none is due; return how many."""
        done = 0
        while (taken := self._take()) is not None:
            self._do(*taken)
            done += 1
        return done

    def _take(self) -> tuple[str, str, int] | None:
        with self.db.write() as conn:
            now = datetime.now(UTC)
            find = "SELECT id, payload, attempts FROM job WHERE state = 'due' AND due <= ? ORDER BY due LIMIT 1"
            row = ask(conn, find, (_instant(now),)).fetchone()
            if row is None:
                return None
            job, payload, n = row[0], row[1], row[2] + 1
            claim = "UPDATE job SET state = 'sending', attempts = ?, owner = ?, until = ?"
            given = (n, _ME, _instant(now + _LEASE), job)
            assert ask(conn, f"{claim} WHERE id = ? AND state = 'due'", given).rowcount == 1
            ask(conn, "INSERT INTO attempt (job, n, started, owner) VALUES (?, ?, ?, ?)", (job, n, _instant(now), _ME))
            self._record(conn, now, job, "due", "sending")
        return job, payload, n

    def _do(self, job: str, payload: str, n: int) -> None:
        def fence() -> None:
            with self.db.read() as conn:
                columns = "owner, state, attempts, until, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
                found = ask(conn, f"SELECT {columns} FROM job WHERE id = ?", (job,)).fetchone()
            owner, state, attempts, until, now = found
            assert (owner, state, attempts) == (_ME, "sending", n)
            assert datetime.fromisoformat(until) - datetime.fromisoformat(now) > _ROOM

        receipt = self.publish(Outgoing(Part(json.loads(payload)["text"]), before_send=fence), job)
        with self.db.write() as conn:
            now = datetime.now(UTC)
            live = "UPDATE job SET state = 'live', remote_id = ?, url = ?, live_at = ?"
            given = (receipt.remote_id, receipt.url, _instant(receipt.at), job, n)
            assert ask(conn, f"{live} WHERE id = ? AND state = 'sending' AND attempts = ?", given).rowcount == 1
            ask(conn, "UPDATE attempt SET ended = ?, outcome = 'live' WHERE job = ? AND n = ?", (_instant(now), job, n))
            self._record(conn, now, job, "sending", "live")

    @staticmethod
    def _record(conn: Any, now: datetime, job: str, was: str, then: str) -> None:
        line = (_instant(now), _ME, job, was, then)
        ask(conn, "INSERT INTO event (at, who, job, was, now) VALUES (?, ?, ?, ?, ?)", line)


def run(path: Path, jobs: int) -> tuple[float, float]:
    """Return jobs a second, and the milliseconds of CPU that one takes."""

    def publish(out: Outgoing, once: str) -> Receipt:
        out.before_send()
        return Receipt(once, f"https://instant.example/{once}", datetime.now(UTC))

    engine = Engine(path, publish)
    engine.put(jobs)
    began, spent = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = sum(pool.map(lambda _: engine.work(), range(AT_ONCE)))
    took, spent = time.monotonic() - began, time.process_time() - spent
    assert done == jobs
    engine.db.close()
    return jobs / took, spent * 1000 / jobs


def commits(path: Path, jobs: int) -> float:
    """Return how many pairs of durable transactions of two rows each there are in a second."""
    db = Database(f"sqlite:///{path}")
    with db.write() as conn:
        ask(conn, "CREATE TABLE bare (n INTEGER PRIMARY KEY, state TEXT)")
        ask(conn, "CREATE TABLE bare_event (id INTEGER PRIMARY KEY, n INTEGER, state TEXT)")

    def job(n: int) -> None:
        with db.write() as conn:
            ask(conn, "INSERT INTO bare VALUES (?, 'sending')", (n,))
            ask(conn, "INSERT INTO bare_event (n, state) VALUES (?, 'sending')", (n,))
        with db.write() as conn:
            ask(conn, "UPDATE bare SET state = 'live' WHERE n = ? AND state = 'sending'", (n,))
            ask(conn, "INSERT INTO bare_event (n, state) VALUES (?, 'live')", (n,))

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(job, range(jobs)))
    spent = time.monotonic() - began
    db.close()
    return jobs / spent
