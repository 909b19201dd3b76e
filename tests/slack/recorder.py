"""A Speaker for tests that keeps what it is told to say, as Slack would: every message and view passes the checker."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.surfaces.slack.request import Ask, Blocks
from tests import slack_blocks
from tests.world import World

TEAM, CHANNEL, BOT = "T0TEAM", "C0DESK", "U0BOT"


@dataclass
class Message:
    """One message as it stands now; ``only_for`` is who alone sees it."""

    channel: str
    ts: str
    blocks: list[dict[str, Any]]
    text: str
    thread: str = ""
    only_for: str = ""
    #: How often it was replaced.
    updates: int = 0

    @property
    def said(self) -> str:
        """All that people read in it."""
        return slack_blocks.said([self.blocks])

    @property
    def buttons(self) -> dict[str, Mapping[str, Any]]:
        return slack_blocks.buttons(self.blocks)


@dataclass
class Recorder:
    """Slack's side of the Web API, in memory. Fails the test on anything that Slack would refuse."""

    team: str = TEAM
    bot_user: str = BOT
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    #: Modals by id, the newest last; views that were replaced are counted in ``view_updates``.
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    view_updates: int = 0
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: By file id: (channel, title, alt text, size).
    uploads: dict[str, tuple[str, str, str, int]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    #: By user: what ``users.info`` says, on top of the usual.
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    responses: list[tuple[str, Message]] = field(default_factory=list)
    #: How often each file was looked at, and how many looks it takes until Slack has read it.
    looks: dict[str, int] = field(default_factory=dict)
    slow: int = 1
    _next: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- the Speaker protocol ------------------------------------------------------------------------------------

    def post(self, channel: str, blocks: Blocks, text: str, *, thread: str = "") -> str:
        return self._keep(channel, blocks, text, thread).ts

    def update(self, channel: str, ts: str, blocks: Blocks, text: str) -> None:
        slack_blocks.check_message(blocks, text)
        message = self.messages[channel, ts]
        message.blocks, message.text, message.updates = _copy(blocks), text, message.updates + 1

    def delete(self, channel: str, ts: str) -> None:
        del self.messages[channel, ts]

    def ephemeral(self, channel: str, user: str, blocks: Blocks, text: str, *, thread: str = "") -> None:
        self._keep(channel, blocks, text, thread).only_for = user

    def respond(self, url: str, blocks: Blocks, text: str, *, replace: bool = False) -> None:
        slack_blocks.check_message(blocks, text)
        self.responses.append((url, Message("", "", _copy(blocks), text, updates=int(replace))))

    def open(self, trigger: str, view: Mapping[str, Any]) -> str:
        slack_blocks.check_view(view)
        assert trigger, "a modal needs a trigger"
        view_id = f"V{next(self._next):06}"
        self.views[view_id] = dict(view)
        return view_id

    push = open

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        slack_blocks.check_view(view)
        assert view_id in self.views
        self.views[view_id] = dict(view)
        self.view_updates += 1

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        slack_blocks.check_view(view)
        self.homes[user] = dict(view)

    def direct(self, user: str) -> str:
        return f"D{user[1:]}"

    def info(self, user: str) -> Mapping[str, Any]:
        usual = {"id": user, "team_id": TEAM, "tz": "Europe/Berlin", "locale": "en-US", "name": user.lower()}
        return {**usual, **self.users.get(user, {})}

    def upload(self, channel: str, content: Path | bytes, title: str, alt: str, *, thread: str = "") -> str:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        assert size, "an empty file cannot be uploaded"
        file_id = f"F{next(self._next):08}"
        self.uploads[file_id] = (channel, title, alt, size)
        return file_id

    def download(self, file: str) -> bytes:
        return self.files[file]

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        self.calls.append((method, arguments))
        if method == "files.info" and arguments["file"] in self.uploads:
            # Slack names a file's type once it has read it, a moment after the upload.
            self.looks[arguments["file"]] = self.looks.get(arguments["file"], 0) + 1
            read = self.looks[arguments["file"]] > self.slow
            return {"ok": True, "file": {"id": arguments["file"], "mimetype": "image/png" if read else ""}}
        return {"ok": True}

    # --- looking at it -------------------------------------------------------------------------------------------

    @property
    def seen(self) -> list[Message]:
        """Return the messages that all in a channel see, oldest first."""
        return [m for m in self.messages.values() if not m.only_for]

    @property
    def whispers(self) -> list[Message]:
        """Return what single people were shown, oldest first, by whatever way."""
        return [m for m in self.messages.values() if m.only_for] + [m for _, m in self.responses]

    @property
    def last(self) -> Message:
        return self.seen[-1]

    @property
    def view(self) -> dict[str, Any]:
        """The modal that was opened last, as it stands."""
        return next(reversed(self.views.values()))

    def _keep(self, channel: str, blocks: Blocks, text: str, thread: str) -> Message:
        slack_blocks.check_message(blocks, text)
        assert channel
        ts = f"1800000000.{next(self._next):06}"
        self.messages[channel, ts] = Message(channel, ts, _copy(blocks), text, thread)
        return self.messages[channel, ts]


def _copy(blocks: Blocks) -> list[dict[str, Any]]:
    import json

    return list(json.loads(json.dumps(list(blocks))))


def ask(world: World, speaker: Recorder, person: str = "li", **given: Any) -> Ask:
    """Return what a person of the world asks in the desk's channel."""
    brand = world.app.brand()
    found = brand.person(person)
    assert found is not None
    fields: dict[str, Any] = {
        "team": TEAM, "user": f"U0{person.upper()}", "language": "en", "zone": "Europe/Berlin", "channel": CHANNEL,
        "trigger": "tr.1", "delivery": "dl.1",
    }  # fmt: skip
    return Ask(app=world.app, brand=brand, person=found, speaker=speaker, **{**fields, **given})


def state(**typed: Any) -> dict[str, Any]:
    """Return the state of a submitted view as Slack sends it: texts, ``date:``/``time:`` by what they look like."""
    found: dict[str, Any] = {}
    for block_id, value in typed.items():
        if isinstance(value, Mapping):
            found[block_id] = {"a": value}
        elif isinstance(value, list):
            chosen = [{"value": v} for v in value]
            found[block_id] = {"a": {"type": "multi_static_select", "selected_options": chosen}}
        else:
            found[block_id] = {"a": {"type": "plain_text_input", "value": value}}
    return found


def day(value: str) -> dict[str, Any]:
    return {"type": "datepicker", "selected_date": value}


def hour(value: str) -> dict[str, Any]:
    return {"type": "timepicker", "selected_time": value}


def choice(value: str) -> dict[str, Any]:
    return {"type": "static_select", "selected_option": {"value": value}}
