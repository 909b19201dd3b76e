"""Upload media to a Mastodon server and wait, within one time-out, until they are ready to be posted.

https://docs.joinmastodon.org/methods/media/ (read 2026-11-22): 202 means that the server still works on it, and 206
that it is not done; a post with such a medium is refused. Nothing is public until the post.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from bot import failpoints
from bot.domain.draft import Media
from bot.errors import Refused, TryLater
from bot.platforms.base import Context
from bot.platforms.kit.comments import table
from bot.platforms.kit.images import signed
from bot.platforms.kit.mastodon_notes import instant
from bot.platforms.kit.mastodon_wire import Wire
from bot.words import say

#: What is not posted is dropped after a day; uploads are limited to 30 in 30 minutes, so what the server still works
#: on is asked for again and not sent again. https://docs.joinmastodon.org/api/rate-limits/ (read 2026-11-22)
_KEPT = timedelta(hours=12)
_FACT = "media"
_AGAIN = 30.0


class Uploads:
    """Uploads of one account; those not ready at the first attempt are known to the next one."""

    def __init__(self, wire: Wire, context: Context) -> None:
        self._wire, self._context = wire, context

    def bytes_of(self, medium: Media) -> bytes:
        """Return the bytes that were signed. Raises Unsupported or Refused where they are not fit to be sent."""
        return signed(self._context, medium).data

    def send(self, medium: Media, data: bytes) -> str:
        """Return the id of the medium on the server, ready to be posted. Raises TryLater while it is not."""
        key = hashlib.sha256(f"{medium.sha256}\n{medium.alt}".encode()).hexdigest()[:24]
        name = self._known().get(key, ["", ""])[0]
        if not name or (ready := self._ready(name)) is None:
            name, ready = self._upload(medium, data)
            failpoints.hit("upload: taken")
        until = self._context.clock.now() + timedelta(seconds=self._context.timeout)
        pause = 1.0
        while not ready:
            if self._context.clock.now() + timedelta(seconds=pause) > until:
                self._remember(key, name)
                said = say("The server still works on a picture or video.")
                raise TryLater(said, platform=self._wire.platform, after=_AGAIN)
            self._context.clock.sleep(pause)
            ready, pause = bool(self._ready(name)), min(pause * 1.5, 5.0)
        return name

    def forget(self, names: list[str]) -> None:
        """Forget uploads that were posted."""
        known = self._known()
        left = {key: kept for key, kept in known.items() if kept[0] not in names}
        if len(left) < len(known):
            self._context.facts.store(_FACT, left)

    def _upload(self, medium: Media, data: bytes) -> tuple[str, bool]:
        kind = medium.mime.partition("/")[2]
        more: dict[str, Any] = {
            "mime_type": medium.mime, "description": medium.alt or None, "file_name": f"{medium.sha256[:16]}.{kind}",
        }  # fmt: skip
        said = self._wire.table("write", lambda client: client.media_post(data, **more))
        name = said.get("id")
        if not isinstance(name, str):
            raise TryLater(say("The server took a picture and did not name it."), platform=self._wire.platform)
        return name, self._wire.status == 200 or bool(said.get("url"))

    def _ready(self, name: str) -> bool | None:
        """Say whether the server is done with an upload; None where it does not know it."""
        try:
            said = self._wire.call("write", lambda client: client.media(name), empty=True)
        except Refused as no:
            if no.status == 404:
                return None
            raise
        return self._wire.status == 200 and bool(table(said).get("url"))

    def _known(self) -> dict[str, list[str]]:
        now = self._context.clock.now()
        kept = table(self._context.facts.load(_FACT))
        fresh = {}
        for key, entry in kept.items():
            at = instant(entry[1]) if isinstance(entry, list) and len(entry) == 2 else None
            if at is not None and now - at < _KEPT:
                fresh[key] = [str(entry[0]), str(entry[1])]
        return fresh

    def _remember(self, key: str, name: str) -> None:
        self._context.facts.store(_FACT, {**self._known(), key: [name, self._context.clock.now().isoformat()]})
