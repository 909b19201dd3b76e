"""When something comes again: RFC 5545 rules, or a sentence that stands for one, counted in wall time alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from bot.words import say
from bot.workflow import when
from bot.workflow.rule_sentence import bad, sentence

if TYPE_CHECKING:
    from dateutil.rrule import rrule

#: Nothing comes more often than daily: posts by the minute are no plan.
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
#: Most of what a rule counts; times a day.
_MOST, _A_DAY = 1000, 12
#: The calendar is the same every 400 years, weekdays too. Rules are counted so much later, near the end of the years
#: that the package knows: there it soon gives up on one that never comes.
_LATER = 7600
_PARTS = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYHOUR", "BYMINUTE", "WKST",
    "BYYEARDAY", "BYWEEKNO",
)  # fmt: skip


@dataclass(frozen=True)
class Recurrence:
    """A rule and the wall time from which it counts."""

    #: Such as ``FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9;BYMINUTE=0``.
    rule: str
    #: ``YYYY-MM-DDTHH:MM``.
    start: str


def parse(text: str, start: str, until: str = "", count: int | None = None, zone: str = "UTC") -> Recurrence:
    """Read ``weekly on mon,thu at 09:00`` or an RFC 5545 rule. Raises BadInput.

    ``start`` and ``until`` are dates; the last day counts. ``zone`` is that of the account: a rule's end that is given
    in UTC becomes wall time there.
    """
    rule = text.strip().upper().removeprefix("RRULE:") if "=" in text else sentence(text)
    given = _fields(rule)
    if given.get("FREQ") not in _FREQUENCIES:
        raise bad(text, say("FREQ is one of {names}.", names=", ".join(_FREQUENCIES)))
    if "BYHOUR" not in given:
        raise bad(text, say("Say the time of day: BYHOUR=9;BYMINUTE=0."))
    given.setdefault("BYMINUTE", "0")
    if until:
        given["UNTIL"] = _date(until).strftime("%Y%m%dT235959")
    if count is not None:
        given["COUNT"] = str(count)
    if "UNTIL" in given and "COUNT" in given:
        raise bad(text, say("Use --until or --count, not both."))
    _within(text, given)
    if "UNTIL" in given:
        given["UNTIL"] = _until(text, given["UNTIL"], zone)
    if "=" not in text and "INTERVAL" in given:
        # "Every 2 weeks on Friday" begins with the next Friday, also where that is in the week after this one.
        plain = ";".join(f"{n}={v}" for n, v in given.items() if n not in ("INTERVAL", "COUNT"))
        start = next(iter(coming(plain, f"{_date(start).isoformat()}T00:00", f"{start}T00:00", 1)), start)[:10]
    made = Recurrence(";".join(f"{n}={v}" for n, v in given.items()), f"{_date(start).isoformat()}T00:00")
    _rule(made.rule, made.start)
    return made


def coming(rule: str, start: str, after: str, most: int, last: str = "9") -> list[str]:
    """Return the next ``most`` wall times after one and not after ``last``, as ``YYYY-MM-DDTHH:MM``."""
    # The package has no types of its own.
    counted: Any = _rule(rule, start)
    until = counted._until
    counted = counted.replace(dtstart=_shifted(counted._dtstart, _LATER), until=until and _shifted(until, _LATER))
    found = counted.xafter(_shifted(datetime.fromisoformat(after), _LATER), inc=False)
    walls = (_shifted(wall, -_LATER).strftime("%Y-%m-%dT%H:%M") for wall in found)
    return list(islice(takewhile(lambda wall: wall <= last, walls), most))


def from_now(given: Recurrence, after: str) -> Recurrence:
    """Return the recurrence so that what it counts begins with the first time after a wall time."""
    if "COUNT=" not in given.rule:
        return given
    plain = ";".join(part for part in given.rule.split(";") if not part.startswith("COUNT="))
    first = coming(plain, given.start, after, 1)
    return Recurrence(given.rule, max(first[0], given.start)) if first else given


def _within(text: str, given: dict[str, str]) -> None:
    """Refuse numbers that never end, or that make too many posts. Raises BadInput."""
    for name in ("INTERVAL", "COUNT"):
        if name in given and not (given[name].isdecimal() and 1 <= int(given[name]) <= _MOST):
            raise bad(text, say("{name} is a whole number from 1 to {most}.", name=name, most=_MOST))
    if len(given["BYHOUR"].split(",")) * len(given["BYMINUTE"].split(",")) > _A_DAY:
        raise bad(text, say("A series comes at most {n} times a day.", n=_A_DAY))


def _until(text: str, value: str, zone: str) -> str:
    """Return a rule's end as wall time of a zone. Raises BadInput."""
    try:
        end = datetime.fromisoformat(value if "T" in value else value.removesuffix("Z"))
    except ValueError:
        end = None
    if end is None or end.year not in when.YEARS:
        raise bad(text, say("Write UNTIL as 20261224 or 20261224T235959."))
    if "T" not in value:
        # The day that is named is the last one, whatever time of day it is.
        end = end.replace(hour=23, minute=59, second=59)
    elif end.tzinfo:
        end = end.astimezone(when.zone(zone))
    return end.strftime("%Y%m%dT%H%M%S")


def _shifted(at: datetime, years: int) -> datetime:
    return at.replace(year=at.year + years)


def _rule(rule: str, start: str) -> rrule:
    from dateutil.rrule import rrule, rrulestr

    try:
        found = rrulestr(rule + ";BYSECOND=0", dtstart=datetime.fromisoformat(start))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise bad(rule, str(error)) from None
    assert isinstance(found, rrule)
    return found


def _fields(rule: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, rule.split(";")):
        name, _, value = part.partition("=")
        if name not in _PARTS or not value or name in found:
            raise bad(rule, say("{part} cannot be used.", part=part))
        found[name] = value
    return found


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.year not in when.YEARS:
        raise bad(text, say("Write it as 2026-12-25."))
    return found
