"""Who works no more: a process that ended, also one that nobody has waited for yet."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.store import leases
from bot.workflow import turn
from tests.world import World

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="start times of processes are read from /proc")


def _name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{turn._started(pid)}:1"


def test_a_process_that_was_killed_is_gone_before_anybody_waits_for_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        name = _name(child.pid)
        assert not turn.gone(name)
        child.kill()
        until = time.monotonic() + 60
        while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < until
            time.sleep(0.01)
        assert turn.gone(name)
    finally:
        child.kill()
        child.wait()


def test_a_living_process_is_not_gone() -> None:
    assert not turn.gone(_name(os.getpid()))


def test_a_login_that_a_dead_process_was_renewing_is_free_at_once(world: World) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    name = _name(child.pid)
    assert leases.take(world.db, "vault:bluesky:main:session", name, 60) == 1
    child.kill()
    child.wait()
    before = world.clock.now()
    with world.app.vault.of("bluesky:main").lock("session"):
        assert world.clock.now() == before
