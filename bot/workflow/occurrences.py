"""The times of recurring posts as they come near: each becomes a draft with its own signatures, any worker sees to it.

What stumbles is one series' trouble: it is set aside for an hour and people are told, and the others go on. Times that
nobody was there for are not made up for, and said.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.domain.draft import Draft, DraftVersion, Window
from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store import drafts, events, series
from bot.store.series import Series
from bot.words import say
from bot.workflow import lasting_use, propose, recurrence, when
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: A series that nobody ends is asked about after so many drafts at once: one a day for two months.
MOST = 62
#: Missed times that are looked for.
MISSED = 1000
#: One that our own code stumbled over is tried again after so long.
ASIDE = timedelta(hours=1)


def tend(desk: Desk) -> int:
    """Make drafts of the occurrences that are near enough; return how many series it was about. Any worker calls it."""
    with desk.db.read() as conn:
        waiting = series.waiting(conn, desk.clock.now())
    for series_id in waiting:
        try:
            go_on(desk, series_id)
        except OperationalError:
            # The database's own trouble is everybody's: whoever runs the chores knows what to do.
            raise
        except Exception as error:
            log.exception("series %s stumbled", series_id)
            _set_aside(desk, series_id, error)
    return len(waiting)


def go_on(desk: Desk, series_id: str) -> list[DraftVersion]:
    """Make drafts of a series' occurrences that are near enough; twice at once makes each of them once."""
    made = []
    for _ in range(MOST):
        version, more = _next(desk, series_id)
        made += [version] if version else []
        if not more:
            break
    return made


def over(conn: Connection, found: Series, now: datetime, *, who: str, why: str) -> None:
    """End a series and say so."""
    series.change(conn, found.id, ended=why, look_at=None)
    events.record(conn, now, who, f"series:{found.id}", "on", "ended", why)
    text = say("{account}: series {series} has ended: {why}", account=found.account, series=found.id, why=why)
    rows.notify(conn, now, found.brand, f"series:{found.id}", text, "", level="info")


def _next(desk: Desk, series_id: str) -> tuple[DraftVersion | None, bool]:
    """Make a draft of the next occurrence if it is near enough; say whether there may be another one."""
    with desk.db.write() as conn:
        found, now = series.get(conn, series_id, lock=True), desk.clock.now()
        if found.ended or found.look_at is None or found.look_at > now:
            return None, False
        walls = recurrence.coming(found.rule, found.start, _missed(conn, found, now), 1)
        if not walls:
            over(conn, found, now, who="clock", why="it has come to its end")
            return None, False
        at, _ = when.instant(Window(walls[0], found.zone), now)
        near = at - timedelta(days=found.days_ahead)
        if near > now:
            series.change(conn, found.id, look_at=near)
            return None, False
        series.change(conn, found.id, last=walls[0])
        try:
            with conn.begin_nested():
                return _propose(desk, conn, found, walls[0], now), True
        except SignoffError as error:
            # A quiet day is passed over; what will not mend by itself is for a person.
            text = say("{account}: {time} of series {series} is left out: {why}", account=found.account,
                       time=walls[0].replace("T", " "), series=found.id, why=error.message)  # fmt: skip
            step = say("`signoff repeat {series} --stop` ends the series.", series=found.id)
            rows.notify(conn, now, found.brand, f"series:{found.id}", text, step)
            return None, True


def _propose(desk: Desk, conn: Connection, found: Series, wall: str, now: datetime) -> DraftVersion:
    old = drafts.version(conn, found.draft_id, found.version)
    brand, policy = desk.brand(conn, found.brand)
    content, of = old.content, drafts.get(conn, found.draft_id)
    wish = propose.Proposal(
        account=found.account, parts=content.parts, author=found.author, brief=of.brief, origin="repeat",
        citations=tuple(c for c in old.citations if brand.rulebook.get(c)),
        window=Window(wall, found.zone, brand.grace_minutes), visibility=content.visibility,
        language=content.language, note=f"series {found.id}", kind=of.kind, series=found.id, segment=of.segment,
        evidence={"before": old.evidence} if old.evidence else {},
    )  # fmt: skip
    draft = Draft(
        desk.clock.new_id("d"), brand.id, found.account, of.brief, found.author, now,
        kind=of.kind, series=found.id, segment=of.segment,
    )  # fmt: skip
    drafts.add(conn, draft)
    version = propose.add_version(desk, conn, draft, 1, wish, brand, policy)
    lasting_use.sign(desk, conn, draft, version)
    return drafts.version(conn, draft.id)


def _missed(conn: Connection, found: Series, now: datetime) -> str:
    """Say which times passed while no worker was there to draft them; return the wall time after which to go on."""
    wall = when.wall_of(now, found.zone)
    since = found.last or when.wall_of(found.created, found.zone)
    gone = recurrence.coming(found.rule, found.start, since, MISSED, wall)
    if not gone:
        return max(found.last, wall)
    first, last = gone[0].replace("T", " "), gone[-1].replace("T", " ")
    if len(gone) == 1:
        text = say("{account}: {time} of series {series} was missed: no worker ran.", account=found.account, time=first,
                   series=found.id)  # fmt: skip
    else:
        text = say("{account}: {n} times of series {series} were missed, {first} to {last}: no worker ran.",
                   account=found.account, n=len(gone), series=found.id, first=first, last=last)  # fmt: skip
    rows.notify(conn, now, found.brand, f"series:{found.id}", text, say("Post by hand what must still go out."))
    events.record(conn, now, "clock", f"series:{found.id}", "on", "on", f"missed: {', '.join(gone)}")
    series.change(conn, found.id, last=gone[-1])
    return wall


def _set_aside(desk: Desk, series_id: str, error: Exception) -> None:
    """Look at a series again in an hour, and tell people."""
    with desk.db.write() as conn:
        found, now = series.get(conn, series_id, lock=True), desk.clock.now()
        if found.ended:
            return
        series.change(conn, series_id, look_at=now + ASIDE)
        text = say("{account}: series {series} stumbled over {error}; it is tried again every hour.",
                   account=found.account, series=series_id, error=type(error).__name__)  # fmt: skip
        step = say("`signoff repeat {series} --stop` ends the series.", series=series_id)
        rows.notify(conn, now, found.brand, f"series:{series_id}", text, step)
