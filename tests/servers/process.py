"""Start one server as a process group of its own, and end exactly that one."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def free_port() -> int:
    """Return a loopback port nobody listens on now, from below those that the kernel gives away by itself."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: dict[str, str] | None = None,
    user: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` with its output in ``log`` until the block ends, then stop its whole group."""
    as_user: dict[str, Any] = {"user": user, "group": user_group(user), "extra_groups": []} if user else {}
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            cwd=log.parent,
            start_new_session=True,
            **as_user,
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def user_group(user: str) -> int:
    """Return the main group of ``user``."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def wait_for(process: subprocess.Popen[bytes], log: Path, ready: str, seconds: float) -> str:
    """Return the line of ``log`` that starts with ``ready``; raise with the log's end if it never comes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        for line in lines:
            if line.startswith(ready):
                return line
        if process.poll() is not None:
            break
        time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise RuntimeError(f"{process.args!r} did not become ready in {seconds:.0f} s; {log} ends:\n{tail}")


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 120) -> None:
    """Return once something accepts connections on ``port``."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}:\n{log.read_text(errors='replace')[-2000:]}")
