"""The small server for probes and metrics: /healthz, /readyz, /metrics. It takes no input and tells no secrets."""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from bot.app import App
from bot.errors import BadInput, Misconfigured
from bot.operations import probe
from bot.operations.metrics import Metrics
from bot.words import say

log = logging.getLogger(__name__)

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
Answer = tuple[int, str, str]


def address(said: str) -> tuple[str, int]:
    """Return (host, port) of ``HOST:PORT``, ``[V6]:PORT`` or ``PORT`` (this machine only). Raises BadInput."""
    try:
        parts = urlsplit(f"//{said}" if not said.isdigit() else f"//127.0.0.1:{said}")
        host, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        port = None
    if port is None or parts.path or parts.username:
        raise BadInput(
            say("{text} is not an address to listen on.", text=repr(said)),
            next_step=say("Write it as 127.0.0.1:9464, or only as a port."),
        )
    return host, port


def local(host: str) -> bool:
    """Say whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def serving(app: App, host: str, port: int, pulse: probe.Pulse) -> Iterator[tuple[str, int]]:
    """Answer for as long as the block runs; yields (host, port). Raises Misconfigured where the port is taken."""
    # The reader of metrics counts on from scrape to scrape, one at a time.
    metrics, guard = Metrics(app.db, app.clock, app.settings.home), threading.Lock()

    def counted() -> Answer:
        with guard:
            return 200, _TEXT, metrics.text()

    pages: dict[str, Callable[[], Answer]] = {
        "/healthz": lambda: _said(*probe.alive(pulse)),
        "/readyz": lambda: _said(*probe.ready(app)),
        "/metrics": counted,
    }
    try:
        server = _Server((host, port), pages)
    except OSError as error:
        raise Misconfigured(
            say("{host}:{port} cannot be listened on: {why}.", host=host, port=port, why=error.strerror or error),
            next_step=say("Choose another port with --http."),
        ) from None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="probes", daemon=True)
    thread.start()
    try:
        yield str(server.server_address[0]), int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _said(good: bool, found: dict[str, str]) -> Answer:
    body = json.dumps({"ok": good, **found}, ensure_ascii=False) + "\n"
    return 200 if good else 503, "application/json; charset=utf-8", body


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, where: tuple[str, int], pages: dict[str, Callable[[], Answer]]) -> None:
        self.pages = pages
        self.address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        super().__init__(where, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "signoff", ""
    #: A client that says nothing does not hold a thread for ever.
    timeout = 10

    def do_GET(self) -> None:
        page = self.server.pages.get(urlsplit(self.path).path)
        try:
            status, kind, body = page() if page else (404, "text/plain; charset=utf-8", "not found\n")
        except Exception:
            log.exception("%s could not be answered", self.path[:80])
            status, kind, body = 500, "text/plain; charset=utf-8", "the log says why\n"
        data = body.encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(data))), ("Cache-Control", "no-store"),
                            ("X-Content-Type-Options", "nosniff")):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)
