"""The people's side of Slack: what is typed, pressed and sent in becomes the requests that Slack would send.

Shapes: https://docs.slack.dev/interactivity and https://docs.slack.dev/apis/events-api (read 2026-11-22).
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from tests import slack_blocks
from tests.servers.slack import APP, BOT_USER, OTHER_TEAM, ROSTER, SECRET, TEAM
from tests.servers.slack_gateway import Gateway

_number = itertools.count(1)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Return the headers with which Slack signs ``body``."""
    stamp = str(int(time.time() if at is None else at))
    made = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}


def encoded(kind: str, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return a request's raw bytes and content type."""
    if kind == "slash_commands":
        return urlencode(dict(payload)).encode(), FORM
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), FORM
    return json.dumps(payload).encode(), JSON


class Transport(Protocol):
    """One way from Slack to Signoff; returns what was answered within three seconds."""

    def __call__(self, kind: str, payload: Mapping[str, Any], *, retry: int = 0) -> dict[str, Any]: ...


class OverHttp:
    """Signed requests to the real HTTP server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(timeout=60)

    def __call__(self, kind: str, payload: Mapping[str, Any], *, retry: int = 0) -> dict[str, Any]:
        body, content = encoded(kind, payload)
        # A repeat is signed anew, with another time: seconds apart, however fast the clock goes on.
        sealed = sign(body, at=time.time() - 10 * retry)
        answer = self.raw(body, content, {**sealed, **({"X-Slack-Retry-Num": str(retry)} if retry else {})})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        if not answer.content:
            return {}
        try:
            read = answer.json()
        except ValueError:
            return {"text": answer.text}
        return read if isinstance(read, dict) else {"text": read}

    def raw(self, body: bytes, content: str, headers: Mapping[str, str]) -> httpx.Response:
        """Send any bytes with any headers."""
        return self._client.post(self.url, content=body, headers={"Content-Type": content, **headers})

    def close(self) -> None:
        self._client.close()


class OverSocket:
    """Envelopes over the connection that Signoff opened."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def __call__(self, kind: str, payload: Mapping[str, Any], *, retry: int = 0) -> dict[str, Any]:
        answer = self._gateway.socket.send(kind, dict(payload), retry=retry)
        assert answer is not None, f"no acknowledgement of {kind}"
        return answer.get("payload") or {}


