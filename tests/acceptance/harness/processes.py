"""The processes of a run: the workers, and the network outside."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.acceptance.harness.config import ROOT, Run


class NoCompiler(Exception):
    """What sets a process's clock wrong cannot be built here."""


def _wrong_clock(run: Run) -> dict[str, str] | None:
    """Return an environment in which the wall clock is what ``set_clock`` says; None for the ordinary one."""
    if not run.jumping:
        return None
    built = run.path / "wrong_clock.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler
    source = Path(__file__).with_name("wrong_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, source], check=True)
    set_clock(run, 0)
    return {**os.environ, "LD_PRELOAD": str(built), "HARNESS_CLOCK": str(run.path / "clock")}


def set_clock(run: Run, seconds: float) -> None:
    """Set the wall clock of all workers wrong by so many seconds."""
    clock = run.path / "clock"
    if not clock.exists():
        clock.write_bytes(struct.pack("d", 0.0))
    # In place: the workers have this very file in memory.
    with clock.open("r+b", buffering=0) as file:
        file.write(struct.pack("d", float(seconds)))


class Forge:
    """A process that has imported everything and forks workers: of one run after the other, for it takes seconds to
    start."""

    def __init__(self, run: Run, env: dict[str, str] | None) -> None:
        where = run.save()
        self.said = threading.Condition()
        self.owners: dict[int, Pool] = {}
        self.asking: Pool | None = None
        self.answers: list[int] = []
        with (run.path / "pool.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.acceptance.harness.worker", str(where)], cwd=ROOT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True, env=env,
            )  # fmt: skip
        assert self.process.stdout is not None
        if "ready" not in self.process.stdout.readline():
            raise RuntimeError((run.path / "pool.log").read_text())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            with self.said:
                if "pid" in said:
                    assert self.asking is not None
                    # The system gives numbers again: an end that was told before is another process's.
                    self.asking.ended.pop(said["pid"], None)
                    self.owners[said["pid"]] = self.asking
                    self.answers.append(said["pid"])
                elif (pool := self.owners.pop(said["ended"], None)) is not None:
                    pool.alive.pop(said["ended"], None)
                    pool.ended[said["ended"]] = said["status"]
                self.said.notify_all()

    def fork(self, pool: Pool, order: dict[str, Any]) -> int:
        """Fork a worker for a pool; call with ``said`` held."""
        assert self.process.stdin is not None
        self.asking = pool
        self.process.stdin.write(json.dumps({**order, "run": str(pool.run.path / "run.json")}) + "\n")
        self.process.stdin.flush()
        if not self.said.wait_for(lambda: self.answers, 30):
            raise RuntimeError("no worker was started")
        return self.answers.pop(0)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self.process.stdout.close()


_shared: list[Forge] = []


def _forge(run: Run) -> Forge:
    """Return the forge that all ordinary runs of this process share."""
    if not _shared or _shared[0].process.poll() is not None:
        _shared[:] = [Forge(run, None)]
        atexit.register(_shared[0].close)
    return _shared[0]


class Pool:
    """Workers of one run."""

    def __init__(self, run: Run) -> None:
        run.save()
        self.run, self.alive, self.ended = run, dict[int, float](), dict[int, int]()
        env = _wrong_clock(run)
        self._own = Forge(run, env) if env else None
        self._forge = self._own or _forge(run)

    def start(self, **order: Any) -> int:
        """Start a worker and return its process id."""
        with self._forge.said:
            pid = self._forge.fork(self, order)
            if pid not in self.ended:
                self.alive[pid] = time.monotonic()
            return pid

    def kill(self, pid: int) -> None:
        """Kill a worker, and see it gone."""
        self.alive.pop(pid, None)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def wait(self, pid: int, seconds: float) -> int | None:
        """Return a worker's wait status, or None while it lives."""
        with self._forge.said:
            self._forge.said.wait_for(lambda: pid in self.ended, seconds)
            return self.ended.get(pid)

    def close(self) -> None:
        """End every worker of the run."""
        with self._forge.said:
            for pid in self._mine():
                self.kill(pid)
            self._forge.said.wait_for(lambda: not self._mine(), 10)
        if self._own is not None:
            self._own.close()

    def _mine(self) -> list[int]:
        return [pid for pid, pool in self._forge.owners.items() if pool is self]


@contextmanager
def network(run: Run) -> Iterator[None]:
    """Have the network outside running; its port goes into ``run``."""
    where = run.path / "network.json"
    where.write_text(json.dumps(run.network()), encoding="utf-8")
    with (run.path / "network.err").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.harness.network", str(where)], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError((run.path / "network.err").read_text())
        run.port = json.loads(line)["port"]
        yield
    finally:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()
        process.stdout.close()
