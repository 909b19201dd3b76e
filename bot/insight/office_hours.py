"""How long something has waited, counted in working hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.replies import Office

#: What waits longer is late anyway.
_DAYS = 60


def worked(start: datetime, end: datetime, office: Office, zone: str) -> timedelta:
    """Return how much of the office's time lies between two instants, at most that of 60 days."""
    tz, total = ZoneInfo(zone), timedelta()
    begin, until = start.astimezone(tz), end.astimezone(tz)
    overnight = office.hours.end <= office.hours.start
    day = begin.date() - timedelta(days=1)
    for _ in range(_DAYS):
        if day > until.date():
            break
        if day.weekday() in office.days:
            opens = datetime.combine(day, office.hours.start, tz)
            closes = datetime.combine(day + timedelta(days=overnight), office.hours.end, tz)
            # Instants, not wall times: a day may have 23 hours.
            a, b = max(opens.timestamp(), start.timestamp()), min(closes.timestamp(), end.timestamp())
            total += timedelta(seconds=max(0.0, b - a))
        day += timedelta(days=1)
    return total
