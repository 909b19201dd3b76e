"""A small stand-in for Slack's Web API, and a hand that sends signed requests: for tests of how requests are taken.

The stateful emulator (tests/servers/slack.py) needs Node; this needs nothing, and counts.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

TEAM, BOT, CHANNEL = "T0LUMEN", "U0SIGNOFF", "C0DESK"
TOKEN, SECRET, OLD_SECRET = "xoxb-for-tests-only", "a-signing-secret-for-tests", "the-secret-from-before"
#: Who is in the workspace: anna, li, sam and ben are linked to the test brand's people by ``link_all``.
USERS: dict[str, dict[str, Any]] = {
    "U0ANNA": {"locale": "en-US", "tz": "Europe/Berlin"},
    "U0LI": {"locale": "zh-CN", "tz": "Asia/Shanghai"},
    "U0SAM": {"locale": "en-GB", "tz": "Europe/London"},
    "U0BEN": {"locale": "en-US", "tz": "America/New_York"},
    "U0STRAY": {"locale": "en-US", "tz": "Europe/Berlin"},
    "U0GUEST": {"locale": "en-US", "tz": "Europe/Berlin", "is_restricted": True},
    "U0OUT": {"locale": "en-US", "tz": "Europe/Berlin", "is_stranger": True, "team_id": "T0OTHER"},
    "U0BOTTY": {"locale": "en-US", "tz": "Europe/Berlin", "is_bot": True},
}
LINKS = {"U0ANNA": "anna", "U0LI": "li", "U0SAM": "sam", "U0BEN": "ben", "U0GUEST": "ben", "U0OUT": "ben",
         "U0BOTTY": "ben"}  # fmt: skip


@dataclass
class StandIn:
    """The Web API as it was called."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    #: What is answered next to a method, before the usual: (status, headers, body).
    instead: dict[str, list[tuple[int, dict[str, str], dict[str, Any]]]] = field(default_factory=dict)
    #: Seconds that every answer takes.
    slow: float = 0.0
    #: Cleared, nothing is answered until it is set.
    go: threading.Event = field(default_factory=threading.Event)
    groups: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=lambda: {k: dict(v) for k, v in USERS.items()})
    _n: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def said(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in list(self.calls) if name == method]

    def answer(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
        time.sleep(self.slow)
        assert self.go.wait(300)
        self.calls.append((method, body))
        if self.instead.get(method):
            return self.instead[method].pop(0)
        more: dict[str, Any] = {}
        if method == "auth.test":
            more = {"team_id": TEAM, "team": "Lumen", "user_id": BOT, "user": "signoff"}
        elif method == "users.info":
            if body["user"] not in self.users:
                return 200, {}, {"ok": False, "error": "user_not_found"}
            user = {"id": body["user"], "team_id": TEAM, "name": body["user"].lower(), **self.users[body["user"]]}
            more = {"user": user}
        elif method == "usergroups.users.list":
            more = {"users": self.groups.get(body["usergroup"], [])}
        elif method == "conversations.open":
            more = {"channel": {"id": "D" + body["users"][1:]}}
        elif method.startswith("views."):
            more = {"view": {"id": f"V{next(self._n)}"}}
        else:
            more = {"ts": f"1700000000.{next(self._n):06d}"}
        return 200, {}, {"ok": True, **more}


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Run the stand-in for as long as the block does."""
    stand = StandIn()
    stand.go.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path, _, query = self.path.partition("?")
            if raw and "json" in (self.headers.get("Content-Type") or ""):
                body = json.loads(raw)
            else:
                body = dict(parse_qsl(raw)) | dict(parse_qsl(query))
            status, headers, answer = stand.answer(path.rpartition("/")[2], body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stand.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- what Slack sends -------------------------------------------------------------------------------------------

_ids = itertools.count(1)


def fresh(prefix: str) -> str:
    """Return an id that was not used before."""
    return f"{prefix}{time.time_ns()}{next(_ids)}"


def command(text: str, user: str = "U0ANNA", url: str = "", **more: str) -> bytes:
    body = {"command": "/signoff", "text": text, "team_id": TEAM, "user_id": user, "channel_id": CHANNEL,
            "trigger_id": fresh("tr"), "response_url": url, "api_app_id": "A1", **more}  # fmt: skip
    return urlencode(body).encode()


def form(payload: Mapping[str, Any]) -> bytes:
    """Return an interaction as Slack sends it."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def press(action: str, value: str, user: str = "U0ANNA", url: str = "", ts: str = "1700000000.1") -> dict[str, Any]:
    return {
        "type": "block_actions", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM},
        "trigger_id": fresh("tr"), "channel": {"id": CHANNEL}, "response_url": url, "api_app_id": "A1",
        "container": {"type": "message", "message_ts": ts, "channel_id": CHANNEL}, "message": {"ts": ts},
        "actions": [{"type": "button", "action_id": action, "value": value, "block_id": "b"}],
    }  # fmt: skip


def submit(callback: str, values: Mapping[str, Any], user: str = "U0ANNA", metadata: str = "") -> dict[str, Any]:
    blocks = [{"type": "input", "block_id": name} for name in values]
    return {
        "type": "view_submission", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM},
        "trigger_id": fresh("tr"), "api_app_id": "A1",
        "view": {"id": "V1", "callback_id": callback, "private_metadata": metadata, "blocks": blocks,
                 "state": {"values": dict(values)}},
    }  # fmt: skip


def event(inner: Mapping[str, Any], **more: Any) -> bytes:
    body = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event_id": fresh("Ev"),
            "event_time": int(time.time()), "event": dict(inner), **more}  # fmt: skip
    return json.dumps(body).encode()


def message(text: str, user: str = "U0ANNA", **more: Any) -> dict[str, Any]:
    ts = f"{time.time():.6f}"
    return {"type": "message", "channel": "D0ANNA", "channel_type": "im", "user": user, "text": text, "ts": ts, **more}


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Return the headers of a request from Slack."""
    stamp = str(int(time.time() if at is None else at))
    kind = "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded"
    made = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}


def send(
    address: tuple[str, int], body: bytes, headers: Mapping[str, str] | None = None, *, path: str = "/slack/events",
    method: str = "POST",
) -> tuple[int, bytes]:  # fmt: skip
    """Send one request; return status and body."""
    conn = http.client.HTTPConnection(*address, timeout=60)
    try:
        conn.request(method, path, body, dict(signed(body) if headers is None else headers))
        answer = conn.getresponse()
        return answer.status, answer.read()
    finally:
        conn.close()


def until(true: Any, seconds: float = 90.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
