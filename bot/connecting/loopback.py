"""Where a browser comes back to after a consent: a server on this machine that hears one answer and closes.

Native apps receive the answer on a loopback address: RFC 8252, section 7.3. https://www.rfc-editor.org/rfc/rfc8252
(read 2026-11-22)
"""

from __future__ import annotations

import hmac
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.errors import BadInput
from bot.platforms.terms import RETURN_ADDRESS
from bot.words import say

_PATH = urlsplit(RETURN_ADDRESS).path
PORT = urlsplit(RETURN_ADDRESS).port or 0
#: Seconds that a person has for reading, logging in and agreeing.
PATIENCE = 300.0

_DONE = "You can close this window and go back to Signoff.", "可以关闭此窗口，回到 Signoff。"
_WRONG = (
    "This answer does not belong to the question that Signoff asked. Go back to Signoff.",
    "这个答复与 Signoff 提出的请求不符。请回到 Signoff 查看。",
)
_USED = "Signoff has had its answer already. You can close this window.", "Signoff 已收到答复，可以关闭此窗口。"
_NOTHING = "There is nothing here.", "这里没有内容。"


def address(port: int) -> str:
    """Return the address that a browser comes back to on ``port``."""
    return f"http://127.0.0.1:{port}{_PATH}"


def returned(query: str) -> dict[str, str]:
    """Return the parameters that came back in an address."""
    return dict(parse_qsl(query, keep_blank_values=True))


def belongs(found: dict[str, str], expected: dict[str, str]) -> bool:
    """Say, in constant time, whether an answer belongs to the question that ``expected`` was part of.

    OAuth 1 names the token by ``denied`` where the person said no.
    """
    given = {**found, "oauth_token": found.get("oauth_token") or found.get("denied", "")}
    right = bool(expected)
    for name, value in expected.items():
        right &= hmac.compare_digest(given.get(name, "").encode(), value.encode())
    return right


class Loopback:
    """A server on 127.0.0.1 that takes one answer. Use it as a context manager."""

    def __init__(self, port: int = PORT) -> None:
        """Listen on ``port``, any free one for 0. Raises BadInput where it is taken."""
        self._expected: dict[str, str] = {}
        self._answer: dict[str, str] | None = None
        self._wrong = False
        self._heard, self._guard = threading.Event(), threading.Lock()
        try:
            self._server = _Server(("127.0.0.1", port), self)
        except (OSError, OverflowError):
            raise BadInput(
                say("Port {port} on this machine is in use.", port=port),
                next_step=say("Choose another with --port, and enter its address at the platform too."),
            ) from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def redirect(self) -> str:
        return address(self.port)

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def expect(self, expected: dict[str, str]) -> None:
        """Say which parameters, such as ``state``, an answer must bring back; until then none is taken."""
        self._expected = expected

    def wait(self, seconds: float = PATIENCE) -> dict[str, str]:
        """Return what the browser brought. Raises BadInput when nothing came, or another's answer."""
        if not self._heard.wait(seconds):
            raise BadInput(
                say("Nobody came back from the browser within {n} minutes.", n=round(seconds / 60) or 1),
                next_step=say("Try again; on a machine without a browser, use --no-browser."),
            )
        if self._wrong or self._answer is None:
            raise strayed()
        return self._answer

    def take(self, query: str) -> tuple[int, tuple[str, str]]:
        """Hear an answer; return the status and the words of the page that the person sees."""
        with self._guard:
            if self._heard.is_set():
                return 410, _USED
            if not self._expected:
                return 404, _NOTHING
            found = returned(query)
            if belongs(found, self._expected):
                self._answer = found
            else:
                self._wrong = True
            self._heard.set()
            return (400, _WRONG) if self._wrong else (200, _DONE)


def strayed() -> BadInput:
    """Return the error for an answer that does not belong to the question."""
    return BadInput(
        say("What came back does not belong to this attempt; it was not used."),
        next_step=say("Start again, and use only the page that this attempt opens."),
    )


class _Server(ThreadingHTTPServer):
    """Threads, because browsers open connections in advance and leave them idle."""

    daemon_threads = True
    block_on_close = False
    #: Two programs must not share the port: one would get the other's answer.
    allow_reuse_port = False

    def __init__(self, place: tuple[str, int], door: Loopback) -> None:
        self.door = door
        super().__init__(place, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a traceback could hold the query."""
        return


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server: _Server
    server_version, sys_version = "Signoff", ""

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        # Another name that leads here is another site's: https://owasp.org/www-community/attacks/DNS_Rebinding
        if self.headers.get("Host", "") != f"127.0.0.1:{self.server.door.port}":
            self._page(403, _NOTHING)
        elif place.path != _PATH:
            self._page(404, _NOTHING)
        else:
            self._page(*self.server.door.take(place.query))

    def _page(self, status: int, words: tuple[str, str]) -> None:
        lines = "".join(f"<p>{line}</p>" for line in words)
        body = f'<!doctype html><html><meta charset="utf-8"><title>Signoff</title>{lines}</html>'.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the query holds the code."""
        return
