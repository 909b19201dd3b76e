"""Pictures on their way to X, Mastodon and Bluesky: uploads that are lost, cut, refused for a moment or not ready yet.

Nothing of an upload is public. What counts is that a post has exactly the pictures that were signed off: the network
writes the digests of the bytes beside each post that it took, and ``checker.py`` compares them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from tests.acceptance.harness.network import Asked, Login, Network

#: What may befall an upload; the first four after it was taken.
FAULTS = ("lost", "half", "garbled", "failed_after", "unavailable", "reset")


@dataclass
class Upload:
    """One picture that was taken, under the name that the platform gave it."""

    account: str
    sha256: str
    #: When the platform is through with it.
    ready: float


class Uploads:
    """All pictures that a network has."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self.known: dict[str, Upload] = {}

    def take(self, login: Login, asked: Asked, data: bytes, name: str, made: Any, wait: float = 0.0) -> None:
        """Take a picture, or do to it what fate wants. Raises Drop and Answer; ``made`` is the usual answer."""
        from tests.acceptance.harness.network import Answer, Drop

        digest = hashlib.sha256(data).hexdigest()
        fault = self._fault(digest)
        self.net.write("upload", account=login.key, sha256=digest, upload_fault=fault)
        if fault == "unavailable":
            raise Answer(503, asked.speaker.trouble(503))
        if fault == "reset":
            raise Drop("reset")
        with self.net.lock:
            self.known[name] = Upload(login.key, digest, time.time() + wait)
        if fault == "lost":
            raise Drop("close")
        if fault == "half":
            raise Drop("half", made)
        if fault == "garbled":
            raise Answer(200, b'{"data": [<html>')
        if fault == "failed_after":
            raise Answer(500, asked.speaker.trouble(500))

    def _fault(self, digest: str) -> str:
        with self.net.lock:
            for script in self.net.scripts:
                if script[0] == digest and script[2] > 0:
                    script[2] -= 1
                    return str(script[1])
            return self.net.chance.choice(FAULTS) if self.net.draw(self.net.faults.upload) else ""

    def of(self, login: Login, names: list[str]) -> list[str] | None:
        """Return the digests of the pictures of a post; None where one is not there, not theirs, or not ready."""
        found = [self.known.get(name) for name in names]
        if any(one is None or one.account != login.key or one.ready > time.time() for one in found):
            return None
        return [one.sha256 for one in found if one is not None]


def multipart(asked: Asked) -> bytes:
    """Return the bytes of the one file in a form."""
    boundary = asked.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    for piece in asked.body.split(b"--" + boundary):
        head, _, data = piece.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return data[:-2]
    raise ValueError("no file in the form")


def named(asked: Asked) -> list[str]:
    """Return the ids of the pictures in a Mastodon status."""
    if asked.headers.get("content-type", "").startswith("application/json"):
        return [str(one) for one in json.loads(asked.body).get("media_ids") or ()]
    return [value for name, value in parse_qsl(asked.body.decode()) if name.startswith("media_ids")]


def cid(data: bytes) -> str:
    """Return the name of a blob: CIDv1, raw, SHA-256 (https://atproto.com/specs/blob, read 2026-11-22)."""
    name = b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(name).decode().lower().rstrip("=")


def digest(seed: int) -> str:
    """Return the digest of a picture's bytes as Signoff keeps and sends them."""
    # The network does without it.
    from bot.media.pictures import strip

    return hashlib.sha256(strip(png(seed), "image/png", always=True).data).hexdigest()


def png(seed: int) -> bytes:
    """Return a small picture of its own."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    colour = hashlib.sha256(str(seed).encode()).digest()[:3]
    rows = b"".join(b"\0" + colour * 64 for _ in range(48))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))  # fmt: skip
