"""Revisit: comments of the last days are read again, and what their authors changed or removed is followed.

An answer that rests on other words, or on none, is taken back before it goes out. That a comment is looked at right
before its answer is sent (``still``) stays: this only comes sooner, and to comments that wait for people too.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.comment import Entry
from bot.errors import ModelError, SignoffError
from bot.insight import cleaning
from bot.platforms.base import Platform
from bot.store import comments, rereading
from bot.store.comment_rows import Heard
from bot.workflow import changed, triage
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Calls that one look spends on this; and the longest pause between two looks at a comment.
CALLS, SELDOM = 10, timedelta(hours=6)
#: After a failure nothing is read again for so long.
PAUSE = timedelta(minutes=15)


def revisit(desk: Desk, platform: Platform, account: str) -> Counter[str]:
    """Read an account's comments again that are due; return how many were edited and removed.

    A platform that cannot be read is asked again later: that must not keep what is new from being heard.
    """
    done: Counter[str] = Counter()
    most, least = platform.features.rereads, timedelta(seconds=platform.features.reread_every)
    for _ in range(CALLS if most else 0):
        with desk.db.read() as conn:
            waiting = rereading.any_due(conn, account, desk.clock.now())
        if not waiting:
            break
        with desk.db.write() as conn:
            found = rereading.due(conn, account, desk.clock.now(), most)
        early = {one.id: one.heard + least for one in found if one.heard + least > desk.clock.now()}
        asked = [one for one in found if one.id not in early]
        try:
            told = platform.reread([one.comment.remote_id for one in asked]) if asked else {}
        except SignoffError as error:
            log.warning("comments to %s could not be read again: %s", account, error)
            pause = max(PAUSE, timedelta(seconds=getattr(error, "after", None) or 0.0))
            with desk.db.write() as conn:
                rereading.again(conn, {one.id: desk.clock.now() + pause for one in found})
            break
        done += _keep(desk, asked, told, early, least)
    return done


def _keep(
    desk: Desk, asked: Sequence[Entry], told: Mapping[str, str | None], early: dict[str, datetime], least: timedelta
) -> Counter[str]:
    edited: list[str] = []
    gone: list[Entry] = []
    with desk.db.write() as conn:
        now = desk.clock.now()
        rereading.again(conn, early | {one.id: now + _rest(now - one.heard, least) for one in asked})
        for one in asked:
            if one.comment.remote_id not in told:
                continue
            fresh, words = comments.get(conn, one.id, lock=True), told[one.comment.remote_id]
            if fresh.deleted or fresh.comment.text != one.comment.text:
                continue
            if words is None:
                gone.append(fresh)
            elif cleaning.clean(words) != fresh.text:
                _edit(conn, fresh, words, now)
                changed.edited(desk, conn, one.id)
                edited.append(one.id)
        for one in gone:
            changed.removed(desk, conn, one)
        changed.erase(desk, conn, gone)
    _read_anew(desk, edited)
    return Counter(edited=len(edited), removed=len(gone))


def _rest(age: timedelta, least: timedelta) -> timedelta:
    """Return the pause until the next look: a quarter of a comment's age."""
    return max(least, min(SELDOM, age / 4))


def _edit(conn: Connection, one: Entry, words: str, now: datetime) -> None:
    text = cleaning.clean(words)
    heard = Heard(replace(one.comment, text=words), text, fingerprint=cleaning.fingerprint(text))
    comments.edit(conn, one.id, heard, now, was=one.text)


def _read_anew(desk: Desk, ids: Sequence[str]) -> None:
    """Read what people have already, or what is answered, by its new words; where it stands stays."""
    with desk.db.read() as conn:
        found = [comments.get(conn, comment_id) for comment_id in ids]
    found = [e for e in found if e.state in changed.THEIRS and not e.aside]
    if not found:
        return
    read = desk.minds.read or triage.local
    try:
        told = list(read(found))
    except ModelError:
        told = triage.local(found)
    with desk.db.write() as conn:
        for one, new in zip(found, told, strict=True):
            fresh = comments.get(conn, one.id, lock=True)
            if fresh.text == one.text and not fresh.deleted:
                soon = max(new.priority, one.triage.priority) if one.triage else new.priority
                comments.relabel(conn, one.id, replace(new, priority=soon), desk.clock.now(), "triage", changed.CHANGED)
