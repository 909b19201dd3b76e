"""A database server that is there and takes nothing for a while: every connection taken, or only to be read.

Each run returns what the checker found, what people were told meanwhile, and how long the worker took to go on.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select

from bot.store.tables import notice
from tests.acceptance.harness import adverse, checker
from tests.acceptance.harness.config import ROOT, texts
from tests.acceptance.harness.run import Stage

#: Seconds for which it lasts.
FOR = 4.0
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> 'taker' AND datname = %s"


@contextmanager
def crowded(url: str) -> Iterator[None]:
    """Hold every connection that the server has, those of its superusers too."""
    held: list[psycopg.Connection[Any]] = []
    with ExitStack() as stack:
        refused = 0
        while refused < 20:
            try:
                one = psycopg.connect(url, autocommit=True, application_name="taker")
            except psycopg.OperationalError as error:
                if "too many clients" not in str(error):
                    raise
                refused += 1
                # Those that others hold are taken from them, and then by us.
                held[0].execute(_OTHERS, (url.rpartition("/")[2],))
                time.sleep(0.05)
                continue
            stack.callback(one.close)
            held.append(one)
        yield


@contextmanager
def only_read(url: str) -> Iterator[None]:
    """Let the database take no changes, as a standby does after a failover; all connections are made anew."""
    name = url.rpartition("/")[2]

    def turn(said: str) -> None:
        with psycopg.connect(url, autocommit=True, application_name="taker") as conn:
            conn.execute("SET transaction_read_only = off")
            conn.execute("SET default_transaction_read_only = off")
            conn.execute(f'ALTER DATABASE "{name}" {said}')  # type: ignore[arg-type]

    turn("SET default_transaction_read_only = on")
    try:
        with psycopg.connect(url, autocommit=True, application_name="taker") as conn:
            conn.execute(_OTHERS, (name,))
        yield
    finally:
        turn("RESET default_transaction_read_only")


def passes(folder: Path, url: str, trouble: Callable[[str], Any]) -> dict[str, Any]:
    """Let a trouble come in the middle of publishing, and pass."""
    run = adverse._run(folder, url, kinds=("x", "bluesky"), faults={"lost": 0.05})
    with Stage(run) as stage:
        chance = random.Random(7)
        accounts = ["x:x0", "bluesky:bluesky0"]
        for n in range(24):
            stage.sign(chance.choice(accounts), texts(chance, n, chance.choice([1, 2])))
        stage.pool.start()
        adverse._until_begun(stage)
        with trouble(url):
            # What was on its way arrives.
            time.sleep(max(run.timeout, 5) + 1)
            before = len(checker.record(run))
            said = person(run.path, url)
            time.sleep(FOR)
            meanwhile = len(checker.record(run)) - before
        stage.db.engine.dispose()
        over, stands = time.monotonic(), stage.live()
        adverse._until(lambda: stage.live() > stands or stage.open() == 0, 150)
        on_again = time.monotonic() - over
        found = adverse._judged(stage, 120)
        with stage.db.read() as conn:
            told = [row.text for row in conn.execute(select(notice).where(notice.c.subject == "database"))]
        log = (run.path / "workers.log").read_text()
        return found | {"meanwhile": meanwhile, "person": said, "told": told, "log": log, "on_again_s": on_again}


def person(folder: Path, url: str) -> tuple[int, str]:
    """Do what changes something, as a person does; return the exit code and what they read."""
    given = {"SIGNOFF_HOME": str(folder / "home"), "SIGNOFF_DATABASE_URL": url, "SIGNOFF_OPERATOR": "li",
             "SIGNOFF_BRAND": "torture"}  # fmt: skip
    command = [sys.executable, "-m", "bot", "--lang", "en", "stop", "--reason", "to see what it says"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, check=False, timeout=90
    )
    return done.returncode, done.stderr
