"""Slack over HTTP: ``POST /slack/events``, checked over the raw bytes before anything reads them.

How a request is signed: https://docs.slack.dev/authentication/verifying-requests-from-slack (read 2026-11-22).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from bot.errors import Misconfigured
from bot.words import say

if TYPE_CHECKING:
    from slack_bolt import App as Bolt

    from bot.clock import Clock

log = logging.getLogger(__name__)

PATH = "/slack/events"
#: Seconds that a signature's time may differ from ours.
WINDOW = 300
#: Bytes of a request; a form with 100 blocks is far below.
LARGEST = 1 << 20
#: Connections at once, and seconds that one may stay silent.
MOST, SILENCE = 256, 20
_TYPES = ("application/json", "application/x-www-form-urlencoded")


class Forged(Exception):
    """The request does not come from Slack, or came before."""


class Seal:
    """Checks signatures. ``secrets`` are the one in use and, during a rotation, the one before."""

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        self._keys = [secret.strip().encode() for secret in secrets]
        if not self._keys or not all(self._keys):
            # HMAC with an empty key is no secret: anybody can sign with it.
            raise Misconfigured(
                say("SIGNOFF_SLACK_SIGNING_SECRET is empty."),
                next_step=say("Copy it from the app's page, Basic Information, Signing Secret."),
            )
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._guard = threading.Lock()

    def check(self, timestamp: str, signature: str, body: bytes) -> None:
        """Raise Forged unless ``signature`` is Slack's, over these very bytes, of now, and was never seen."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Forged("no time")
        now = self._clock.now().timestamp()
        if abs(now - int(timestamp)) > WINDOW:
            raise Forged("too old")
        if not signature.isascii():
            raise Forged("wrong signature")
        base = b"v0:" + timestamp.encode() + b":" + body
        made = ["v0=" + hmac.new(key, base, hashlib.sha256).hexdigest() for key in self._keys]
        # Every key is compared, whether one before it fits: time tells nothing.
        fits = [hmac.compare_digest(one, signature) for one in made]
        if not any(fits):
            raise Forged("wrong signature")
        with self._guard:
            while self._seen and next(iter(self._seen.values())) < now - 2 * WINDOW:
                self._seen.popitem(last=False)
            if signature in self._seen:
                raise Forged("seen before")
            self._seen[signature] = now


@contextmanager
def serving(bolt: Bolt, seal: Seal, host: str, port: int) -> Iterator[tuple[str, int]]:
    """Take requests for as long as the block runs; yields (host, port). Raises Misconfigured when the port is taken."""
    places = threading.BoundedSemaphore(MOST)

    class Handler(_Handler):
        pass

    Handler.bolt, Handler.seal = bolt, seal
    try:
        server = _Server((host, port), Handler)
    except OSError as error:
        raise Misconfigured(
            say("Slack cannot be heard on {host}:{port}: {why}.", host=host, port=port, why=error.strerror or error),
            next_step=say("Choose another address with SIGNOFF_SLACK_HTTP."),
        ) from None
    server.places = places
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="slack-http", daemon=True)
    thread.start()
    try:
        yield host, int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    places: threading.BoundedSemaphore

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self.places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A connection that broke is nothing to tell anybody.
        log.debug("a connection broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENCE
    server_version, sys_version = "Signoff", ""
    # One packet an answer: with Nagle's algorithm a second one waits for the first one's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    bolt: Bolt
    seal: Seal

    def do_POST(self) -> None:
        body = self._read()
        if body is None:
            return
        try:
            self.seal.check(self._one("X-Slack-Request-Timestamp"), self._one("X-Slack-Signature"), body)
        except Forged as error:
            log.warning("a request to %s was refused: %s", PATH, error)
            self._answer(401, b"not from Slack")
            return
        self._dispatch(body)

    def do_GET(self) -> None:
        self._answer(405 if self.path.partition("?")[0] == PATH else 404, b"", close=True)

    do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET

    def _one(self, name: str) -> str:
        """Return a header that is there once, or an empty text."""
        found = self.headers.get_all(name) or []
        return found[0] if len(found) == 1 else ""

    def _read(self) -> bytes | None:
        """Return the body, or answer why it is not taken. The connection ends then: what follows is not known."""
        said = self._one("Content-Length")
        if self.path.partition("?")[0] != PATH:
            self._answer(404, b"", close=True)
        elif self.headers.get("Transfer-Encoding") or not (said.isascii() and said.isdigit() and len(said) < 9):
            self._answer(411, b"say the length", close=True)
        elif int(said) > LARGEST:
            self._answer(413, b"too large", close=True)
        elif self._one("Content-Type").partition(";")[0].strip().lower() not in _TYPES:
            self._answer(415, b"neither JSON nor a form", close=True)
        else:
            try:
                body = self.rfile.read(int(said))
            except OSError:
                body = b""
            if len(body) == int(said):
                return body
            self._answer(400, b"cut short", close=True)
        return None

    def _dispatch(self, body: bytes) -> None:
        from slack_bolt.request import BoltRequest

        try:
            headers: dict[str, str | Sequence[str]] = {
                name.lower(): self.headers.get_all(name) or [] for name in self.headers
            }
            request = BoltRequest(body=body.decode("utf-8"), headers=headers)
        except (ValueError, AttributeError, KeyError, TypeError):
            self._answer(400, b"cannot be read")
            return
        answer = self.bolt.dispatch(request)
        kind = (answer.headers.get("content-type") or ["text/plain; charset=utf-8"])[0]
        self._answer(answer.status, (answer.body or "").encode(), kind)

    def _answer(
        self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8", *, close: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
