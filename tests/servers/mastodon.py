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
        body = {"username": unique, "email": f"{unique}@example.test", "password": unique, "agreement": "true"}
        # Its token belongs to an app with the rights that Signoff needs, as a person's would.
        rights = "read:accounts read:statuses read:notifications write:statuses write:media"
        app = self._post(
            "/api/v1/apps", {"client_name": "Signoff", "redirect_uris": "http://127.0.0.1/", "scopes": rights}
        )
        keys = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
        token = self._post("/oauth/token", {"grant_type": "client_credentials", "scope": "write", **keys})
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        answer = httpx.post(f"{self.url}/api/v1/accounts", data=body, headers=headers, timeout=30)
        own = answer.raise_for_status().json()["access_token"]
        mark = {"bot": "true" if bot else "false"}
        where = f"{self.url}/api/v1/accounts/update_credentials"
        httpx.patch(where, data=mark, headers={"Authorization": f"Bearer {own}"}, timeout=30).raise_for_status()
        return Login(unique, own)

    def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        import httpx

        found: dict[str, Any] = httpx.post(self.url + path, data=form, timeout=30).raise_for_status().json()
        return found


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
