"""What changed on the desk, for pages that are open: one thread reads the record, and every page hears of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot.store import following
from bot.store.tables import event

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

#: Seconds between looks, and how many changes a page that was away can catch up with.
EVERY, KEPT = 0.5, 500


class Pulse:
    """Numbers every change; ``since`` tells a page what it has not heard of."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept: deque[tuple[int, str]] = deque(maxlen=KEPT)
        self._number = 0
        self._guard = threading.Lock()
        self.over = threading.Event()

    @property
    def number(self) -> int:
        """The newest change."""
        return self._number

    def since(self, number: int) -> tuple[int, list[str]]:
        """Return the newest number, and the subjects that changed after ``number``: draft ids, ``switch``, ``more``."""
        with self._guard:
            found = [subject for at, subject in self._kept if at > number]
            if self._kept and number < self._kept[0][0] - 1:
                found.append("more")
            return self._number, list(dict.fromkeys(found))

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Read the record for as long as the block runs."""
        with self._app.db.read() as conn:
            mark = following.end(conn, event)
        thread = threading.Thread(target=self._run, args=(mark,), name="web-pulse", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.end()
            thread.join(5)

    def end(self) -> None:
        """Let every open page go."""
        self.over.set()

    def _run(self, mark: following.Mark) -> None:
        heard: set[int] = set()
        signed: set[str] = set()
        since = self._app.clock.now()
        while not self.over.wait(EVERY):
            try:
                with self._app.db.read() as conn:
                    found = following.events(conn, mark)
                    # One of two signatures changes no state, and so leaves no event.
                    given = following.signed_since(conn, since - timedelta(seconds=60))
                    fresh = [row for row in found if row["id"] not in heard]
                    posts = {row["subject"].split(":", 1)[1].split("/")[0] for row in fresh if _of_post(row["subject"])}
                    drafts = following.drafts_of_posts(conn, posts)
            except SQLAlchemyError:
                log.warning("the record could not be read for open pages", exc_info=True)
                continue
            for row in fresh:
                self.tell(_subject(row["subject"], drafts))
            if found:
                mark = following.Mark(found[-1]["id"], found[-1]["at"])
                heard = {row["id"] for row in found}
            for decision, draft in given:
                if decision not in signed:
                    self.tell(draft)
            signed = {decision for decision, _ in given}
            since = self._app.clock.now()

    def tell(self, subject: str) -> None:
        """Let every open page hear of something."""
        with self._guard:
            self._number += 1
            self._kept.append((self._number, subject))


def _of_post(subject: str) -> bool:
    return subject.startswith(("part:", "post:"))


def _subject(subject: str, drafts: dict[str, str]) -> str:
    """Return what a page knows a subject by: the draft, or the kind of thing it is."""
    kind, _, rest = subject.partition(":")
    if kind == "draft":
        return rest.partition("@")[0]
    if _of_post(subject):
        return drafts.get(rest.partition("/")[0], "post")
    return kind
