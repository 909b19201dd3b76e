"""`signoff worker` as real processes: several on one PostgreSQL, killed, told to stop, and moved between databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.clock import SystemClock
from bot.domain.brand import Account, Plan
from bot.domain.draft import Window
from bot.store import events
from bot.store.sandbox_tables import sandbox_post
from bot.store.tables import attempt, event, post_part
from tests.world import World, brand

pytestmark = pytest.mark.slow
NAMES = tuple(f"a{n}" for n in range(6))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with World(database_url, tmp_path / "home", SystemClock()) as made:
        accounts = tuple(Account("sandbox", n, f"{n}.sandbox", "en", "Europe/Berlin") for n in NAMES)
        made.learn(brand(accounts=accounts, plan=Plan(gap_minutes=0)))
        yield made


@contextmanager
def worker(world: World, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run `signoff worker` on the world's database; killed at the end if it still lives."""
    given = {"SIGNOFF_HOME": str(world.settings.home), "SIGNOFF_DATABASE_URL": world.settings.database_url}
    command = [sys.executable, "-m", "bot", "worker", *more]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **given, "SIGNOFF_LOG_LEVEL": "WARNING"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        if "--once" not in more:
            assert "worker runs" in process.stdout.readline()
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stdout.close()


def until(true: Any, seconds: float = 60, what: Any = None) -> None:
    """Wait until ``true()`` is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what() if what else "it did not happen in time"
        time.sleep(0.1)


def sign(world: World, name: str, *texts: str) -> str:
    return world.approve(world.draft(*texts, account=f"sandbox:{name}")).id


def open_parts(world: World) -> list[Any]:
    """Return what is not live, with the reason, so that a failing wait shows it."""
    p = post_part.c
    with world.db.read() as conn:
        return list(conn.execute(select(p.account, p.n, p.state, p.not_before, p.why).where(p.state != "live")).all())


def on_the_network(world: World, name: str) -> list[str]:
    with world.db.read() as conn:
        query = select(sandbox_post.c.text).where(sandbox_post.c.account == f"{name}.sandbox")
        return list(conn.execute(query.order_by(sandbox_post.c.seq)).scalars())


def signed_for_all(world: World, count: int) -> dict[str, list[str]]:
    """Sign off ``count`` posts an account, the second of each a thread, due at once; return the texts in order."""
    due = datetime.now(UTC) + timedelta(seconds=count * len(NAMES) * 0.6 + 6)
    expected: dict[str, list[str]] = {name: [] for name in NAMES}
    for n in range(count):
        wall = (due + timedelta(seconds=n)).astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%dT%H:%M:%S")
        for name in NAMES:
            parts = [f"{name}, number {n}: tea."] + (["And more of it.", "And the end."] if n == 1 else [])
            window = Window(wall, "Europe/Berlin", 60)
            world.approve(world.draft(*parts, account=f"sandbox:{name}", window=window))
            expected[name] += parts
    return expected


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_three_workers_keep_the_order_of_each_account_and_send_everything_once(world: World) -> None:
    with worker(world), worker(world) as second, worker(world):
        expected = signed_for_all(world, 4)
        until(lambda: len(open_parts(world)) < 30)
        second.kill()
        until(lambda: not open_parts(world), 60, lambda: open_parts(world))
    with world.db.read() as conn:
        # What the killed worker was sending is looked for after the read lag; the account's other posts do not wait.
        # It may turn out to be live: what was in doubt tells its events, not how its attempt ended.
        parts = conn.execute(select(event.c.subject).where(event.c.now == "doubtful")).scalars()
        doubted = {part.removeprefix("part:").partition("/")[0] for part in parts}
        late = set(conn.execute(select(post_part.c.account).where(post_part.c.post_id.in_(doubted))).scalars())
    for name in NAMES:
        found = on_the_network(world, name)
        assert sorted(found) == sorted(expected[name])
        thread = [found.index(text) for text in expected[name][1:4]]
        assert thread == sorted(thread)
        assert found == expected[name] or f"sandbox:{name}" in late
    assert len(late) < len(NAMES)
    with world.db.read() as conn:
        assert len(set(conn.execute(select(attempt.c.worker)).scalars())) > 1, "one worker did it all"


def test_told_to_stop_it_ends_in_ten_seconds_and_the_next_one_looks_before_it_sends_again(world: World) -> None:
    world.app.sandbox.break_next("slow", operation="publish", amount=40)
    post = sign(world, "a0", "Slow tea.")
    with worker(world) as process:
        until(lambda: world.states(post) == ["sending"])
        rest = sign(world, "a0", "Next tea.")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        # Eight seconds of grace, and not the twenty after which the slow answer itself gives up.
        assert time.monotonic() - began < 18
    assert world.states(rest) == ["due"]
    with worker(world):
        until(lambda: world.states(post) != ["sending"])
        with world.db.read() as conn:
            assert "doubtful" in [e["now"] for e in events.about(conn, f"part:{post}/0")]
        # The next post may be live by now; what counts is that the slow one was not sent again.
        assert on_the_network(world, "a0").count("Slow tea.") <= 1


def test_a_second_signal_ends_it_at_once_and_loses_nothing(world: World) -> None:
    world.app.sandbox.break_next("slow", operation="publish", amount=40)
    post = sign(world, "a0", "Slow tea.")
    with worker(world) as process:
        until(lambda: world.states(post) == ["sending"])
        process.send_signal(signal.SIGTERM)
        # Two signals at once are one.
        time.sleep(2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        # Of eight seconds' grace six were left.
        assert time.monotonic() - began < 5
    assert world.states(post) == ["sending"]


def test_once_does_what_is_ready_beside_a_worker_that_runs(world: World) -> None:
    with worker(world):
        found = [sign(world, name, "Once and for all.") for name in NAMES]
        with worker(world, "--once") as once:
            assert once.wait(60) == 0
        until(lambda: all(world.states(i) == ["live"] for i in found))
    assert all(on_the_network(world, name) == ["Once and for all."] for name in NAMES)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_signature_wakes_the_workers_of_other_machines(world: World) -> None:
    import psycopg

    with psycopg.connect(world.settings.database_url, autocommit=True) as conn:
        conn.execute("LISTEN signoff_work")
        version = world.draft("Wake up.", account="sandbox:a0")
        assert list(conn.notifies(timeout=0.3)) == [], "a draft is no work"
        world.approve(version)
        assert list(conn.notifies(timeout=5, stop_after=1))
