"""A Mastodon server for as long as a block runs: the package mastodon-mock, ``with start_mastodon() as network``.

It keeps accounts, statuses, notifications, media and idempotency keys. Where it is not like Mastodon (measured with
0.6.1 on 2026-11-22: it counts code points, takes answers to posts that are not there, and says when a rate ends as a
number), tests use recorded answers instead; only its own count of code points is put out of the way here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.process import free_port, running, wait_for_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Login:
    """An account on the server; ``handle`` is how its own server calls it."""

    handle: str
    token: str


@dataclass(frozen=True)
class MastodonNetwork:
    """A running server."""

    url: str

    def new_account(self, name: str, *, bot: bool = False) -> Login:
        """Make an account of one's own, so that tests side by side do not read each other's mail."""
        import httpx

        unique = f"{name}{os.urandom(4).hex()}"
        # Its token belongs to an app with the rights that Signoff needs, as a person's would.
        rights = "read:accounts read:statuses read:notifications write:statuses write:media"
        app = {"client_name": "Signoff", "redirect_uris": "http://127.0.0.1/", "scopes": rights}
        form = {"username": unique, "email": f"{unique}@example.test", "password": unique, "agreement": "true"}
        with httpx.Client(base_url=self.url, timeout=30, verify=False) as client:

            def ask(method: str, path: str, body: dict[str, str], token: str = "") -> dict[str, Any]:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                found: dict[str, Any] = (
                    client.request(method, path, data=body, headers=headers).raise_for_status().json()
                )
                return found

            made = ask("POST", "/api/v1/apps", app)
            keys = {name: made[name] for name in ("client_id", "client_secret")}
            token = ask("POST", "/oauth/token", {"grant_type": "client_credentials", "scope": "write", **keys})
            own = str(ask("POST", "/api/v1/accounts", form, token["access_token"])["access_token"])
            if bot:
                ask("PATCH", "/api/v1/accounts/update_credentials", {"bot": "true"}, own)
        return Login(unique, own)


@contextmanager
def start_mastodon() -> Iterator[MastodonNetwork]:
    """Yield an empty server; everything is gone afterwards."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="signoff-mastodon-") as folder:
        log = Path(folder) / "server.log"
        command = [sys.executable, "-m", "tests.servers.mastodon", "--port", str(port), "--folder", folder]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with running(command, log, env=environment) as server:
            wait_for_port(server, port, log, 60)
            yield MastodonNetwork(f"http://127.0.0.1:{port}")


def main() -> None:
    """Serve until stopped."""
    import uvicorn
    from mastodon_mock.app import create_app
    from mastodon_mock.config import MastodonMockConfig, SeedConfig
    from mastodon_mock.routers import statuses

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--folder", required=True)
    said = words.parse_args()
    statuses.MAX_STATUS_CHARACTERS = 1_000_000  # type: ignore[attr-defined]
    config = MastodonMockConfig(
        domain=f"127.0.0.1:{said.port}", url_scheme="http", seed=SeedConfig(), media_storage_path=said.folder + "/media"
    )
    uvicorn.run(create_app(config), host="127.0.0.1", port=said.port, log_level="warning")


if __name__ == "__main__":
    main()
