"""Quiet times: hours and dates in which a brand lets nothing out, by the wall time of each account."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.brand import Account, Brand
from bot.domain.draft import Window
from bot.domain.editorial import Quiet
from bot.errors import BadInput
from bot.words import say
from bot.workflow import when

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
#: Quiet times that follow each other are one; after so many (over a year of whole days) it is simply long.
_MOST = 400


def until(brand: Brand, account: Account, at: datetime) -> datetime | None:
    """Return when the quiet time ends in which an instant lies, or None where it lies in none."""
    mine = [q for q in brand.plan.quiet if q.account in ("", account.key)]
    if not mine:
        return None
    local, now = when.zone(account.zone), at
    for _ in range(_MOST):
        wall = now.astimezone(local).replace(tzinfo=None)
        ends = max((end for q in mine if (end := _end(q, wall))), default=None)
        if ends is None:
            break
        now = _reached(ends, local, now)
    return None if now == at else now


def possible(brand: Brand, account: Account, window: Window, now: datetime) -> None:
    """Refuse a time at which nothing can go out: one that is past, or within a quiet time. Raises BadInput."""
    if window.wall is None:
        return
    due, _ = when.instant(window, now)
    if due < now:
        raise BadInput(
            say("{time} in {zone} is past.", time=window.wall, zone=window.zone),
            next_step=say("Choose a time to come."),
        )
    ends = until(brand, account, due)
    if ends is not None:
        raise BadInput(
            say("{time} is within a quiet time of {account}.", time=when.spoken(due, window.zone), account=account.key),
            next_step=say("It ends on {time}; or change `quiet` in brand.yaml.", time=when.spoken(ends, window.zone)),
        )


def _end(quiet: Quiet, wall: datetime) -> datetime | None:
    """Return the wall time at which a quiet time ends that holds at ``wall``; it may have begun the day before."""
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    for on in (wall.date(), wall.date() - _DAY):
        if quiet.days and on.weekday() not in quiet.days:
            continue
        if quiet.first and not quiet.first <= on.isoformat() <= quiet.last:
            continue
        ends = datetime.combine(on, end) + (_DAY if end <= start else timedelta())
        if datetime.combine(on, start) <= wall < ends:
            return ends
    return None


def _reached(wall: datetime, local: ZoneInfo, after: datetime) -> datetime:
    """Return the first instant after ``after`` at which the clocks show ``wall``, or later where they skip it."""
    first, second = (wall.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(local).replace(tzinfo=None) == wall:
        return first if first > after else second
    # Within a gap: ``second`` lies before it, and it ends at the first minute that is not before ``wall``.
    at = max(second, after)
    while at.astimezone(local).replace(tzinfo=None) < wall:
        at += _MINUTE
    return at
