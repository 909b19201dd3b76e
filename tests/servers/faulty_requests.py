"""A ``requests`` adapter that watches every request and breaks the ones it is told to.

Mount it through ``Context.transport``. Effects are those of ``tests/servers/faulty.py``; what a platform says when it
refuses comes from the test, because each has its own words.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

#: The request reaches the server, whose answer is then replaced.
_AFTER = ("malformed", "broken_json", "no_names", "empty")


@dataclass(frozen=True)
class Call:
    """A request that left the adapter."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def form(self) -> dict[str, list[str]]:
        """Return the fields of a form."""
        return parse_qs(self.body.decode(), keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def multipart(self) -> dict[str, tuple[str, bytes]]:
        """Return ``{field: (content type, bytes)}`` of an upload."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = message_from_bytes(head + self.body)
        found = {}
        for piece in message.get_payload():
            name = piece.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            found[str(name)] = (piece.get_content_type(), piece.get_payload(decode=True))  # type: ignore[union-attr]
        return found  # type: ignore[return-value]


@dataclass(frozen=True)
class Reply:
    """A whole answer, recorded or made up, to give instead of the server's."""

    status: int
    #: JSON, or the body itself as bytes.
    content: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class _Fault:
    method: str
    path: str
    effect: str | Reply | Callable[[Call], Reply]
    left: int
    where: Callable[[Call], bool] | None = None

    def meets(self, call: Call) -> bool:
        if self.where is not None:
            return self.left > 0 and self.where(call)
        return self.left > 0 and self.method == call.method and call.path.endswith(self.path)


class Faulty(HTTPAdapter):
    """Passes requests on to the real server, save those with a fault waiting for their method and path.

    ``target`` is (method, ending of the path) of the request that publishes; ``refusal`` and ``revocation`` are
    what the platform answers to a bad post and to a dead token.
    """

    def __init__(
        self,
        target: tuple[str, str],
        refusal: Reply = Reply(422, {"error": "Validation failed"}),
        revocation: Reply = Reply(401, {"error": "The access token was revoked"}),
    ) -> None:
        super().__init__()
        self.target, self.refusal, self.revocation = target, refusal, revocation
        self.calls: list[Call] = []
        self._faults: list[_Fault] = []

    def fail(
        self,
        effect: str | Reply | Callable[[Call], Reply],
        method: str = "",
        path: str = "",
        count: int = 1,
        where: Callable[[Call], bool] | None = None,
    ) -> None:
        """Break the next ``count`` requests of ``method`` whose path ends with ``path``; by default the publishing one.

        ``effect`` is a name, a whole Reply, or a function that makes one of the call; ``where`` takes the place of
        method and path.
        """
        if not path:
            method, path = self.target
        self._faults.append(_Fault(method, path, effect, count, where))

    def forget(self) -> None:
        """Take back every fault that is still waiting."""
        self._faults.clear()

    def found(self, method: str, path: str) -> list[Call]:
        """Return the requests that left, by method and ending of the path."""
        return [call for call in self.calls if call.method == method and call.path.endswith(path)]

    def count(self, method: str = "", path: str = "") -> int:
        return len(self.found(method, path) if path else self.found(*self.target))

    def last(self, method: str = "", path: str = "") -> Call:
        return (self.found(method, path) if path else self.found(*self.target))[-1]

    def close(self) -> None:
        """Keep the connections: one adapter serves many sessions. ``end`` closes them."""

    def end(self) -> None:
        super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        call = Call(
            str(request.method), str(request.url), {k.lower(): _text(v) for k, v in request.headers.items()},
            _bytes(request.body),
        )  # fmt: skip
        self.calls.append(call)
        for fault in self._faults:
            if fault.meets(call):
                fault.left -= 1
                return self._break(
                    fault.effect, call, request, lambda: super(Faulty, self).send(request, *args, **more)
                )
        return super().send(request, *args, **more)

    def _break(
        self, effect: Any, call: Call, request: requests.PreparedRequest, real: Callable[[], requests.Response]
    ) -> requests.Response:
        if callable(effect):
            effect = effect(call)
        if isinstance(effect, Reply):
            return _answer(request, effect)
        if effect.endswith("_after_accept") or effect in _AFTER:
            _ = real().content
        if effect.startswith("status_"):
            return _answer(request, Reply(int(effect.removeprefix("status_")), {"error": "Something"}))
        match effect:
            case "timeout_before" | "timeout_after_accept":
                raise requests.ReadTimeout("read timed out", request=request)
            case "reset_after_accept":
                broken = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
                raise requests.ConnectionError(broken, request=request)
            case "hangup_after_accept":
                broken = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionError("closed"))
                raise requests.ConnectionError(broken, request=request)
            case "unreachable":
                cause = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]
                raise requests.ConnectionError(
                    urllib3.exceptions.MaxRetryError(None, call.url, cause),  # type: ignore[arg-type]
                    request=request,
                )
            case "server_error_before" | "server_error_after_accept":
                return _answer(request, Reply(500, {"error": "Internal Server Error"}))
            case "upstream":
                return _answer(request, Reply(502, b"<html>Bad Gateway</html>"))
            case "rate_limit":
                return _answer(request, Reply(429, {"error": "Too many requests"}, (("retry-after", "7"),)))
            case "rate_limit_reset":
                reset = str(int(time.time()) + 40)
                return _answer(request, Reply(429, {"error": "Too many requests"}, (("x-ratelimit-reset", reset),)))
            case "unauthorized" | "revoked":
                return _answer(request, self.revocation)
            case "refuse":
                return _answer(request, self.refusal)
            case "malformed":
                return _answer(request, Reply(200, b"<html>all fine</html>"))
            case "broken_json":
                return _answer(request, Reply(200, b'{"id": "11'))
            case "no_names":
                return _answer(request, Reply(200, {}))
            case "empty":
                return _answer(request, Reply(200, b""))
            case "moved":
                return _answer(request, Reply(307, b"", (("location", "https://elsewhere.invalid/api"),)))
        raise ValueError(effect)


def _answer(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = reply.status, str(request.url), request
    html = isinstance(reply.content, bytes)
    response._content = reply.content if html else json.dumps(reply.content).encode()
    response.headers["content-type"] = "text/html" if html else "application/json"
    response.headers.update(dict(reply.headers))
    response.encoding = "utf-8"
    return response


def _bytes(body: Any) -> bytes:
    """Return what leaves, and leave a file that is sent where it was."""
    if hasattr(body, "read"):
        here = body.tell()
        data: bytes = body.read()
        body.seek(here)
        return data
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
