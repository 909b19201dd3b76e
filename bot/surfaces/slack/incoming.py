"""What Slack delivers, read: a word, a button, a form, a message. Nothing in here is believed; it is only read.

Payloads: https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events (read
2026-11-22).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Events that somebody answers; others are acknowledged and left.
MENTION, MESSAGE, HOME = "mention", "message", "home"
COMMAND, ACTION, VIEW, CLOSED, SHORTCUT = "command", "action", "view", "closed", "shortcut"
ASSISTANT, CONTEXT = "assistant", "context"
_EVENTS = {
    "app_mention": MENTION,
    "message": MESSAGE,
    "app_home_opened": HOME,
    "assistant_thread_started": ASSISTANT,
    "assistant_thread_context_changed": CONTEXT,
}
_FORMS = {
    "block_actions": ACTION,
    "view_submission": VIEW,
    "view_closed": CLOSED,
    "shortcut": SHORTCUT,
    "message_action": SHORTCUT,
}
#: Messages of people: everything else under ``message`` is Slack telling about edits, joins and the like.
_WRITTEN = (None, "", "file_share", "thread_broadcast", "assistant_app_thread")


@dataclass(frozen=True)
class Incoming:
    """One delivery."""

    kind: str
    delivery: str
    #: The workspace that it was delivered for, and the one that its user belongs to, where Slack says.
    team: str
    user: str
    user_team: str = ""
    #: The word, the action_id or the callback_id.
    name: str = ""
    channel: str = ""
    thread: str = ""
    message: str = ""
    text: str = ""
    value: str = ""
    trigger: str = ""
    response_url: str = ""
    #: Written by a program.
    bot: bool = False
    #: A direct message.
    direct: bool = False
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def lane(self) -> str:
        """What is answered one after the other: the messages of one thread, and those outside one to us directly."""
        if self.kind in (MENTION, MESSAGE):
            return f"{self.team}/{self.channel}/{self.thread or ('' if self.direct else self.message)}"
        return ""

    @property
    def page(self) -> str:
        """The file name that a word, button or form is found by."""
        return self.name.partition(".")[0]


def read(body: Mapping[str, Any]) -> Incoming | None:
    """Read a delivery; None for one that nobody answers."""
    kind = str(body.get("type") or "")
    if kind == "event_callback":
        return _event(body)
    if kind in _FORMS:
        return _form(body, _FORMS[kind])
    if body.get("command"):
        return _command(body)
    return None


def _command(body: Mapping[str, Any]) -> Incoming:
    trigger, said = _text(body, "trigger_id"), _text(body, "text").strip()
    return Incoming(
        COMMAND, _delivery(body, trigger), _text(body, "team_id"), _text(body, "user_id"), name=said.partition(" ")[0],
        channel=_text(body, "channel_id"), text=said, trigger=trigger,
        response_url=_text(body, "response_url"), body=body,
    )  # fmt: skip


def _form(body: Mapping[str, Any], kind: str) -> Incoming:
    user, view, container = _part(body, "user"), _part(body, "view"), _part(body, "container")
    message, trigger = _part(body, "message"), _text(body, "trigger_id")
    team = _text(_part(body, "team"), "id") or _text(user, "team_id")
    name, value = _text(view, "callback_id") or _text(body, "callback_id"), _text(view, "private_metadata")
    if kind == ACTION:
        pressed = next((a for a in body.get("actions") or () if isinstance(a, Mapping)), {})
        name, value = _text(pressed, "action_id"), _chosen(pressed)
    ts = _text(container, "message_ts") or _text(message, "ts") or _text(body, "message_ts")
    return Incoming(
        kind, _delivery(body, trigger if kind != CLOSED else ""), team, _text(user, "id"),
        user_team=_text(user, "team_id"), name=name,
        channel=_text(_part(body, "channel"), "id") or _text(container, "channel_id"),
        thread=_text(container, "thread_ts") or _text(message, "thread_ts"), message=ts, value=value, trigger=trigger,
        response_url=_text(body, "response_url"), bot=bool(user.get("is_bot")), body=body,
    )  # fmt: skip


def _event(body: Mapping[str, Any]) -> Incoming | None:
    event = _part(body, "event")
    kind = _EVENTS.get(_text(event, "type"))
    if kind is None:
        return None
    if kind == MESSAGE and event.get("subtype") not in _WRITTEN:
        return None
    thread = _part(event, "assistant_thread")
    user = _text(event, "user") or _text(thread, "user_id")
    channel = _text(event, "channel") or _text(thread, "channel_id")
    return Incoming(
        kind, _delivery(body, _text(body, "event_id")), _text(body, "team_id"), user,
        user_team=_text(event, "user_team") or _text(event, "team"), name=_text(event, "tab"), channel=channel,
        thread=_text(event, "thread_ts") or _text(thread, "thread_ts"), message=_text(event, "ts"),
        text=_text(event, "text"), bot=bool(event.get("bot_id") or event.get("app_id")),
        direct=event.get("channel_type") == "im" or channel.startswith("D"), body=body,
    )  # fmt: skip


def _chosen(pressed: Mapping[str, Any]) -> str:
    """Return what a button carries, or what was chosen in a menu."""
    for name in ("value", "selected_date", "selected_time", "selected_user", "selected_channel"):
        if isinstance(pressed.get(name), str):
            return str(pressed[name])
    if pressed.get("selected_date_time") is not None:
        return str(pressed["selected_date_time"])
    if isinstance(pressed.get("selected_option"), Mapping):
        return _text(pressed["selected_option"], "value")
    many = pressed.get("selected_options")
    if isinstance(many, list):
        return ",".join(_text(o, "value") for o in many if isinstance(o, Mapping))
    return ""


def _delivery(body: Mapping[str, Any], given: str) -> str:
    """Return the id that a repeated delivery shares."""
    if 0 < len(given) <= 100:
        return f"{'event' if body.get('event_id') == given else 'trigger'}:{given}"
    said = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return "body:" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""
