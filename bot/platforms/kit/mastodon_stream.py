"""A Mastodon server's own word that somebody spoke: the account's stream of notifications, over server-sent events.

https://docs.joinmastodon.org/methods/streaming/#notification (read 2026-11-22). What an event says is not used: it only
tells that it is time to read, so that a lost, doubled or forged one does no harm. Read here and not by Mastodon.py,
which ends at the first odd line and takes the text of strangers apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from bot.errors import PlatformError, TryLater
from bot.platforms.base import Context
from bot.platforms.kit import answers
from bot.platforms.kit.comments import table
from bot.platforms.kit.mastodon_wire import AGENT, open_session
from bot.words import say

#: What is said to us; favourites, follows and the like bring nothing to read. ``update`` is an edit.
_SPOKEN = tuple(f'"type":"{kind}"' for kind in ("mention", "quote", "update", "quoted_update"))
#: A server sends a comment every 15 s (``:thump``): streaming/index.js of mastodon/mastodon (2026-11-22).
SILENCE = 60.0
#: A notification's first fields tell its type; of longer lines the rest is let go of.
_HEAD = 2000
_PATH = "/api/v1/streaming/user/notification"
_PLACES = (
    ("/api/v2/instance", ("configuration", "urls", "streaming")),
    ("/api/v1/instance", ("urls", "streaming_api")),
)


class MastodonFeed:
    """One connection to the stream, with a session of its own. Use once."""

    platform, label = "mastodon", "Mastodon"

    def __init__(self, base: str, token: str, context: Context, silence: float = SILENCE) -> None:
        self._base, self._context, self._silence = base, context, silence
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": AGENT}
        self._session = open_session(context.transport)
        self._answer: Any = None
        self._over = threading.Event()

    def run(self, heard: Callable[[bool], None]) -> None:
        """Stay connected until ``close``; ``heard(True)`` when something was said, ``heard(False)`` as a sign of life.

        Raises a PlatformError when the connection cannot be had, or ends.
        """
        try:
            for line in self._lines(self._open(self._place() + _PATH)):
                heard(_spoken(line))
        except PlatformError:
            if not self._over.is_set():
                raise
        except Exception as error:
            if not self._over.is_set():
                raise answers.silence("read", error, platform=self.platform, label=self.label) from None
        finally:
            if self._answer is not None:
                self._answer.close()
            self._session.close()
        if not self._over.is_set():
            raise TryLater(say("{label} ended the stream.", label=self.label), platform=self.platform)

    def close(self) -> None:
        """End the stream from another thread; ``run`` returns."""
        self._over.set()
        try:
            if self._answer is not None:
                self._answer.raw.shutdown()
        except (AttributeError, OSError, RuntimeError, ValueError):
            return  # it had ended by itself

    def _place(self) -> str:
        """Return where the server streams; itself where it names no place."""
        for path, names in _PLACES:
            answer = self._session.request("GET", self._base + path, headers=self._headers, timeout=self._timeout())
            try:
                found: Any = answer.json() if answer.status_code == 200 else {}
            except ValueError:
                found = {}
            for name in names:
                found = table(found).get(name)
            if isinstance(found, str) and (host := urlsplit(found).netloc):
                safe = urlsplit(found).scheme in ("wss", "https")
                if not safe and self._base.startswith("https:"):
                    said = say("{label} names a stream that is not encrypted.", label=self.label)
                    raise TryLater(said, platform=self.platform)
                return f"{'https' if safe else 'http'}://{host}"
        return self._base

    def _open(self, url: str) -> Any:
        # Asked for as it is: a packed stream would come in lumps.
        headers = {**self._headers, "Accept": "text/event-stream", "Accept-Encoding": "identity"}
        self._answer = answer = self._session.request(
            "GET", url, headers=headers, timeout=self._timeout(self._silence), stream=True
        )
        if answer.status_code != 200:
            said, now = self._session.said, self._context.clock.now()
            raise answers.no("read", answer.status_code, said, now, platform=self.platform, label=self.label)
        return answer

    def _timeout(self, silence: float | None = None) -> tuple[float, float]:
        return (self._context.timeout, silence or self._context.timeout)

    def _lines(self, answer: Any) -> Iterator[str]:
        """Yield lines as they come, each up to ``_HEAD`` bytes."""
        line = bytearray()
        while not self._over.is_set() and (some := answer.raw.read1(4096)):
            first, *rest = bytes(some).split(b"\n")
            line += first[: _HEAD - len(line)] if len(line) < _HEAD else b""
            for more in rest:
                yield line.decode("utf-8", "replace").rstrip("\r")
                line = bytearray(more[:_HEAD])


def _spoken(line: str) -> bool:
    """Say whether a line tells that somebody spoke: the data of a notification of such a kind, or of many at once."""
    name, _, value = line.partition(":")
    if name == "event":
        return value.strip() == "notifications_merged"
    return name == "data" and any(kind in value.replace(" ", "") for kind in _SPOKEN)
