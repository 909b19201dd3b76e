"""Our messages in Slack: each thing is said in one message, which is updated in place while it is fresh."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from bot.store import chat, following
from bot.surfaces.slack import notices, posting, preferences
from bot.surfaces.slack.errors import GONE, SlackBusy, SlackRefused
from bot.surfaces.slack.notices import Reader
from bot.surfaces.slack.preferences import Preferences
from bot.words import speaking

if TYPE_CHECKING:
    from bot.app import App
    from bot.surfaces.slack.request import Speaker

log = logging.getLogger(__name__)

#: A notice of the same subject replaces the one before for so long; later it is a message of its own.
AGAIN = timedelta(hours=6)
#: Slack's names for a channel in which the app may not write.
_CLOSED = (
    "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "missing_scope", "invalid_auth",
    "not_authed", "token_revoked", "account_inactive",
)  # fmt: skip
#: Messages whose look is remembered, so that what did not change is not sent again.
_KEPT = 4096
#: Seconds for which a message surely looks as we left it: somebody who presses its buttons draws it anew, too.
FRESH = 60.0


class Shut(Exception):
    """The channel takes nothing from us."""


@contextmanager
def to_channel() -> Iterator[None]:
    """Tell a refusal of the channel from one of a single message."""
    try:
        yield
    except SlackRefused as error:
        if error.code in _CLOSED:
            raise Shut(error.message) from error
        log.warning("a message could not be posted: %s", error)


@contextmanager
def apart(what: str) -> Iterator[None]:
    """Keep one thing's trouble from holding up all others; what may pass by itself is raised, and tried again."""
    try:
        yield
    except (SlackBusy, Shut, OperationalError):
        raise
    except Exception:
        log.exception("%s could not be shown in Slack", what)


class Board:
    """What stands in Slack, and how it is kept up to date."""

    def __init__(self, app: App, speaker: Speaker) -> None:
        self.app, self.speaker = app, speaker
        self._shown: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    def direct(self, user: str) -> str:
        """Return the channel of somebody's direct messages, and remember whose it is."""
        channel = self.speaker.direct(user)
        name = f"direct:{self.speaker.team}:{channel}"
        with self.app.db.read() as conn:
            known = chat.cursor(conn, name)
        if known != user:
            with self.app.db.write() as conn:
                chat.set_cursor(conn, name, user)
        return channel

    def reader(self, channel: str) -> Preferences | None:
        """Return how the person reads whose direct messages a channel is; None for any other channel."""
        if not channel.startswith("D"):
            return None
        with self.app.db.read() as conn:
            user = chat.cursor(conn, f"direct:{self.speaker.team}:{channel}")
        return preferences.of_user(self.app, self.speaker, user) if user else None

    def tell(self, channel: str, row: dict[str, Any], reader: Reader, language: str) -> None:
        """Tell a channel a notice: in the message about the same subject where that is fresh, else in a new one."""
        subject, now = f"notice:{row['subject']}", self.app.clock.now()
        with self.app.db.read() as conn:
            there = posting.standing(conn, self.speaker.team, subject, channel)
            last = there[-1] if there else None
            before = following.notice_of(conn, last["version"], row["subject"]) if last else None
        if last is not None and last["version"] >= row["id"]:
            return
        over = before is not None and before["seen"] is not None
        if last is not None and now - last["at"] < AGAIN and not over:
            if self.again(last, lambda m: self._drawn(row["subject"], row, reader, language), row["id"]):
                return
        elif last is not None:
            with self.app.db.write() as conn:
                chat.forget_message(conn, last["team"], last["channel"], last["ts"])
        made = self.notice(row["subject"], row, reader, language)
        if made is not None:
            kind = "undo" if made.until else "notice"
            posting.once(
                self.app, self.speaker, channel, subject, lambda: (made.blocks, made.text), kind=kind,
                version=row["id"],
            )  # fmt: skip

    def notice(self, subject: str, row: dict[str, Any] | None, reader: Reader, language: str) -> notices.Message | None:
        """Return a notice as it stands now."""
        with speaking(language), self.app.db.read() as conn:
            return notices.message(self.app, conn, subject, row, reader)

    def _drawn(self, subject: str, row: dict[str, Any] | None, reader: Reader, language: str) -> Any:
        made = self.notice(subject, row, reader, language)
        return None if made is None else (made.blocks, made.text)

    def settle(self, subject: str) -> None:
        """Let the notices about something say how it stands now."""
        with self.app.db.read() as conn:
            there = posting.standing(conn, self.speaker.team, f"notice:{subject}")
            brand = self.app.desk.brand(conn, self.app.brand_id)[0] if there else None
            kept = {m["version"]: following.notice_of(conn, m["version"], subject) for m in there}
        for message in there:
            assert brand is not None
            row, prefs = kept[message["version"]], self.reader(message["channel"])
            reader = Reader(prefs.zone if prefs else brand.zone)
            language = prefs.language if prefs else brand.languages[0]
            self.again(message, lambda m, r=row, d=reader, s=language: self._drawn(subject, r, d, s), None)

    def again(self, message: dict[str, Any], draw: Any, version: int | None) -> bool:
        """Update a message where what it shows is another thing now; False when it is no more."""
        made = draw(message)
        if made is None:
            return True
        blocks, text = made
        key = (message["team"], message["channel"], message["ts"])
        looks = repr((blocks, text))
        before, at = self._shown.get(key[1:], ("", 0.0))
        if before != looks or time.monotonic() - at > FRESH:
            try:
                self.speaker.update(message["channel"], message["ts"], blocks, text)
            except SlackRefused as error:
                if error.code not in GONE:
                    log.warning("a message could not be updated: %s", error)
                    return True
                with self.app.db.write() as conn:
                    chat.forget_message(conn, *key)
                return False
            self._shown[key[1:]] = looks, time.monotonic()
            while len(self._shown) > _KEPT:
                self._shown.popitem(last=False)
        if version is not None and version != message["version"]:
            with self.app.db.write() as conn:
                chat.shows(conn, *key, version=version, at=message["at"], kind=message["kind"])
        return True
