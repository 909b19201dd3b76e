"""A PostgreSQL of one's own for as long as a block runs: ``with start_postgres() as url``."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers import setup
from tests.servers.process import free_port, running, user_group


def _unprivileged() -> str | None:
    """Return the user PostgreSQL runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def start_postgres(fsync: bool = False) -> Iterator[str]:
    """Yield the URL of an empty database ``signoff``; everything is gone afterwards."""
    programs = setup.postgres_bin()
    if programs is None:
        raise RuntimeError(f"PostgreSQL is missing: {setup.HOW}")
    user, folder = _unprivileged(), Path(tempfile.mkdtemp(prefix="signoff-pg-"))
    as_user: dict[str, Any] = {"user": user, "group": user_group(user), "extra_groups": []} if user else {}
    if user:
        shutil.chown(folder, user, user_group(user))
    try:
        data, port = folder / "data", free_port()
        options = ["-A", "trust", "-U", "signoff", "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(data)]
        initdb = [str(programs / "initdb"), *options]
        made = subprocess.run(initdb, capture_output=True, text=True, cwd=folder, check=False, **as_user)
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "max_connections": "200"}
        if not fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        with running(command, folder / "postgres.log", user=user, stop=signal.SIGINT) as server:
            _create_database(programs, port, server, folder / "postgres.log")
            yield f"postgresql://signoff@127.0.0.1:{port}/signoff"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create_database(programs: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    command: list[str | Path] = [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "signoff", "signoff"]
    until = time.monotonic() + 60
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
