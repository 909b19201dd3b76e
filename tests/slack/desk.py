"""A world with a channel in Slack, people linked there, and one who follows it: for tests of what Slack is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.clock import FixedClock
from bot.store import chat
from bot.surfaces.slack.follow import Follower
from tests.slack.recorder import CHANNEL, TEAM, Message, Recorder
from tests.world import World


def user(person: str) -> str:
    return f"U0{person.upper()}"


def direct(person: str) -> str:
    """The channel of somebody's direct messages."""
    return f"D0{person.upper()}"


class Desk(World):
    """A world whose people are in Slack, too."""

    def __init__(self, url: str, home: Path, clock: FixedClock, **given: Any) -> None:
        super().__init__(url, home, clock, **{"slack_channel": CHANNEL, **given})
        self.slack = Recorder()
        with self.db.write() as conn:
            for person in self.app.brand().people:
                chat.link(conn, TEAM, user(person.id), "lumen", person.id, person.name)
        self.quietly(digest="off")
        self.follower = Follower(self.app, self.slack)
        self.step()

    def quietly(self, *people: str, **values: Any) -> None:
        """Set something for some people, or for all."""
        with self.db.write() as conn:
            for person in people or [p.id for p in self.app.brand().people]:
                chat.set_setting(conn, TEAM, user(person), **values)

    def step(self) -> None:
        self.follower.step()

    def restart(self) -> None:
        """Follow with another process's memory: none."""
        self.follower.release()
        self.follower = Follower(self.app, self.slack)

    def said(self, channel: str = CHANNEL) -> list[Message]:
        """Return the messages of a channel, oldest first."""
        return [m for m in self.slack.messages.values() if m.channel == channel]

    def told(self, person: str) -> list[Message]:
        return self.said(direct(person))


@contextmanager
def desk(url: str, home: Path, clock: FixedClock, **given: Any) -> Iterator[Desk]:
    with Desk(url, home, clock, **given) as made:
        yield made
