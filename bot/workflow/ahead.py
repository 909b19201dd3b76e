"""Reading ahead: the checks of posts that come up next, so that many at one instant do not wait for each other's."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import timedelta

from bot.store import clearance, posts
from bot.workflow import desk, grounds, standing
from bot.workflow.desk import Desk

#: How far ahead texts are checked, and how many seconds of a tick that may take.
AHEAD, AT_MOST = timedelta(seconds=30), 0.5
#: Posts that are read at once.
AT_ONCE = 16


class Ahead:
    """Remembers which posts were read ahead; what was found is kept by ``Desk.blocks``, and asked for at the send."""

    def __init__(self, its: Desk) -> None:
        self.desk = its
        self._read: OrderedDict[str, None] = OrderedDict()
        #: Whether the time was over before all was read.
        self.more = False

    def read(self) -> None:
        """Check what comes up next, for half a second at most."""
        until = time.monotonic() + AT_MOST
        with self.desk.db.read() as conn:
            now = self.desk.clock.now()
            coming = [p for p in posts.soon(conn, now, now + AHEAD, desk.READ // 2) if p not in self._read]
        self.more = False
        for start in range(0, len(coming), AT_ONCE):
            if time.monotonic() > until:
                self.more = True
                return
            some = coming[start : start + AT_ONCE]
            with self.desk.db.read() as conn:
                seen, round_ = clearance.read(conn, self.desk.db, some), grounds.Round(self.desk, conn)
                for view in seen.of.values():
                    standing.blocks(round_, view)
            self._read.update(dict.fromkeys(some))
        while len(self._read) > desk.READ:
            self._read.popitem(last=False)
