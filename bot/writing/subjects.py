"""Which of the brand's subjects its posts are about, for pages: by their words, read once for each post."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from bot.domain.editorial import Pillar
from bot.insight import pillars
from bot.store import results


class Subjects:
    """Remembers of each post what it is about: a post's text never changes, and thousands are asked for at a time."""

    #: Posts that are remembered; with more, it begins anew.
    MOST = 50_000

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._own: tuple[Pillar, ...] = ()
        self._known: dict[str, str] = {}

    def of(self, conn: Connection, own: Sequence[Pillar], posts: Iterable[str]) -> dict[str, str]:
        """Return by post the id of its subject; empty where it is near to none."""
        given = list(posts)
        if not own or not given:
            return {}
        with self._guard:
            if self._own != tuple(own) or len(self._known) > self.MOST:
                self._own, self._known = tuple(own), {}
            known = self._known
        missing = [post for post in given if post not in known]
        for some in (missing[k : k + 500] for k in range(0, len(missing), 500)):
            for post, (text, _) in results.texts(conn, some).items():
                known[post] = pillars.about(text, own)
        return {post: known.get(post, "") for post in given}
