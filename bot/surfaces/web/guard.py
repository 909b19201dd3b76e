"""What stands before every page: whose host is meant, who sends a form, how large it is, and the headers of answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import TYPE_CHECKING, Any

from bot.words import say, speaking

if TYPE_CHECKING:
    from bot.clock import Clock

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Where programs ask: by a token alone, so neither cookies nor forms count there.
API = "/api/v1/"
#: Bytes of a form: the longest thread with its descriptions is far below.
LARGEST = 1 << 20
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_PLAIN = {"content-type": "text/plain; charset=utf-8"}


class Guard:
    """An ASGI application around another one. ``origins`` are those that the desk itself is reached under."""

    def __init__(self, inner: ASGI, origins: Collection[str], clock: Clock) -> None:
        self._inner = inner
        self._origins = frozenset(origins)
        #: Another name that leads to this address (DNS rebinding) is somebody else's page.
        self._hosts = frozenset(origin.partition("://")[2] for origin in origins)
        self._secure = any(origin.startswith("https://") for origin in origins)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = self._headers(message.get("headers") or ())
            await send(message)

        given: dict[str, str] = {}
        for raw_name, value in scope["headers"]:
            given.setdefault(raw_name.decode("latin-1").lower(), value.decode("latin-1"))
        with speaking(given.get("accept-language", "en")):
            why, status = self._refused(scope, given), 403
            if given.get("host", "").lower() not in self._hosts:
                why, status = say("This address is not the desk's."), 421
            elif _length(given.get("content-length", "0")) > LARGEST:
                why, status = say("That is more than a form holds."), 413
            if why:
                await _say(answer, status, why, scope["path"])
                return
            try:
                await self._inner(scope, _bounded(receive), answer)
            except _TooLarge:
                if not started:
                    await _say(answer, 413, say("That is more than a form holds."), scope["path"])
            except Exception:
                number = self._clock.new_id("e")
                log.exception("%s: %s %s failed", number, scope["method"], scope["path"][:80])
                if not started:
                    said = say("That did not work, and it is not your fault. Nothing was published by it.")
                    named = say("If you report it, name {id}: it finds the line in the log.", id=number)
                    await _say(answer, 500, f"{said}\n{named}", scope["path"])

    def _refused(self, scope: Scope, given: dict[str, str]) -> str:
        """Return why what would change something is not taken, or an empty text."""
        if scope["method"] in ("GET", "HEAD"):
            return ""
        if scope["path"].startswith(API):
            return _of_program(given)
        if scope["method"] != "POST":
            return say("This address takes only forms.")
        origin, site = given.get("origin", "null"), given.get("sec-fetch-site", "")
        # Without a referrer, browsers send "null" for a form of the page itself; then they say themselves where
        # it came from. https://fetch.spec.whatwg.org/#append-a-request-origin-header (read 2026-11-22)
        if origin in self._origins and site in ("", "same-origin"):
            return ""
        if origin == "null" and site == "same-origin":
            return ""
        return say("This did not come from the desk's own page, so nothing was done.")

    def _headers(self, made: Any) -> list[tuple[bytes, bytes]]:
        names = {bytes(name).lower() for name, _ in made}
        more = dict(HEADERS)
        if b"cache-control" not in names:
            more["cache-control"] = "no-store"
        if self._secure:
            more["strict-transport-security"] = "max-age=31536000"
        ours = [(name.encode(), value.encode()) for name, value in more.items()]
        return [*((n, v) for n, v in made if bytes(n).lower().decode("latin-1") not in more), *ours]


class _TooLarge(Exception):
    """More came than was announced."""


def _bounded(receive: Receive) -> Receive:
    left = LARGEST

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body") or b"")
        if left < 0:
            raise _TooLarge
        return message

    return limited


def _length(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else LARGEST + 1


def _of_program(given: dict[str, str]) -> str:
    """Return why a request to the API that changes something is not taken: a browser never sends one by itself."""
    if "cookie" in given:
        return say("The API takes no cookies: send a token, and nothing else.")
    return ""


async def _say(send: Send, status: int, text: str, path: str) -> None:
    body, kind = f"{text}\n".encode(), _PLAIN
    if path.startswith(API):
        kinds = {403: "cookie", 413: "too-large", 421: "not-found", 500: "fault"}
        said = {"type": f"/api/docs#{kinds[status]}", "title": text.partition("\n")[0], "status": status,
                "detail": text, "next_step": "", "errors": []}  # fmt: skip
        body, kind = json.dumps(said).encode(), {"content-type": "application/problem+json"}
    headers = [(name.encode(), value.encode()) for name, value in kind.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
