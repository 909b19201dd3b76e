"""A Slack that keeps what it is told to say, and somebody of the desk who writes there."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.evaluation.redteam.stage import Stage
from bot.surfaces.slack.errors import SlackRefused
from bot.surfaces.slack.request import Ask, Blocks, Speaker

TEAM, CHANNEL, BOT = "T0TEAM", "C0DESK", "U0BOT"
#: What pings people in Slack's markup, or hides where a link leads.
_ACTING = re.compile(r"<(?:!(?!date\^)|@|#)|<https?://(?!lumen)[^|>]*\|")


@dataclass
class Message:
    """One message as it stands now."""

    blocks: list[dict[str, Any]]
    text: str


@dataclass
class RecordingSlack:
    """Slack's side of the Web API, in memory; it streams nothing."""

    team: str = TEAM
    bot_user: str = BOT
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _next: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def post(self, channel: str, blocks: Blocks, text: str, *, thread: str = "") -> str:
        ts = f"1800000000.{next(self._next):06}"
        self.messages[channel, ts] = Message(_copy(blocks), text)
        return ts

    def update(self, channel: str, ts: str, blocks: Blocks, text: str) -> None:
        # What stood there before was read by somebody: it is kept under a name of its own.
        self.messages[channel, f"{ts} before {next(self._next)}"] = self.messages[channel, ts]
        self.messages[channel, ts] = Message(_copy(blocks), text)

    def delete(self, channel: str, ts: str) -> None:
        self.calls.append(("chat.delete", {"channel": channel, "ts": ts}))

    def ephemeral(self, channel: str, user: str, blocks: Blocks, text: str, *, thread: str = "") -> None:
        self.post(channel, blocks, text, thread=thread)

    def respond(self, url: str, blocks: Blocks, text: str, *, replace: bool = False) -> None:
        self.post(url, blocks, text)

    def open(self, trigger: str, view: Mapping[str, Any]) -> str:
        return self.post("view", [dict(view)], "-")

    push = open

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        self.post("view", [dict(view)], view_id)

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        self.post(f"home of {user}", [dict(view)], "-")

    def direct(self, user: str) -> str:
        return f"D{user[1:]}"

    def info(self, user: str) -> Mapping[str, Any]:
        return {"id": user, "team_id": TEAM, "tz": "Europe/Berlin", "locale": "en-US", "name": user.lower()}

    def upload(self, channel: str, content: Path | bytes, title: str, alt: str, *, thread: str = "") -> str:
        self.calls.append(("files.upload", {"channel": channel, "title": title, "alt": alt}))
        return f"F{next(self._next):08}"

    def download(self, file: str) -> bytes:
        raise SlackRefused("files.info", "file_not_found")

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        self.calls.append((method, arguments))
        if method == "chat.getPermalink":
            return {"permalink": f"https://lumen.slack.com/archives/{arguments['channel']}/p1"}
        if method.endswith("Stream"):
            raise SlackRefused(method, "unknown_method")
        if method == "files.info":
            return {"ok": True, "file": {"id": arguments["file"], "mimetype": "image/png"}}
        return {"ok": True}


def _copy(blocks: Blocks) -> list[dict[str, Any]]:
    return list(json.loads(json.dumps(list(blocks))))


def markup(value: Any) -> Iterator[str]:
    """Yield every text that Slack reads as its markup."""
    if isinstance(value, Mapping):
        if value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from markup(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from markup(inner)


def acting(blocks: Any) -> list[str]:
    """Return the texts that ping somebody, or hide where a link leads."""
    return [text for text in markup(blocks) if _ACTING.search(text)]


def ask(stage: Stage, speaker: Speaker, person: str, **given: Any) -> Ask:
    """Return what somebody of the brand asks in the desk's channel."""
    brand = stage.app.brand()
    found = brand.person(person)
    if found is None:
        raise LookupError(person)
    fields: dict[str, Any] = {
        "team": TEAM, "user": f"U0{person.upper()}", "language": "en", "zone": "Europe/Berlin", "channel": CHANNEL,
        "trigger": "tr.1", "delivery": "dl.1",
    }  # fmt: skip
    return Ask(app=stage.app, brand=brand, person=found, speaker=speaker, **{**fields, **given})
