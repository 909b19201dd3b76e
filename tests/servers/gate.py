"""A loopback HTTP gate in front of a real server: it forwards everything and can hold one request, before or after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx


class Gate:
    """``hold("createRecord", "after")``: let the server answer, but keep the answer back until ``open``."""

    def __init__(self, upstream: str) -> None:
        self.upstream, self.address = upstream, ""
        self.seen: list[str] = []
        self.held = threading.Event()
        self._open = threading.Event()
        self._match, self._where = "", "after"

    def hold(self, match: str, where: Literal["before", "after"]) -> None:
        """Hold the next requests whose path contains ``match``."""
        self.held.clear()
        self._open.clear()
        self._match, self._where = match, where

    def open(self) -> None:
        """Hold nothing any more; what is held goes on (a client that died gets nothing)."""
        self._match = ""
        self._open.set()

    def drop(self) -> None:
        """Forget what is held: a request held before the server never reaches it."""
        self._where = "dropped"
        self.open()

    def pass_on(self, handler: BaseHTTPRequestHandler, client: httpx.Client) -> None:
        """Forward one request."""
        self.seen.append(f"{handler.command} {handler.path}")
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        mine = bool(self._match) and self._match in handler.path
        if mine and self._where == "before":
            self.held.set()
            self._open.wait(240)
            if self._where == "dropped":
                return
        skip = ("host", "connection", "content-length", "accept-encoding", "transfer-encoding", "content-encoding")
        headers = {k: v for k, v in handler.headers.items() if k.lower() not in skip}
        answer = client.request(handler.command, self.upstream + handler.path, headers=headers, content=body)
        if mine and self._where == "after":
            self.held.set()
            self._open.wait(240)
        # A login names the account's server: that must be this gate, or the client would walk around it.
        content = answer.content.replace(self.upstream.encode(), self.address.encode())
        handler.send_response_only(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in skip:
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@contextmanager
def gate(upstream: str) -> Iterator[tuple[str, Gate]]:
    """Yield (address, gate) for as long as the block runs."""
    made = Gate(upstream)
    client = httpx.Client(timeout=60)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                made.pass_on(self, client)
            except OSError:
                self.close_connection = True

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made.address, made
    finally:
        made.open()
        server.shutdown()
        server.server_close()
        thread.join()
        client.close()
