"""An HTTP transport that watches every request and breaks the ones it is told to."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Call:
    """A request that left the adapter."""

    nsid: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Faulty(httpx.BaseTransport):
    """Passes requests on to the real server, save those with a fault waiting for their method."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.calls: list[Call] = []
        self._faults: list[tuple[str, str]] = []
        self._answers: dict[str, httpx.Response] = {}

    def fail(self, effect: str, nsid: str = "com.atproto.repo.createRecord", count: int = 1) -> None:
        """Break the next ``count`` requests to ``nsid``."""
        self._faults += [(nsid, effect)] * count

    def answer(self, nsid: str, status: int, headers: Mapping[str, str] | None, body: bytes) -> None:
        """Answer every request to ``nsid`` so until ``mend``; the server is not asked."""
        kind = {} if body[:1] == b"<" or not body else {"content-type": "application/json"}
        where = {"location": "https://elsewhere.invalid/xrpc"} if 300 <= status < 400 else {}
        self._answers[nsid] = httpx.Response(status, content=body, headers={**kind, **where, **(headers or {})})

    def mend(self) -> None:
        """Break nothing any more."""
        self._answers.clear()
        self._faults.clear()

    def count(self, nsid: str) -> int:
        """Return how many requests to ``nsid`` left."""
        return sum(call.nsid == nsid for call in self.calls)

    def last(self, nsid: str) -> Call:
        """Return the latest request to ``nsid``."""
        return [call for call in self.calls if call.nsid == nsid][-1]

    def close(self) -> None:
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        nsid = request.url.path.rpartition("/")[2]
        self.calls.append(Call(nsid, dict(request.headers), request.read()))
        if (said := self._answers.get(nsid)) is not None:
            return httpx.Response(said.status_code, headers=said.headers, content=said.content)
        waiting = next((fault for fault in self._faults if fault[0] == nsid), None)
        if waiting is None:
            return self._inner.handle_request(request)
        self._faults.remove(waiting)
        return self._break(waiting[1], request)

    def _break(self, effect: str, request: httpx.Request) -> httpx.Response:
        if effect.endswith("_after_accept") or effect in ("malformed", "broken_json", "no_names"):
            self._inner.handle_request(request).read()
        match effect:
            case "timeout_before" | "timeout_after_accept":
                raise httpx.ReadTimeout("read timed out", request=request)
            case "reset_after_accept":
                raise httpx.ReadError("connection reset by peer", request=request)
            case "hangup_after_accept":
                raise httpx.RemoteProtocolError("server disconnected without sending a response", request=request)
            case "unreachable":
                raise httpx.ConnectError("connection refused", request=request)
            case "server_error_before" | "server_error_after_accept":
                return _no(500, "InternalServerError", "Internal Server Error")
            case "upstream":
                return _no(502, "UpstreamFailure", "Upstream service unreachable")
            case "rate_limit":
                return _no(429, "RateLimitExceeded", "Rate Limit Exceeded", {"retry-after": "7"})
            case "rate_limit_reset":
                reset = {"ratelimit-reset": str(int(time.time()) + 40), "date": ""}
                return _no(429, "RateLimitExceeded", "Rate Limit Exceeded", reset)
            case "refuse":
                return _no(400, "InvalidRequest", "Invalid app.bsky.feed.post record: string too big at $.record.text")
            case "expired":
                return _no(400, "ExpiredToken", "Token has expired")
            case "unauthorized":
                return _no(401, "AuthenticationRequired", "Authentication Required")
            case "revoked":
                return _no(401, "AccountTakedown", "Account has been taken down")
            case "malformed":
                return httpx.Response(200, text="<html>all fine</html>")
            case "broken_json":
                return httpx.Response(200, content=b'{"uri": "at', headers={"content-type": "application/json"})
            case "no_names":
                return httpx.Response(200, json={})
            case "moved":
                return httpx.Response(307, headers={"location": "https://elsewhere.invalid/xrpc"})
        raise ValueError(effect)


def _no(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": error, "message": message}, headers=headers)
