"""The worker as a real process: woken by a signature, drained by SIGTERM, killed again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import SystemClock
from bot.store import desk as rows
from bot.store.tables import attempt
from tests.world import World

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def live_world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with World(database_url, tmp_path, SystemClock()) as made:
        yield made


@contextmanager
def worker(world: World, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `signoff worker` for as long as the block runs; killed at the end if it still lives."""
    own = {"SIGNOFF_HOME": str(world.settings.home), "SIGNOFF_DATABASE_URL": world.settings.database_url, **settings}
    with (world.settings.home / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for_worker(world: World) -> None:
    """Return when a worker has given its first sign of life."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with world.db.read() as conn:
            if any((world.clock.now() - w["seen"]).total_seconds() < 4 for w in rows.workers(conn)):
                return
        time.sleep(0.05)
    raise AssertionError((world.settings.home / "worker.log").read_text())


def _sent_since(world: World, instant: datetime) -> bool:
    """Say whether a worker began a send after ``instant``."""
    with world.db.read() as conn:
        return conn.execute(select(attempt.c.started).where(attempt.c.started > instant)).first() is not None


def test_a_signature_wakes_the_worker_and_sigterm_ends_it_in_order(live_world: World) -> None:
    with worker(live_world) as process:
        wait_for_worker(live_world)
        waits = []
        for n in range(5):
            version = live_world.draft(f"Post {n}")
            began = time.monotonic()
            post = live_world.approve(version)
            while live_world.states(post.id) != ["live"]:
                assert time.monotonic() - began < 60
                time.sleep(0.01)
            waits.append(time.monotonic() - began)
        # On SQLite another process's commit is seen at once; elsewhere the look-around of one second finds it.
        assert min(waits) < (1.0 if live_world.db.is_sqlite else 3.0), waits
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with live_world.db.read() as conn:
        assert rows.workers(conn) == []


def test_sigterm_in_mid_send_finishes_the_send(live_world: World) -> None:
    post = live_world.approve(live_world.draft("Slow but sure"))
    with worker(live_world, SIGNOFF_PLATFORMS__SANDBOX__MAIN__LATENCY="3") as process:
        until = time.monotonic() + 120
        while live_world.states(post.id) != ["sending"]:
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert live_world.states(post.id) == ["live"]


@pytest.mark.timeout(700)
def test_killed_again_and_again_each_post_is_live_exactly_once(live_world: World) -> None:
    """SIGKILL at random moments, lost answers among them, two workers at a time, no key on the platform's side."""
    chance = random.Random(20261122)
    lazy = {
        "SIGNOFF_PLATFORMS__SANDBOX__MAIN__HONOUR_ONCE": "no",
        "SIGNOFF_PLATFORMS__SANDBOX__MAIN__LATENCY": "0.3",
        "SIGNOFF_PLATFORMS__SANDBOX__CN__HONOUR_ONCE": "no",
        "SIGNOFF_PLATFORMS__SANDBOX__CN__LATENCY": "0.3",
    }
    wanted: Counter[tuple[str, str]] = Counter()
    made = []
    for n in range(40):
        account, handle = chance.choice([("sandbox:main", "lumen.sandbox"), ("sandbox:cn", "lumen-cn.sandbox")])
        texts = [f"Post {n} part {k}" for k in range(chance.choice([1, 1, 3]))]
        made.append(live_world.approve(live_world.draft(*texts, account=account)).id)
        wanted.update((handle, t) for t in texts)
    for effect in ("timeout_after_accept", "server_error_after_accept", "timeout_before", "rate_limit"):
        live_world.app.sandbox.break_next(effect, count=2, amount=1)

    kills = caught = 0
    until = time.monotonic() + 600
    while kills < 12:
        with worker(live_world, **lazy) as first, worker(live_world, **lazy) as second:
            busy = live_world.clock.now()
            while not _sent_since(live_world, busy):
                assert time.monotonic() < until
                time.sleep(0.02)
            time.sleep(chance.random() * 0.3)
            for process in (first, second):
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        caught += sum(s == "sending" for p in made for s in live_world.states(p))
    assert caught >= 2, "the kills must hit sends, or this proves nothing"
    with worker(live_world, **lazy), worker(live_world, **lazy):
        while any(s != "live" for p in made for s in live_world.states(p)):
            left = Counter(s for p in made for s in live_world.states(p))
            assert time.monotonic() < until, (left, (live_world.settings.home / "worker.log").read_text()[-2000:])
            time.sleep(0.3)
    there = Counter((h, t) for h in ("lumen.sandbox", "lumen-cn.sandbox") for t in live_world.live(h))
    assert there == wanted