@dataclass
class SlackUser:
    """One person in the workspace, in one channel."""

    name: str
    gateway: Gateway
    transport: Transport
    channel: str
    #: Every view that this person has open, by id.
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    _triggers: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        return self.gateway.workspace.users[self.name]

    @property
    def team(self) -> str:
        return str(ROSTER.get(self.name, {}).get("team_id", TEAM))

    # --- what people do ---------------------------------------------------------------------------------------

    def command(self, text: str, *, channel: str = "", times: int = 1) -> dict[str, Any]:
        """Type ``/signoff TEXT``; return what was answered at once."""
        return self._send("slash_commands", self.command_payload(text, channel=channel), times)

    def press(self, message: Mapping[str, Any], action: str, *, value: str | None = None, times: int = 1) -> Any:
        """Press a button of a message by its action_id (or what it begins with)."""
        return self._send("interactive", self.press_payload(message, action, value=value), times)

    def press_as(self, action: str, value: str) -> Any:
        """Press a button that stands in a message only this person saw."""
        element = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": "x"}}
        message = {"ts": f"{time.time():.6f}", "text": "", "blocks": [{"type": "actions", "elements": [element]}]}
        return self._send("interactive", self.press_payload(message, action), 1)

    def press_in(self, view: Mapping[str, Any], action: str) -> Any:
        """Press a button of a modal or of the App Home."""
        element = _element(view["blocks"], action)
        container = {"type": "view", "view_id": view["id"]}
        body = self._interaction("block_actions", view_id=str(view["id"]) if view["type"] == "modal" else "")
        body |= {"container": container, "view": view, "actions": [_pressed(element, None)]}
        return self._send("interactive", body, 1)

    def submit(self, view: Mapping[str, Any], *, times: int = 1, **values: Any) -> dict[str, Any]:
        """Send a modal in, with what was filled in by action_id or block_id; the rest stays as it opened."""
        answer = self._send("interactive", self.submit_payload(view, values), times)
        if answer.get("response_action") == "update" and isinstance(answer.get("view"), dict):
            self.views[str(view["id"])] = {**view, **answer["view"]}
        return answer

    def say(self, text: str, *, thread: str = "", channel: str = "", times: int = 1) -> str:
        """Write a message; return its ts."""
        where = channel or self.channel
        more = {"thread_ts": thread} if thread else {}
        token = self.gateway.workspace.token(self.name)
        ts = self.gateway.workspace.call("chat.postMessage", token=token, channel=where, text=text, **more)["ts"]
        kind = "im" if where.startswith("D") else "channel"
        event = {"type": "message", "channel": where, "channel_type": kind, "user": self.id, "text": text, "ts": ts}
        self._send("events_api", self.event_payload({**event, **more, "event_ts": ts}), times)
        return str(ts)

    def mention(self, text: str, *, thread: str = "") -> str:
        """Write ``@signoff TEXT`` in the channel; return the message's ts."""
        whole, more = f"<@{BOT_USER}> {text}", {"thread_ts": thread} if thread else {}
        token = self.gateway.workspace.token(self.name)
        said = self.gateway.workspace.call("chat.postMessage", token=token, channel=self.channel, text=whole, **more)
        event = {"type": "app_mention", "channel": self.channel, "user": self.id, "text": whole, "ts": said["ts"]}
        self._send("events_api", self.event_payload({**event, **more, "event_ts": said["ts"]}), 1)
        return str(said["ts"])

    def open_home(self) -> None:
        """Open the App Home."""
        self._send("events_api", self.event_payload({"type": "app_home_opened", "user": self.id, "tab": "home"}), 1)

    # --- what people see --------------------------------------------------------------------------------------

    def modal(self, callback: str = "", seconds: float = 90) -> dict[str, Any]:
        """Return the modal that opened for this person, as it stands now."""

        def newest(gateway: Gateway) -> dict[str, Any] | None:
            shown: dict[str, dict[str, Any]] = {}
            for call in list(gateway.calls):
                if call.method in ("views.open", "views.push", "views.update") and call.ok:
                    if str(call.body.get("trigger_id")) in self._triggers or call.answer["view"]["id"] in shown:
                        shown[call.answer["view"]["id"]] = call.answer["view"]
            found = [
                v for i, v in shown.items() if i not in self.views and v.get("callback_id", "").startswith(callback)
            ]
            return found[-1] if found else None

        view: dict[str, Any] = self.gateway.until(newest, seconds, f"a modal {callback} for {self.name}")
        return view

    def told(self) -> str:
        """Return everything this person alone was told, as one text."""
        return "\n".join(_said(call.body) for call in self.gateway.told(self.id))

    def is_told(self, words: str, seconds: float = 90) -> str:
        """Wait until this person alone is told ``words``; return all they were told."""
        self.gateway.until(lambda _: words.lower() in self.told().lower(), seconds, f"{self.name} is told {words!r}")
        return self.told()

    def home(self, seconds: float = 90) -> dict[str, Any]:
        """Return the App Home as it stands."""
        mine = lambda gateway: [  # noqa: E731
            c for c in list(gateway.calls) if c.method == "views.publish" and c.body.get("user_id") == self.id and c.ok
        ]
        view: dict[str, Any] = self.gateway.until(mine, seconds, f"the home of {self.name}")[-1].answer["view"]
        return view

    # --- payloads ---------------------------------------------------------------------------------------------

    def command_payload(self, text: str, *, channel: str = "") -> dict[str, Any]:
        return {
            "token": "unused", "team_id": self.team, "team_domain": "emulate", "channel_id": channel or self.channel,
            "channel_name": "social", "user_id": self.id, "user_name": self.name, "command": "/signoff", "text": text,
            "api_app_id": APP, "is_enterprise_install": "false", "trigger_id": self.trigger(),
            "response_url": self.gateway.response_url(self.id),
        }  # fmt: skip

    def press_payload(self, message: Mapping[str, Any], action: str, *, value: str | None = None) -> dict[str, Any]:
        element = _element(message["blocks"], action)
        container = {"type": "message", "message_ts": message["ts"], "channel_id": self.channel, "is_ephemeral": False}
        body = self._interaction("block_actions")
        return body | {
            "container": container, "channel": {"id": self.channel, "name": "social"}, "message": dict(message),
            "state": {"values": {}}, "actions": [_pressed(element, value)],
            "response_url": self.gateway.response_url(self.id),
        }  # fmt: skip

    def submit_payload(self, view: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        filled = {**view, "state": {"values": state(view["blocks"], values)}, "app_id": APP, "team_id": self.team}
        return self._interaction("view_submission") | {"view": filled, "response_urls": []}

    def event_payload(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "token": "unused", "team_id": TEAM, "context_team_id": TEAM, "api_app_id": APP, "type": "event_callback",
            "event": {"team": self.team, **event}, "event_id": f"Ev{next(_number):08d}{time.time_ns()}",
            "event_time": int(time.time()), "is_ext_shared_channel": False,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "enterprise_id": None}],
        }  # fmt: skip

    def trigger(self, view_id: str = "") -> str:
        made = self.gateway.workspace.trigger(self.id, view_id)
        self.gateway.triggers[made] = (self.id, view_id)
        self._triggers.add(made)
        return made

    def _interaction(self, kind: str, view_id: str = "") -> dict[str, Any]:
        return {
            "type": kind, "token": "unused", "api_app_id": APP, "team": {"id": TEAM, "domain": "emulate"},
            "user": {"id": self.id, "username": self.name, "name": self.name, "team_id": self.team},
            "trigger_id": self.trigger(view_id), "enterprise": None, "is_enterprise_install": False,
        }  # fmt: skip

    def _send(self, kind: str, payload: Mapping[str, Any], times: int) -> dict[str, Any]:
        answers = [self.transport(kind, payload, retry=n) for n in range(times)]
        return answers[0]


