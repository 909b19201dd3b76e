"""From a wall time in a zone to an instant, with the two odd hours of the year said aloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.draft import Window
from bot.errors import BadInput
from bot.words import say

#: Years that a time can be in: what is far outside is a slip of the hand, and no zone has rules for it.
YEARS = range(2000, 2201)


def zone(name: str) -> ZoneInfo:
    """Return an IANA zone. Raises BadInput for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            say("{zone} is not a time zone.", zone=repr(name)), next_step=say("Use a name such as Europe/Berlin.")
        ) from None


def parse_wall(text: str) -> str:
    """Return ``text`` as ``YYYY-MM-DDTHH:MM``. Raises BadInput."""
    given = text.strip().replace(" ", "T")
    try:
        wall = datetime.fromisoformat(given)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None:
        fault = say("{text} is not a time.", text=repr(text))
    elif "T" not in given.upper():
        # A day alone would be midnight, which nobody said.
        fault = say("{text} names a day without a time.", text=repr(text))
    elif wall.year not in YEARS:
        fault = say("{text} is too far away.", text=repr(text))
    else:
        return wall.strftime("%Y-%m-%dT%H:%M")
    raise BadInput(fault, next_step=say("Write it as 2026-11-30 09:00, in the account's zone."))


def instant(window: Window, now: datetime) -> tuple[datetime, str]:
    """Return the UTC instant at which a window opens, and a remark where the clock plays tricks.

    A wall time that does not exist (spring) moves forward by the gap; one that exists twice (autumn) means the
    first. A window without a time opens ``now``.
    """
    if window.wall is None:
        return now, ""
    local = zone(window.zone)
    naive = datetime.fromisoformat(window.wall)
    first = naive.replace(tzinfo=local, fold=0)
    back = first.astimezone(UTC).astimezone(local).replace(tzinfo=None)
    if back != naive:
        words = {"time": f"{naive:%H:%M}", "zone": window.zone, "new": f"{back:%H:%M}"}
        remark = say("{time} does not exist that day in {zone}; it becomes {new}.", **words)
        return first.astimezone(UTC), remark
    second = naive.replace(tzinfo=local, fold=1)
    if first.utcoffset() != second.utcoffset():
        remark = say(
            "{time} comes twice that day in {zone}; the first is meant.", time=f"{naive:%H:%M}", zone=window.zone
        )
        return first.astimezone(UTC), remark
    return first.astimezone(UTC), ""


def wall_of(at: datetime, zone_name: str) -> str:
    """Return an instant as the wall time of a zone, ``YYYY-MM-DDTHH:MM``."""
    return at.astimezone(zone(zone_name)).strftime("%Y-%m-%dT%H:%M")


def late(due: datetime, window: Window, now: datetime) -> bool:
    """Say whether a post is past its grace, so that a person is asked instead of posting late."""
    return now > due + timedelta(minutes=window.grace_minutes)


def spoken(at: datetime, zone_name: str) -> str:
    """Write an instant as people of that zone read it."""
    local = at.astimezone(zone(zone_name))
    words = {"weekday": say(f"{local:%a}"), "day": f"{local:%d}", "month": say(f"{local:%b}"), "year": local.year}
    date = say("{weekday} {day} {month} {year} {time}", time=f"{local:%H:%M}", **words)
    # Only an hour that comes twice needs more than its zone to be clear.
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{date} {zone_name}" + (f" (UTC{local:%z})" if twice else "")
