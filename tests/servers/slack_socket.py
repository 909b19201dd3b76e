"""Slack's side of Socket Mode: envelopes over a websocket, each to be acknowledged; it can hang up, repeat and die.

What is sent follows https://docs.slack.dev/apis/events-api/using-socket-mode (read 2026-11-22): ``hello`` first, then
envelopes with an ``envelope_id``; the client answers ``{"envelope_id": ..., "payload": ...}``; ``disconnect`` announces
that this connection ends and a new one is to be opened.
"""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.servers.slack import APP


class SocketMode:
    """A websocket server on loopback with the connections that clients opened."""

    def __init__(self) -> None:
        self._server: Server = serve(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.socket.getsockname()[1]
        self._there = threading.Condition()
        self._open: list[ServerConnection] = []
        self._acks: dict[str, dict[str, Any]] = {}
        #: How many connections were ever made.
        self.connections = 0
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self) -> str:
        """Return an address as ``apps.connections.open`` gives it: good for one connection."""
        return f"ws://127.0.0.1:{self.port}/link/?ticket={uuid.uuid4()}&app_id={APP}"

    def close(self) -> None:
        self._server.shutdown()

    def _accept(self, connection: ServerConnection) -> None:
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}, "debug_info": {}}
        connection.send(json.dumps(hello))
        with self._there:
            self._open.append(connection)
            self.connections += 1
            self._there.notify_all()
        try:
            for text in connection:
                answer = json.loads(text)
                with self._there:
                    self._acks[answer["envelope_id"]] = answer
                    self._there.notify_all()
        except ConnectionClosed:
            return
        finally:
            with self._there:
                self._open.remove(connection)
                self._there.notify_all()

    def wait(self, count: int = 1, seconds: float = 90) -> None:
        """Return once ``count`` connections were made and one of them is open."""
        with self._there:
            done = self._there.wait_for(lambda: self.connections >= count and bool(self._open), seconds)
        assert done, f"{self.connections} connections after {seconds} s, {len(self._open)} open"

    def send(
        self, kind: str, payload: dict[str, Any], *, seconds: float = 60, retry: int = 0, wait: bool = True
    ) -> dict[str, Any] | None:
        """Deliver one envelope on the newest connection; return its acknowledgement, None where none came."""
        envelope = str(uuid.uuid4())
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        if kind == "events_api":
            body |= {
                "retry_attempt": retry,
                "retry_reason": "timeout" if retry else "",
                "accepts_response_payload": False,
            }
        with self._there:
            self._there.wait_for(lambda: bool(self._open), seconds)
            connection = self._open[-1]
        connection.send(json.dumps(body))
        if not wait:
            return None
        with self._there:
            self._there.wait_for(lambda: envelope in self._acks, seconds)
            return self._acks.get(envelope)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Announce the end of every open connection, then end it, as Slack does every few hours."""
        for connection in list(self._open):
            connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
            connection.close()

    def die(self) -> None:
        """Cut every connection without a word, as a network does."""
        import socket

        for connection in list(self._open):
            connection.socket.shutdown(socket.SHUT_RDWR)