def _element(blocks: Any, action: str) -> Mapping[str, Any]:
    found = slack_blocks.buttons(blocks)
    names = [name for name in found if name == action or name.startswith((f"{action}.", f"{action}:"))]
    assert names, f"no button {action!r}; there are {sorted(found)}"
    return found[names[0]]


def _pressed(element: Mapping[str, Any], value: str | None) -> dict[str, Any]:
    found = {k: element[k] for k in ("type", "action_id", "text", "value") if k in element}
    if value is not None:
        found["value"] = value
    return {**found, "block_id": "b1", "action_ts": f"{time.time():.6f}"}


def state(blocks: Any, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the state of a modal's inputs as Slack sends it: what it opened with, changed by ``values``."""
    found: dict[str, dict[str, Any]] = {}
    left = set(values)
    for block in blocks:
        for element in _inputs(block):
            action = element["action_id"]
            key = next((k for k in (action, block.get("block_id"), action.split(".")[0]) if k in values), None)
            left.discard(key)  # type: ignore[arg-type]
            found.setdefault(block["block_id"], {})[action] = _filled(element, key is not None, values.get(key or ""))
    assert not left, f"no input for {sorted(left)}; there are {found}"
    return found


def _inputs(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if block["type"] == "input":
        yield block["element"]
    elif block["type"] == "actions":
        yield from (e for e in block["elements"] if e["type"] != "button")
    elif block.get("accessory", {}).get("type", "button") not in ("button", "image"):
        yield block["accessory"]


def _filled(element: Mapping[str, Any], given: bool, value: Any) -> dict[str, Any]:
    kind = element["type"]
    options = {o["value"]: o for o in element.get("options", ())}
    if kind in ("static_select", "radio_buttons"):
        return {"type": kind, "selected_option": options[value] if given else element.get("initial_option")}
    if kind in ("multi_static_select", "checkboxes"):
        picked = [options[v] for v in value] if given else element.get("initial_options", [])
        return {"type": kind, "selected_options": picked}
    if kind in ("datepicker", "timepicker"):
        name = kind.removesuffix("picker")
        return {"type": kind, f"selected_{name}": value if given else element.get(f"initial_{name}")}
    if kind == "file_input":
        return {"type": kind, "files": value if given else []}
    return {"type": kind, "value": value if given else element.get("initial_value")}


def _said(body: Mapping[str, Any]) -> str:
    """Return all that people read of a message."""
    blocks = body.get("blocks")
    return slack_blocks.said([blocks]) if blocks else str(body.get("text") or "")


__all__ = ["OTHER_TEAM", "OverHttp", "OverSocket", "SlackUser", "encoded", "sign", "state"]
