"""The timeline of mentions, which only comes newest first: read from a point onwards, each once, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.platforms.base import Cursor
from bot.platforms.kit.x_posts import first_id

#: X's ids hold milliseconds in front of 22 bits, so a difference of ids is a difference of time.
#: https://docs.x.com/fundamentals/x-ids (read 2026-11-22)
_MILLISECOND = 1 << 22
#: Mentions are asked for again this far behind the newest known one: X does not promise that they appear in order.
#: What is read twice on one day is paid for once.
_OVERLAP = 5 * 60_000 * _MILLISECOND
#: More than this many mentions in one stretch, and the stretch gets shorter instead of the cursor longer.
_REMEMBERED = 500


class Known:
    """What was handed over so far: up to ``since`` everything, behind it the posts in ``seen``."""

    def __init__(self, cursor: Cursor | None) -> None:
        kept: dict[str, Any] = json.loads(cursor.value) if cursor else {"since": "0", "seen": []}
        self.since = int(kept["since"])
        self._seen = {str(name) for name in kept["seen"]}

    def is_new(self, post: dict[str, Any]) -> bool:
        """Say whether a post was not handed over yet, in no version: an edit has an id of its own."""
        name = first_id(post)
        return name not in self._seen and int(name) > self.since

    def after(self, taken: Sequence[dict[str, Any]]) -> Cursor:
        """Return the cursor to keep once ``taken`` has been stored."""
        names = sorted({*self._seen, *(first_id(post) for post in taken)}, key=int)
        since = self.since
        if names:
            since = max(since, int(names[-1]) - _OVERLAP)
            if len(names) > _REMEMBERED:
                since = max(since, int(names[-_REMEMBERED - 1]))
        return Cursor(json.dumps({"since": str(since), "seen": [name for name in names if int(name) > since]}))
