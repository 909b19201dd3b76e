"""Messages that must be there once: claimed in the database before they are posted, remembered after.

A process that dies between Slack's answer and our record leaves a claim. Whoever finds it posts again: at most one
message more, and never one less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.store import chat, following
from bot.workflow.turn import gone, worker_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.surfaces.slack.request import Blocks, Speaker

#: A claim that stands for so long has no living owner: a post waits out a short 429 at most.
STALE = timedelta(seconds=120)
_CLAIM = "claim"
#: Names this process among those that post.
_me = worker_id()


def once(
    app: App,
    speaker: Speaker,
    channel: str,
    subject: str,
    make: Callable[[], tuple[Blocks, str]],
    *,
    kind: str = "",
    version: int = 0,
    thread: str = "",
    anywhere: bool = False,
) -> str:
    """Post a message about ``subject`` in a channel unless one is there; return its ts, or "" while another posts it.

    With ``anywhere`` a message about it in any channel is enough. Raises what ``Speaker.post`` raises; then nothing
    stays claimed.
    """
    # Whoever posts a draft's card, in whichever channel, holds the one claim on it.
    place = "*" if anywhere or subject.startswith("draft:") else channel
    key = {"team": speaker.team, "channel": place, "ts": _key(subject)}
    with app.db.write() as conn:
        there = _there(conn, speaker.team, channel, subject, anywhere)
        if there is not None:
            return there
        if not _claimed(conn, key, app):
            return ""
        # Who held the claim a moment ago may have posted: then its message is remembered by now.
        there = _there(conn, speaker.team, channel, subject, anywhere)
        if there is not None:
            chat.forget_message(conn, **key)
            return there
    try:
        blocks, text = make()
        ts = speaker.post(channel, blocks, text, thread=thread)
    except BaseException:
        with app.db.write() as conn:
            chat.forget_message(conn, **key)
        raise
    with app.db.write() as conn:
        chat.forget_message(conn, **key)
        now = app.clock.now()
        chat.remember(conn, speaker.team, channel, ts, subject, kind=kind, version=version, at=now)
    return ts


def _key(subject: str) -> str:
    return f"{_CLAIM}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def _claimed(conn: Connection, key: dict[str, str], app: App) -> bool:
    now, owner = app.clock.now(), f"{_CLAIM}|{_me}"[:160]
    if chat.claim(conn, key["team"], key["channel"], key["ts"], owner, kind=_CLAIM, at=now):
        return True
    row = chat.message(conn, **key)
    if row is None:
        return False
    if gone(row["subject"].partition("|")[2]) or now - row["at"] > STALE:
        return following.take_over(conn, row, owner, now)
    return False


def _there(conn: Connection, team: str, channel: str, subject: str, anywhere: bool) -> str | None:
    found = [m for m in chat.messages(conn, subject) if m["team"] == team and (anywhere or m["channel"] == channel)]
    return str(found[-1]["ts"]) if found else None


def standing(conn: Connection, team: str, subject: str, channel: str = "") -> list[dict[str, Any]]:
    """Return our messages about something, oldest first: in one channel, or in all."""
    return [m for m in chat.messages(conn, subject) if m["team"] == team and channel in ("", m["channel"])]
