"""Copies of the database, taken at any instant of a worker's life: each opens, is whole, and tells one story.

The worker is held still (SIGSTOP) while its files are copied, so a copy is what a machine would find that stopped there
with all its writes done. Writes that a disk lost or turned round are not played. ``COPIES=1000`` takes more of them.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIES = int(os.environ.get("COPIES", "60"))
_WORKER = """
import sys
from pathlib import Path
from bot.clock import FixedClock
from tests.world import World
home = Path(sys.argv[1])
with World(f"sqlite:///{home / 'signoff.db'}", home, FixedClock()) as world:
    print("ready", flush=True)
    n = 0
    while True:
        n += 1
        world.approve(world.draft(f"Post number {n} of a long day."))
        world.drain()
        world.advance(1)
"""
#: What no instant may show: rows of the story that lack the row before them.
_NEVER = {
    "a post without a used-up request":
        "SELECT count(*) FROM post p LEFT JOIN approval_request r ON r.id = p.request_id WHERE r.used IS NULL",
    "a post without a signature":
        "SELECT count(*) FROM post p WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.request_id = p.request_id)",
    "a post without its parts":
        "SELECT count(*) FROM post p WHERE NOT EXISTS (SELECT 1 FROM post_part t WHERE t.post_id = p.id)",
    "a version without a draft":
        "SELECT count(*) FROM draft_version v WHERE NOT EXISTS (SELECT 1 FROM draft d WHERE d.id = v.draft_id)",
    "on the network, and not announced before":
        "SELECT count(*) FROM sandbox_post s WHERE NOT EXISTS (SELECT 1 FROM post p JOIN post_part t "
        "ON t.post_id = p.id WHERE t.attempts > 0 AND s.text = json_extract(p.content, '$.parts[0].text'))",
}  # fmt: skip


@pytest.mark.slow
def test_every_copy_opens_and_tells_one_story(tmp_path: Path) -> None:
    home, chance, seen = tmp_path / "home", random.Random(20261122), set()
    home.mkdir()
    command = [sys.executable, "-c", _WORKER, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == b"ready"
            end = time.monotonic() + 120
            for n in itertools.count():
                if n >= COPIES and (len(seen) >= 3 or time.monotonic() > end):
                    break
                time.sleep(chance.uniform(0.0, 0.03))
                copy = tmp_path / f"copy{n}"
                copy.mkdir()
                worker.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WNOWAIT)
                for file in home.glob("signoff.db*"):
                    shutil.copy(file, copy / file.name)
                worker.send_signal(signal.SIGCONT)
                seen.add(_posts(copy))
                shutil.rmtree(copy)
            assert worker.poll() is None
        finally:
            worker.kill()
    assert len(seen) >= 3  # the worker really worked meanwhile


def _posts(copy: Path) -> int:
    conn = sqlite3.connect(copy / "signoff.db")
    try:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        for what, query in _NEVER.items():
            assert conn.execute(query).fetchone() == (0,), what
        found: int = conn.execute("SELECT count(*) FROM post").fetchone()[0]
        return found
    finally:
        conn.close()
