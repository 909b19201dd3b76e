"""Bluesky's own servers for as long as a block runs: ``with start_bluesky(appview=True) as network``."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import setup
from tests.servers.postgres import start_postgres
from tests.servers.process import free_port, running, wait_for, wait_for_port


@dataclass(frozen=True)
class Login:
    """A test account; its password is as public as this repository."""

    handle: str
    password: str
    did: str


@dataclass(frozen=True)
class BlueskyNetwork:
    """A running network. ``appview_url`` is None where only the PDS runs."""

    pds_url: str
    plc_url: str
    appview_url: str | None
    admin_password: str
    accounts: dict[str, Login]

    def new_account(self, name: str) -> Login:
        """Make an account of one's own, so that tests side by side do not read each other's mail."""
        import httpx

        unique = f"{name}{os.urandom(4).hex()}"
        body = {"handle": f"{unique}.test", "password": f"{name}-pass-{unique}", "email": f"{unique}@example.test"}
        answer = httpx.post(f"{self.pds_url}/xrpc/com.atproto.server.createAccount", json=body, timeout=30)
        return Login(body["handle"], body["password"], answer.raise_for_status().json()["did"])

    def login(self, handle: str, password: str) -> Login:
        """Return an account that is there already."""
        import httpx

        where, params = f"{self.pds_url}/xrpc/com.atproto.identity.resolveHandle", {"handle": handle}
        answer = httpx.get(where, params=params, timeout=30)
        return Login(handle, password, answer.raise_for_status().json()["did"])

    @classmethod
    def read(cls, found: dict[str, Any]) -> BlueskyNetwork:
        """Make one from the line that the start script prints."""
        logins = {name: Login(**login) for name, login in found.pop("accounts").items()}
        return cls(accounts=logins, **{name: found[name] for name in cls.__dataclass_fields__ if name != "accounts"})


@contextmanager
def start_redis() -> Iterator[str]:
    """Yield ``host:port`` of an empty Redis."""
    program = setup.redis_server()
    if program is None:
        raise RuntimeError(f"Redis is missing: {setup.HOW}")
    folder, port = Path(tempfile.mkdtemp(prefix="signoff-redis-")), free_port()
    command: list[str | Path] = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    try:
        with running(command, folder / "redis.log") as server:
            wait_for_port(server, port, folder / "redis.log")
            yield f"127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def start_bluesky(
    appview: bool = True, accounts: tuple[str, ...] = ("brand", "fan"), rate_limits: bool = False
) -> Iterator[BlueskyNetwork]:
    """Yield a fresh network with ``accounts``; about 15 s with the AppView (PostgreSQL, Redis), 10 s without."""
    home = setup.have_bluesky()
    node = setup.node_home(home) if home else None
    if home is None or node is None:
        raise RuntimeError(f"Bluesky's servers are missing: {setup.HOW}")
    folder = Path(tempfile.mkdtemp(prefix="signoff-bluesky-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(folder),
            # The PDS keeps its data and blobs here.
            "TMPDIR": str(folder),
            "NODE_ENV": "test",
            "LOG_ENABLED": "false",
            "BLUESKY_HOME": str(home),
            "PORTS": ",".join(str(free_port()) for _ in range(4)),
            "ACCOUNTS": ",".join(accounts),
            "RATE_LIMITS": "1" if rate_limits else "0",
        }
        if appview:
            env["DB_POSTGRES_URL"] = stack.enter_context(start_postgres())
            env["REDIS_HOST"] = stack.enter_context(start_redis())
        log = folder / "bluesky.log"
        start = Path(setup.HERE / "bluesky" / "start.mjs")
        server = stack.enter_context(running([node / "bin" / "node", start], log, env=env))
        yield BlueskyNetwork.read(json.loads(wait_for(server, log, '{"ready":true', seconds=180)))
