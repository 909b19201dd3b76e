"""Read a list that only comes newest first, from a point onwards, without losing or doubling anything.

Some networks date an entry by the writer's own clock and index out of order, so a late entry can appear behind the
newest known one. A window therefore looks again at the last stretch and remembers what it handed over in there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.platforms.base import Cursor

#: More than this many entries in one stretch, and the stretch gets shorter instead of the cursor longer.
REMEMBERED = 500


def stamp(at: datetime) -> str:
    """Write an instant as UTC with milliseconds: this form sorts as time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Window:
    """What is known so far. Entries are ``(instant, id)`` with instants in the form of ``stamp``."""

    def __init__(self, since: Cursor | None, overlap: timedelta) -> None:
        kept: dict[str, Any] = json.loads(since.value) if since else {"floor": "", "seen": []}
        #: Nothing at or before this instant is looked at again.
        self.floor: str = kept["floor"]
        self._seen: dict[str, str] = {name: at for at, name in kept["seen"]}
        self._overlap = overlap

    def is_new(self, at: str, name: str) -> bool:
        """Say whether this entry was not handed over yet."""
        return at > self.floor and name not in self._seen

    def after(self, taken: Sequence[tuple[str, str]]) -> Cursor:
        """Return the cursor to keep once ``taken`` has been stored."""
        entries = sorted({(at, name) for name, at in self._seen.items()} | set(taken))
        floor = self.floor
        if entries:
            floor = max(floor, stamp(datetime.fromisoformat(entries[-1][0]) - self._overlap))
            if len(entries) > REMEMBERED:
                floor = max(floor, entries[-REMEMBERED - 1][0])
        return Cursor(json.dumps({"floor": floor, "seen": [e for e in entries if e[0] > floor]}))
