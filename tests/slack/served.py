"""A Signoff that serves Slack over HTTP against the stand-in, with its people linked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import Clock, SystemClock
from bot.store import chat, inbox
from bot.surfaces.slack.app import Serving, serving
from tests.servers.process import wait_for_port
from tests.slack import standin
from tests.slack.standin import StandIn, standing_in
from tests.world import World

ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    world: World
    slack: StandIn
    serving: Serving

    @property
    def at(self) -> tuple[str, int]:
        assert self.serving.heard_at is not None
        return self.serving.heard_at

    @property
    def url(self) -> str:
        """The address for answers."""
        return f"{self.slack.url}/response"

    def send(self, body: bytes, headers: dict[str, str] | None = None, **more: Any) -> int:
        return standin.send(self.at, body, headers, **more)[0]

    def counts(self) -> dict[str, int]:
        with self.world.db.read() as conn:
            return inbox.counts(conn)

    def settle(self) -> None:
        """Wait until every delivery is worked on."""
        standin.until(lambda: not set(self.counts()) & {"pending", "working"})

    @property
    def told(self) -> list[str]:
        """What people were answered by address, oldest first."""
        return [body["text"] for body in self.slack.said("response")]

    def do(self, body: bytes) -> list[str]:
        """Send a request and wait for what comes of it; return what was answered."""
        before = len(self.told)
        assert self.send(body) == 200
        self.settle()
        return self.told[before:]


def link_all(world: World) -> None:
    with world.db.write() as conn:
        for user, person in standin.LINKS.items():
            chat.link(conn, standin.TEAM, user, "lumen", person)


@contextmanager
def served(tmp_path: Path, clock: Clock | None = None, url: str = "", **given: Any) -> Iterator[Served]:
    with (
        standing_in() as slack,
        World(
            url or f"sqlite:///{tmp_path / 'signoff.db'}",
            tmp_path,
            clock or SystemClock(),
            **{
                "slack_bot_token": standin.TOKEN,
                "slack_signing_secret": standin.SECRET,
                "slack_http": "127.0.0.1:0",
                "slack_api_url": f"{slack.url}/api",
                # No test here waits for a model: it is as slow as Slack is told to be, and no model at all.
                "llm_base_url": f"{slack.url}/llm/v1",
                "model_download": False,
                **given,
            },
        ) as world,
    ):
        link_all(world)
        with serving(world.app) as running:
            assert running is not None
            yield Served(world, slack, running)


@contextmanager
def process(world: World, slack: StandIn, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `signoff serve` for as long as the block runs; killed at the end if it still lives."""
    own = {
        "SIGNOFF_HOME": str(world.settings.home),
        "SIGNOFF_DATABASE_URL": world.settings.database,
        "SIGNOFF_SLACK_BOT_TOKEN": standin.TOKEN,
        "SIGNOFF_SLACK_SIGNING_SECRET": standin.SECRET,
        "SIGNOFF_SLACK_API_URL": f"{slack.url}/api",
        "SIGNOFF_SLACK_HTTP": f"127.0.0.1:{port}",
        "SIGNOFF_LLM_DISCOVER": "false",
        "LANGUAGE": "en",
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    with (world.settings.home / "serve.log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for_port(running, port, world.settings.home / "serve.log")
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()
