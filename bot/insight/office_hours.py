"""How long something has waited, counted in working hours."""

from __future__ import annotations

from bisect import bisect_right
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


class Calendar:
    """The office's hours in a zone between two instants, drawn once, for many questions about them."""

    def __init__(self, office: Office, zone: str, since: datetime, until: datetime) -> None:
        tz = ZoneInfo(zone)
        overnight = office.hours.end <= office.hours.start
        day, last = since.astimezone(tz).date() - timedelta(days=1), until.astimezone(tz).date()
        self._opens: list[float] = []
        self._closes: list[float] = []
        #: Working seconds before each opening.
        self._before: list[float] = []
        total = 0.0
        while day <= last:
            if day.weekday() in office.days:
                self._opens.append(datetime.combine(day, office.hours.start, tz).timestamp())
                closes = datetime.combine(day + timedelta(days=overnight), office.hours.end, tz)
                self._closes.append(closes.timestamp())
                self._before.append(total)
                total += self._closes[-1] - self._opens[-1]
            day += timedelta(days=1)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the office's time lies between two instants, as far as the calendar reaches."""
        return timedelta(seconds=max(0.0, self._until(end.timestamp()) - self._until(start.timestamp())))

    def _until(self, at: float) -> float:
        n = bisect_right(self._opens, at) - 1
        return self._before[n] + min(at, self._closes[n]) - self._opens[n] if n >= 0 else 0.0
