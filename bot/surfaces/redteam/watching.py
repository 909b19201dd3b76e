"""Every name that is looked up and every address that is connected to, written down; only loopback is let through."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Watched(Protocol):
    asked_hosts: list[str]


@contextmanager
def watched(target: Watched) -> Iterator[None]:
    """Write down every name that is looked up and every address that is connected to; let only loopback through."""
    look, connect = socket.getaddrinfo, socket.socket.connect

    def looked(host: Any, *args: Any, **given: Any) -> Any:
        target.asked_hosts.append(str(host))
        if str(host) not in ("127.0.0.1", "localhost", "::1"):
            raise socket.gaierror(f"no way to {host}")
        return look(host, *args, **given)

    def connected(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple):
            target.asked_hosts.append(str(address[0]))
            if str(address[0]) not in ("127.0.0.1", "::1"):
                raise OSError("refused by the test")
        return connect(self, address)

    socket.getaddrinfo, socket.socket.connect = looked, connected  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        socket.getaddrinfo, socket.socket.connect = look, connect  # type: ignore[method-assign]
