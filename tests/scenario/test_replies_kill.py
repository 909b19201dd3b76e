"""SIGKILL while comments are heard, read and decided on: none is lost, none is there or decided twice.

``make replies-kill`` is the large run, with ten thousand comments.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.clock import SystemClock
from bot.store.comment_tables import comment
from bot.store.sandbox_tables import sandbox_post
from bot.store.tables import event
from tests.world import World

ROOT = Path(__file__).parents[2]
MANY, KILLS = int(os.environ.get("COMMENTS", "2000")), 8
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300 + MANY // 5)]


def test_kills_lose_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    with World(database_url, tmp_path, SystemClock()) as world:
        post = world.app.sandbox.post("lumen.sandbox", "The oolongs are here.")
        assert post is not None
        _crowd(world, post.id)
        command = [sys.executable, "-m", "tests.scenario.attending_worker", database_url, str(tmp_path)]
        dice, killed, began = random.Random(7), 0, time.monotonic()
        while killed < KILLS:
            worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ}, text=True)
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            time.sleep(dice.uniform(0.1, 2.5))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker.stdout.close()
            killed += 1
        assert subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, timeout=500).returncode == 0
        with world.db.read() as conn:
            ids = list(conn.execute(select(comment.c.remote_id)).scalars())
            states = collections.Counter(conn.execute(select(comment.c.state)).scalars())
            rules = collections.Counter(conn.execute(select(comment.c.rule)).scalars())
            lines = conn.execute(
                select(event.c.subject, event.c.now).where(event.c.subject.startswith("comment:"))
            ).all()
        assert sorted(ids) == sorted(f"sb_k{n:06d}" for n in range(MANY))
        assert states == {"triaged": MANY}
        assert rules == {"default": MANY}
        # The record tells of one reading and one decision each: what a killed worker had not committed never was.
        told = collections.Counter((line.subject, line.now) for line in lines)
        assert set(told.values()) == {1}
        assert len(told) == 2 * MANY
        kind = database_url.partition(":")[0].partition("+")[0]
        seconds = time.monotonic() - began
        print(f"replies-kill: db={kind} comments={MANY} kills={killed} lost=0 doubled=0 seconds={seconds:.0f}")


def _crowd(world: World, post_id: str) -> None:
    now = world.clock.now() - timedelta(minutes=5)
    with world.db.write() as conn:
        for n in range(200):
            world.app.sandbox.enter(conn, f"fan{n}.sandbox")
        rows = [
            {"id": f"sb_k{n:06d}", "account": f"fan{n % 200}.sandbox", "text": f"Comment {n} of a good tea day",
             "language": "en", "visibility": "public", "media": [], "parent_id": post_id, "root_id": post_id,
             "quote_id": "", "created": now, "arrived": now, "visible": now}
            for n in range(MANY)
        ]  # fmt: skip
        conn.execute(insert(sandbox_post), rows)
