"""A stateful emulator of Slack's Web API for as long as a block runs: ``with start_slack() as workspace``.

The emulator keeps users, channels, messages, files and views, and checks the scopes of each token. What it lacks
(Socket Mode, answers to a ``response_url``, user groups, streams, guests, Slack's limits) is added in front of it by
``slack_gateway``; what people do is sent by ``tests/slack/driver.py``.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.servers import setup
from tests.servers.process import free_port, running, wait_for_port

TEAM, OTHER_TEAM = "T000000001", "T0ELSEWHERE"
APP, BOT, BOT_USER = "A0SIGNOFF01", "B0SIGNOFF01", "U0SIGNOFF01"
#: As public as this repository: they open nothing but the emulator.
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-for-tests-only", "xapp-for-tests-only", "signing-secret-for-tests-only"

#: The emulator takes 5,000 calls an hour of one token, and answers the others with 403: everybody has many tokens.
_AN_HOUR, _TOKENS = 4000, 20

#: Who is in the workspace, with what Slack says of them beside their name; the first four are the test brand's people.
ROSTER: dict[str, dict[str, Any]] = {
    "anna": {"locale": "en-US", "tz": "Europe/Berlin"},
    "li": {"locale": "zh-CN", "tz": "Asia/Shanghai"},
    "sam": {"locale": "en-GB", "tz": "Europe/London"},
    "ben": {"locale": "en-US", "tz": "America/New_York"},
    "stray": {"locale": "en-US", "tz": "Europe/Berlin"},
    "guest": {"locale": "en-US", "tz": "Europe/Berlin", "is_restricted": True},
    "visitor": {"locale": "en-US", "tz": "Europe/Berlin", "is_restricted": True, "is_ultra_restricted": True},
    "outsider": {"locale": "en-US", "tz": "Europe/Berlin", "team_id": OTHER_TEAM, "is_stranger": True},
    "robot": {"locale": "en-US", "tz": "Europe/Berlin", "is_bot": True},
}


@dataclass(frozen=True)
class SlackWorkspace:
    """A running emulator: its address and the ids of those who are in it."""

    url: str
    users: dict[str, str]
    scopes: tuple[str, ...]
    _client: httpx.Client = field(repr=False)
    _calls: dict[str, Iterator[int]] = field(default_factory=lambda: defaultdict(itertools.count), repr=False)

    def call(self, method: str, *, token: str = BOT_TOKEN, **body: Any) -> dict[str, Any]:
        """Call one method of the emulator itself, past the gateway; a refusal is an AssertionError."""
        answer: dict[str, Any] = self._client.post(f"/api/{method}", json=body, headers=self.signed(token)).json()
        assert answer.get("ok"), (method, answer)
        return answer

    def signed(self, token: str) -> dict[str, str]:
        """Return the header of a call by the owner of a token, under whichever of the owner's tokens has calls left."""
        return {"Authorization": f"Bearer {_nth(token, next(self._calls[token]) // _AN_HOUR)}"}

    def token(self, name: str) -> str:
        """Return the token with which a person's own messages are written."""
        return f"xoxp-{name}-for-tests-only"

    def channel(self, name: str) -> str:
        """Make a channel that everybody and the bot is in; return its id."""
        channel: str = self.call("conversations.create", token=self.token("anna"), name=name)["channel"]["id"]
        others = [self.users[who] for who in ROSTER if who != "anna"]
        members = ",".join([*others, BOT_USER])
        self.call("conversations.invite", token=self.token("anna"), channel=channel, users=members)
        return channel

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return all that stands in a channel, threads included, oldest first."""
        found = self.call("conversations.history", token=self.token("admin"), channel=channel, limit=1000)["messages"]
        for message in list(found):
            if message.get("reply_count"):
                replies = self.call("conversations.replies", channel=channel, ts=message["ts"], limit=1000)["messages"]
                found += [r for r in replies if r["ts"] not in {m["ts"] for m in found}]
        return sorted(found, key=lambda m: float(m["ts"]))

    def trigger(self, user: str, view: str = "") -> str:
        """Return a trigger id of this user: it opens one modal within three seconds."""
        more = {"view_id": view} if view else {}
        found: str = self.call("views.generateTriggerId", user_id=user, **more)["trigger_id"]
        return found


def _nth(token: str, n: int) -> str:
    return f"{token}-{n}" if n else token


def _seed(scopes: tuple[str, ...]) -> dict[str, Any]:
    person = [*scopes, "channels:manage", "channels:write", "groups:write", "channels:history", "users:read"]
    owners = [{"token": BOT_TOKEN, "user_id": BOT_USER, "bot_id": BOT, "app_id": APP, "scopes": list(scopes)}]
    for name in (*ROSTER, "admin"):
        owners.append({"token": f"xoxp-{name}-for-tests-only", "user": name, "scopes": person})
    tokens = [{**one, "token": _nth(str(one["token"]), n)} for one in owners for n in range(_TOKENS)]
    own = {"app_id": APP, "client_id": "1.2", "client_secret": "unused", "name": "Signoff", "redirect_uris": []}
    return {
        "slack": {
            "strict_scopes": True,
            "signing_secret": SECRET,
            "users": [{"name": name, "real_name": name.title()} for name in ROSTER],
            "oauth_apps": [
                {**own, "bot_id": BOT, "bot_user_id": BOT_USER, "bot_name": "signoff", "scopes": list(scopes)}
            ],
            "tokens": tokens,
        }
    }


@contextmanager
def start_slack(scopes: tuple[str, ...] | None = None) -> Iterator[SlackWorkspace]:
    """Yield a fresh workspace in which the bot has ``scopes`` (the manifest's own unless told); about two seconds."""
    if scopes is None:
        from bot.surfaces.slack import manifest

        scopes = manifest.SCOPES
    home, bluesky = setup.have_slack(), setup.have_bluesky()
    node = setup.node_home(bluesky) if bluesky else None
    if home is None or node is None:
        raise RuntimeError(f"the Slack emulator is missing: {setup.HOW}")
    folder, port = Path(tempfile.mkdtemp(prefix="signoff-slack-")), free_port()
    seed, log = folder / "seed.json", folder / "slack.log"
    # The emulator reads YAML, and JSON is YAML.
    seed.write_text(json.dumps(_seed(scopes)))
    program = home / "node_modules" / "emulate" / "dist" / "index.js"
    url = f"http://127.0.0.1:{port}"
    # Without the address it would name another one, localhost, as the place for files.
    where = ["-p", str(port), "--host", "127.0.0.1", "--base-url", url]
    command = [node / "bin" / "node", program, "start", "-s", "slack", *where, "--seed", seed]
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
    try:
        with running(command, log, env=env) as server:
            wait_for_port(server, port, log)
            with httpx.Client(base_url=url, timeout=30) as client:
                workspace = SlackWorkspace(url, {}, scopes, client)
                for user in workspace.call("users.list", token=workspace.token("admin"), limit=1000)["members"]:
                    workspace.users[user["name"]] = user["id"]
                yield workspace
    finally:
        shutil.rmtree(folder, ignore_errors=True)
