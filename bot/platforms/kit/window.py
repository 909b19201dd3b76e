"""Read a list that only comes newest first, from a point onwards, without losing or doubling anything.

Some networks date an entry by the writer's own clock and index out of order, so a late entry can appear far behind the
newest known one. A window therefore remembers what it handed over in a long stretch, looks again at the end of it at
every reading, and at all of it now and then.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.platforms.base import Cursor

#: More than this many entries in one stretch, and the stretch gets shorter instead of the cursor longer.
REMEMBERED = 2000


def stamp(at: datetime) -> str:
    """Write an instant as UTC with milliseconds: this form sorts as time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _before(at: str, much: timedelta) -> str:
    return stamp(datetime.fromisoformat(at) - much)


def _mark(name: str) -> str:
    """Shorten a name: of 2000 names, two get one mark once in 100 million times."""
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()[:6]).decode()


class Window:
    """What is known so far. Entries are ``(instant, id)`` with instants in the form of ``stamp``.

    ``near`` is looked at again at every reading, ``far`` once in ``every``.
    """

    def __init__(self, since: Cursor | None, now: datetime, *, near: timedelta, far: timedelta, every: timedelta):
        kept: dict[str, Any] = json.loads(since.value) if since else {"floor": "", "seen": []}
        #: Nothing at or before this instant is looked at again.
        self.floor: str = kept["floor"]
        self._seen: dict[str, str] = {mark: at for at, mark in kept["seen"]}
        self._looked: str = kept.get("looked", "")
        self._far = far
        #: Whether this reading looks at the whole stretch.
        self.wide = not self._looked or _before(stamp(now), every) >= self._looked
        newest = max(self._seen.values(), default="")
        #: A walk back may stop here.
        self.stop = self.floor if self.wide or not newest else max(self.floor, _before(newest, near))
        self._now = stamp(now)

    def is_new(self, at: str, name: str) -> bool:
        """Say whether this entry was not handed over yet."""
        return at > self.floor and _mark(name) not in self._seen

    def begin(self, at: str) -> None:
        """Leave for good what is older than the oldest entry that was read, where there was too much of it."""
        self.floor = max(self.floor, _before(at, timedelta(milliseconds=1)))

    def after(self, taken: Sequence[tuple[str, str]], *, all_taken: bool) -> Cursor:
        """Return the cursor to keep once ``taken`` has been stored; ``all_taken``: nothing new was left for later."""
        entries = sorted({(at, mark) for mark, at in self._seen.items()} | {(at, _mark(name)) for at, name in taken})
        floor = self.floor
        if entries:
            floor = max(floor, _before(entries[-1][0], self._far))
            if len(entries) > REMEMBERED:
                floor = max(floor, entries[-REMEMBERED - 1][0])
        looked = self._now if self.wide and all_taken else self._looked
        return Cursor(json.dumps({"floor": floor, "seen": [e for e in entries if e[0] > floor], "looked": looked}))
