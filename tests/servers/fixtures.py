"""Real servers as pytest fixtures: one of each for a whole run, shared by all of xdist's workers."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.servers import setup
from tests.servers.bluesky import BlueskyNetwork
from tests.servers.mastodon import MastodonNetwork
from tests.servers.process import wait_for
from tests.servers.slack import SlackWorkspace, start_slack
from tests.servers.slack_gateway import Gateway, gateway

ROOT = Path(__file__).resolve().parents[2]


def left_out(what: str) -> None:
    """Skip, saying what was left out and how to get it; in CI that is a failure, never a silence."""
    reason = f"left out: {what}: {setup.HOW}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def shared(server: str, folder: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield where ``server`` is: the first worker to ask starts it, the last one to leave stops it.

    1. Under a file lock: read the note of a running server, or start one and write the note.
    2. Count ourselves in; use it without the lock.
    3. Under the lock: count ourselves out; at zero send SIGTERM and remove the note.
    """
    note, lock, log = folder / f"{server}.json", folder / f"{server}.lock", folder / f"{server}.log"
    with _locked(lock):
        state = json.loads(note.read_text()) if note.exists() else None
        if state is None:
            log.unlink(missing_ok=True)
            # xdist's workers are children of the process that runs the whole session.
            parent = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
            command = [sys.executable, "-m", "tests.servers.run", server, "--parent", str(parent)]
            with log.open("wb") as out:
                process = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                )
            state = {"users": 0, "pid": process.pid, "found": json.loads(wait_for(process, log, '{"ready"', seconds))}
            # The process outlives this object on purpose; without this Python warns about it.
            process.returncode = 0
        state["users"] += 1
        note.write_text(json.dumps(state))
    try:
        yield state["found"]
    finally:
        with _locked(lock):
            state = json.loads(note.read_text())
            state["users"] -= 1
            note.write_text(json.dumps(state))
            if state["users"] == 0:
                note.unlink()
                _end(state["pid"], log)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _end(pid: int, log: Path) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 20
    while time.monotonic() < until and '{"stopped"' not in log.read_text(errors="replace"):
        time.sleep(0.1)
    with suppress(ChildProcessError):
        # Ours to reap if this worker started it.
        os.waitpid(pid, os.WNOHANG)


def _run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, shared by the run: use a schema or database of your own."""
    if setup.postgres_bin() is None:
        left_out("PostgreSQL")
    with shared("postgres", _run_folder(tmp_path_factory), 60) as found:
        yield str(found["url"])


@pytest.fixture(scope="session")
def bluesky_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlueskyNetwork]:
    """Bluesky's PDS and AppView; the PDS alone where PostgreSQL or Redis is missing (not in CI)."""
    if setup.have_bluesky() is None:
        left_out("Bluesky's servers")
    whole = setup.postgres_bin() is not None and setup.redis_server() is not None
    if not whole and os.environ.get("CI"):
        left_out("PostgreSQL or Redis, which Bluesky's AppView needs")
    with shared("bluesky" if whole else "pds", _run_folder(tmp_path_factory), 240) as found:
        yield BlueskyNetwork.read(dict(found))


@pytest.fixture(scope="session")
def mastodon_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MastodonNetwork]:
    """A Mastodon server, shared by the run: use accounts of your own."""
    with shared("mastodon", _run_folder(tmp_path_factory), 90) as found:
        yield MastodonNetwork(found["url"])


@pytest.fixture(scope="session")
def slack_workspace() -> Iterator[SlackWorkspace]:
    """A Slack workspace for all tests of this process: use channels of your own."""
    if setup.have_slack() is None:
        left_out("the Slack emulator")
    with start_slack() as workspace:
        yield workspace


@pytest.fixture
def slack_gateway(slack_workspace: SlackWorkspace) -> Iterator[Gateway]:
    """What stands before the workspace, with a record of what this test asked of it."""
    with gateway(slack_workspace) as made:
        yield made
