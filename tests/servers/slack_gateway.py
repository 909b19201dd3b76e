"""What stands between Signoff and the Slack emulator in the tests: it adds what the emulator lacks, and keeps a record.

Added, as Slack documents it (https://docs.slack.dev/reference/methods, read 2026-11-22): Socket Mode's
``apps.connections.open``, ``response_url``, user groups, streamed messages, the assistant's threads, guests and
strangers in ``users.info``, the granted scopes in a header, 429 on request, and the limits of blocks and texts: what
Slack would refuse as ``invalid_blocks`` or ``msg_too_long`` is refused here.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.servers.slack import APP_TOKEN, BOT_TOKEN, ROSTER, TEAM, SlackWorkspace
from tests.servers.slack_socket import SocketMode

#: What each method that the emulator does not know needs.
_NEEDS = {
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
}
_SAYING = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@dataclass(frozen=True)
class Call:
    """One call that Signoff made: its method (or ``response_url``), what it said, and what it was told."""

    method: str
    body: dict[str, Any]
    answer: dict[str, Any]

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks of the message or view."""
        found = self.body.get("blocks") or (self.body.get("view") or {}).get("blocks") or []
        return list(found)


class Gateway:
    """The address that Signoff is given as Slack's, with the record of all it was asked."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self.socket = SocketMode()
        self.calls: list[Call] = []
        #: User groups: id -> (handle, names of the people in it).
        self.groups: dict[str, tuple[str, tuple[str, ...]]] = {}
        #: Scopes that were granted; setting fewer makes the calls that need the others fail.
        self.granted = list(workspace.scopes)
        #: ``response_url`` id -> user who may read what is answered there.
        self.answers: dict[str, str] = {}
        #: Triggers given out by tests: (user, view). Each opens one view.
        self.triggers: dict[str, tuple[str, str]] = {}
        self._spent: set[str] = set()
        self._refusals: dict[str, list[int]] = {}
        self._streams: dict[tuple[str, str], str] = {}
        self._changed = threading.Condition()
        self._client = httpx.Client(base_url=workspace.url, timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.api = f"{self.url}/api/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        self.socket.close()
        self._client.close()

    # --- what tests ask and set -------------------------------------------------------------------------------

    def refuse(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of ``method`` with 429."""
        self._refusals.setdefault(method, []).extend([retry_after] * times)

    def response_url(self, user: str) -> str:
        """Return an address at which an answer to this user is heard."""
        made = uuid.uuid4().hex
        self.answers[made] = user
        return f"{self.url}/respond/{made}"

    def until(self, what: Callable[[Gateway], Any], seconds: float = 120, why: str = "") -> Any:
        """Return the first true value of ``what(self)``, which is asked after each call and ten times a second."""
        end = time.monotonic() + seconds
        while not (found := what(self)) and time.monotonic() < end:
            with self._changed:
                self._changed.wait(0.1)
        said = "\n".join(f"  {c.method} {json.dumps(c.body, ensure_ascii=False)[:300]}" for c in self.calls[-8:])
        assert found, f"{why or 'it'} did not happen in {seconds} s; the last calls:\n{said}"
        return found

    def told(self, user: str) -> list[Call]:
        """Return what this user alone was told: beside a message, at a response_url; oldest first."""
        return [
            call
            for call in list(self.calls)
            if call.ok and call.method in ("chat.postEphemeral", "response_url") and call.body.get("user") == user
        ]

    def refused(self) -> list[Call]:
        """Return the calls that Slack would not have taken."""
        return [call for call in list(self.calls) if not call.ok and call.answer.get("error") != "ratelimited"]

    # --- answering --------------------------------------------------------------------------------------------

    def take(self, method: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Answer one call and keep it."""
        head = {"X-OAuth-Scopes": ",".join(self.granted)} if token == BOT_TOKEN else {}
        if self._refusals.get(method):
            after = self._refusals[method].pop(0)
            self._keep(Call(method, body, {"ok": False, "error": "ratelimited"}))
            return 429, {"ok": False, "error": "ratelimited"}, {**head, "Retry-After": str(after)}
        answer = self._answer(method, token, body)
        self._keep(Call(method, body, answer))
        return 200, answer, head

    def _keep(self, call: Call) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    def _answer(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if method == "apps.connections.open":
            return {"ok": True, "url": self.socket.url()} if token == APP_TOKEN else _error("not_allowed_token_type")
        if token != BOT_TOKEN:
            # The emulator takes any token; Slack does not.
            return _error("invalid_auth" if token else "not_authed")
        needed = _NEEDS.get(method)
        if needed and needed not in self.granted:
            return {**_error("missing_scope"), "needed": needed, "provided": ",".join(self.granted)}
        if fault := limits(method, body):
            return fault
        if method == "usergroups.list":
            made = [{"id": i, "handle": h, "name": h, "team_id": TEAM} for i, (h, _) in self.groups.items()]
            return {"ok": True, "usergroups": made}
        if method == "usergroups.users.list":
            group = self.groups.get(str(body.get("usergroup")))
            return (
                {"ok": True, "users": [self.workspace.users[n] for n in group[1]]}
                if group
                else _error("no_such_subteam")
            )
        if method.endswith("Stream"):
            return self._stream(method, token, body)
        if method.startswith("assistant."):
            return {"ok": True}
        if method in ("views.open", "views.push"):
            given = str(body.get("trigger_id"))
            if given in self._spent:
                return _error("exchanged_trigger_id")
            if of := self.triggers.pop(given, None):
                # The emulator's live two to three seconds, which a busy machine may need to come this far.
                self._spent.add(given)
                body = {**body, "trigger_id": self.workspace.trigger(*of)}
        return self._forward(method, token, body)

    def _forward(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        # Its form reader takes texts only, its JSON reader everything.
        answer = self._client.post(f"/api/{method}", json=body, headers=self.workspace.signed(token))
        # Files are taken and given here, too: Slack's addresses are all of one house.
        said = answer.text.replace(self.workspace.url, self.url)
        found: dict[str, Any] = json.loads(said) if answer.status_code < 500 else _error("internal_error")
        if method == "users.info" and found.get("ok"):
            found["user"] |= ROSTER.get(found["user"]["name"], {})
        return found

    def _stream(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """Keep a streamed message as one that is posted and updated."""
        said = str(body.get("markdown_text") or "") + "".join(
            str(chunk.get("text") or "") for chunk in body.get("chunks") or [] if isinstance(chunk, dict)
        )
        channel = str(body.get("channel"))
        if method == "chat.startStream":
            if not body.get("thread_ts"):
                return _error("invalid_arguments")
            more = {"channel": channel, "thread_ts": body["thread_ts"], "text": said or "…"}
            answer = self._forward("chat.postMessage", token, more)
            self._streams[channel, answer["ts"]] = said
            return answer
        key = (channel, str(body.get("ts")))
        if key not in self._streams:
            return _error("message_not_in_streaming_state")
        self._streams[key] += said
        more = {"channel": channel, "ts": key[1], "text": self._streams[key] or "…"}
        if method == "chat.stopStream":
            del self._streams[key]
            more |= {"blocks": body["blocks"]} if body.get("blocks") else {}
        return self._forward("chat.update", token, more)

    def respond(self, made: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Take an answer at a response_url: five at most, as Slack allows."""
        user = self.answers.get(made)
        heard = sum(1 for call in self.calls if call.method == "response_url" and call.body.get("_id") == made)
        kept = {**body, "_id": made, "user": user}
        if user is None or heard >= 5:
            answer: dict[str, Any] = _error("used_url" if user else "expired_url")
        else:
            answer = limits("response_url", body) or {"ok": True}
        self._keep(Call("response_url", kept, answer))
        return (200 if answer["ok"] else 404), answer, {}


def _error(name: str) -> dict[str, Any]:
    return {"ok": False, "error": name}


def limits(method: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """Return Slack's refusal of a message or view that is beyond its limits."""
    from tests import slack_blocks

    view, blocks, text = body.get("view"), body.get("blocks"), str(body.get("text") or "")
    if len(text) > slack_blocks.MESSAGE_TEXT:
        return _error("msg_too_long")
    try:
        if isinstance(view, dict):
            slack_blocks.check_view(view)
        elif blocks and (method in _SAYING or method in ("response_url", "chat.stopStream")):
            slack_blocks.check_message(blocks, text or " ")
    except slack_blocks.Wrong as wrong:
        return {**_error("invalid_blocks"), "response_metadata": {"messages": str(wrong).splitlines()[:9]}}
    return None


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = urlsplit(self.path)
            kind, _, name = asked.path[1:].partition("/")
            if kind in ("upload", "files-pri"):
                return self.file(raw)
            body = dict(parse_qsl(asked.query)) | _body(self.headers.get("Content-Type") or "", raw)
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or str(body.pop("token", ""))
            if kind == "respond":
                status, answer, head = gateway.respond(name, body)
            else:
                status, answer, head = gateway.take(name, token, body)
            self.answer(status, json.dumps(answer).encode(), {**head, "Content-Type": "application/json"})

        def file(self, raw: bytes) -> None:
            """Pass a file on."""
            kept = {k: v for k, v in self.headers.items() if k in ("Content-Type", "Authorization")}
            found = gateway._client.request(self.command, self.path, content=raw, headers=kept)
            self.answer(found.status_code, found.content, {"Content-Type": found.headers.get("Content-Type", "")})

        def answer(self, status: int, made: bytes, head: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**head, "Content-Length": str(len(made))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(made)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing: the record is in ``calls``."""

    return Handler


def _body(kind: str, raw: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        read: dict[str, Any] = json.loads(raw or b"{}")
        return read
    found: dict[str, Any] = dict(parse_qsl(raw.decode(), keep_blank_values=True))
    for name, value in found.items():
        # slack_sdk sends lists and objects as JSON inside the form.
        if name not in ("text", "markdown_text", "token") and value[:1] in ("[", "{"):
            found[name] = json.loads(value)
    return found


@contextmanager
def gateway(workspace: SlackWorkspace) -> Iterator[Gateway]:
    """Yield a gateway of one's own before ``workspace``."""
    made = Gateway(workspace)
    try:
        yield made
    finally:
        made.close()
