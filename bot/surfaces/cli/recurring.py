"""When a series comes, in words."""

from __future__ import annotations

import re

from bot.words import say

_WEEKDAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
_PLAIN = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "UNTIL", "COUNT"})


def spoken(rule: str) -> str:
    """Say a rule such as ``FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9;BYMINUTE=0`` in words; a rarer one stays as it is."""
    given = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    hour, minute = given.get("BYHOUR", ""), given.get("BYMINUTE", "0")
    if set(given) - _PLAIN or not (hour.isdigit() and minute.isdigit()):
        return rule
    said = _often(given, f"{int(hour):02}:{int(minute):02}")
    if not said:
        return rule
    if until := given.get("UNTIL", ""):
        said = say("{often}, until {day}", often=said, day=f"{until[:4]}-{until[4:6]}-{until[6:8]}")
    if count := given.get("COUNT", ""):
        said = say("{often}, {n} times in all", often=said, n=count)
    return said


def _often(given: dict[str, str], time: str) -> str:
    n, days, on = given.get("INTERVAL", "1"), given.get("BYDAY", ""), given.get("BYMONTHDAY", "")
    freq = given.get("FREQ", "")
    if freq == "DAILY" and not (days or on):
        return say("every day at {time}", time=time) if n == "1" else say("every {n} days at {time}", n=n, time=time)
    if freq == "WEEKLY" and not on and days and all(day in _WEEKDAYS for day in days.split(",")):
        named = ", ".join(say(_WEEKDAYS[day]) for day in days.split(","))
        if n == "1":
            return say("every week on {days} at {time}", days=named, time=time)
        return say("every {n} weeks on {days} at {time}", n=n, days=named, time=time)
    if freq == "MONTHLY" and n == "1" and on.isdigit() and not days:
        return say("every month on day {day} at {time}", day=on, time=time)
    if freq == "MONTHLY" and n == "1" and not on and (found := re.fullmatch(r"(-1|[1-4])([A-Z]{2})", days)):
        named = say(_WEEKDAYS[found[2]])
        if found[1] == "-1":
            return say("every month on the last {day} at {time}", day=named, time=time)
        return say("every month on {day} number {n} at {time}", day=named, n=found[1], time=time)
    return ""
