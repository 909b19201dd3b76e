"""When something comes again: RFC 5545 rules, or a sentence that stands for one, counted in wall time alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput
from bot.words import say
from bot.workflow.slots import WEEKDAYS, weekday

if TYPE_CHECKING:
    from dateutil.rrule import rrule

_SHORT = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Nothing comes more often than daily: posts by the minute are no plan.
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYHOUR", "BYMINUTE", "WKST",
    "BYYEARDAY", "BYWEEKNO",
)  # fmt: skip
_SENTENCE = re.compile(
    r"(?:every\s+(?P<n>\d+)\s+)?(?P<unit>daily|weekly|monthly|days?|weeks?|months?|weekdays)"
    r"(?:\s+on\s+(?P<on>.+?))?\s+at\s+(?P<at>\d{1,2}:\d\d)",
    re.I,
)
_CHINESE = re.compile(
    r"每(?P<n>\d+)?个?(?P<unit>天|日|周|星期|月|工作日)(?P<on>[一二三四五六日天、，,和\d号日]*?)\s*(?P<at>\d{1,2}:\d\d)"
)
_MONTHDAY = re.compile(r"(?P<nth>1st|first|2nd|second|3rd|third|4th|fourth|last)\s+(?P<day>[a-z]+)", re.I)
_NTH = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4, "last": -1}


@dataclass(frozen=True)
class Recurrence:
    """A rule and the wall time from which it counts."""

    #: Such as ``FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9;BYMINUTE=0``.
    rule: str
    #: ``YYYY-MM-DDTHH:MM``.
    start: str


def parse(text: str, start: str, until: str = "", count: int | None = None) -> Recurrence:
    """Read ``weekly on mon,thu at 09:00`` or an RFC 5545 rule. ``start`` and ``until`` are dates. Raises BadInput."""
    rule = text.strip().upper().removeprefix("RRULE:") if "=" in text else _sentence(text)
    given = _fields(rule)
    if given.get("FREQ") not in _FREQUENCIES:
        raise _bad(text, say("FREQ is one of {names}.", names=", ".join(_FREQUENCIES)))
    if "BYHOUR" not in given:
        raise _bad(text, say("Say the time of day: BYHOUR=9;BYMINUTE=0."))
    given.setdefault("BYMINUTE", "0")
    if until:
        given["UNTIL"] = _date(until).strftime("%Y%m%dT235959")
    if count is not None:
        given["COUNT"] = str(count)
    if "UNTIL" in given and "COUNT" in given:
        raise _bad(text, say("Use --until or --count, not both."))
    # The zone is the account's: an end in UTC would be another wall time in summer and in winter.
    given = {name: value.rstrip("Z") if name == "UNTIL" else value for name, value in given.items()}
    if "=" not in text and "INTERVAL" in given:
        # "Every 2 weeks on Friday" begins with the next Friday, also where that is in the week after this one.
        plain = ";".join(f"{n}={v}" for n, v in given.items() if n not in ("INTERVAL", "COUNT"))
        start = next(iter(coming(plain, f"{_date(start).isoformat()}T00:00", f"{start}T00:00", 1)), start)[:10]
    made = Recurrence(";".join(f"{n}={v}" for n, v in given.items()), f"{_date(start).isoformat()}T00:00")
    _rule(made.rule, made.start)
    return made


def coming(rule: str, start: str, after: str, most: int) -> list[str]:
    """Return the next ``most`` wall times after one, as ``YYYY-MM-DDTHH:MM``."""
    # The package has no types of its own.
    counted: Any = _rule(rule, start)
    found = counted.xafter(datetime.fromisoformat(after), inc=False)
    return [wall.strftime("%Y-%m-%dT%H:%M") for wall in islice(found, most)]


def _rule(rule: str, start: str) -> rrule:
    from dateutil.rrule import rrule, rrulestr

    try:
        found = rrulestr(rule + ";BYSECOND=0", dtstart=datetime.fromisoformat(start))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _bad(rule, str(error)) from None
    assert isinstance(found, rrule)
    return found


def _fields(rule: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, rule.split(";")):
        name, _, value = part.partition("=")
        if name not in _PARTS or not value or name in found:
            raise _bad(rule, say("{part} cannot be used.", part=part))
        found[name] = value
    return found


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    match = _SENTENCE.fullmatch(plain) or _CHINESE.fullmatch(plain.replace(" ", ""))
    help_ = say("Write it as 'daily at 09:00', 'weekly on mon,thu at 09:00' or 'monthly on 1 at 09:00'.")
    if match is None:
        raise _bad(text, help_)
    unit = match["unit"].lower()
    try:
        at = time.fromisoformat(match["at"].zfill(5))
    except ValueError:
        raise _bad(text, help_) from None
    freq = {"d": "DAILY", "天": "DAILY", "日": "DAILY", "w": "WEEKLY", "周": "WEEKLY", "星": "WEEKLY"}.get(
        unit[0], "MONTHLY"
    )
    on, extra = (match["on"] or "").strip(), ""
    if unit in ("weekdays", "工作日"):
        freq, extra = "WEEKLY", ";BYDAY=MO,TU,WE,TH,FR"
    elif freq == "WEEKLY":
        chinese = [f"周{c}" for c in on if c in "一二三四五六日天"]
        days = [weekday(d) for d in (chinese or re.split(r"[,\s]+(?:and\s+)?", on.lower()))] if on else []
        if not days or None in days:
            raise _bad(text, say("Name the days: {names}.", names=", ".join(WEEKDAYS)))
        extra = ";BYDAY=" + ",".join(_SHORT[d] for d in sorted({d for d in days if d is not None}))
    elif freq == "MONTHLY":
        nth, numbers = _MONTHDAY.fullmatch(on), re.findall(r"\d+", on)
        if nth and (day := weekday(nth["day"].lower())) is not None:
            extra = f";BYDAY={_NTH[nth['nth'].lower()]}{_SHORT[day]}"
        elif numbers and all(1 <= int(n) <= 31 for n in numbers):
            extra = ";BYMONTHDAY=" + ",".join(numbers)
        else:
            raise _bad(text, say("Name the day of the month: 'on 1', 'on last fri'."))
    elif on:
        raise _bad(text, help_)
    every = f";INTERVAL={int(match['n'])}" if match["n"] else ""
    return f"FREQ={freq}{every}{extra};BYHOUR={at.hour};BYMINUTE={at.minute}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise _bad(text, say("Write it as 2026-12-25.")) from None


def _bad(text: str, why: str) -> BadInput:
    return BadInput(say("{text!r} cannot be read.", text=text), next_step=why)
