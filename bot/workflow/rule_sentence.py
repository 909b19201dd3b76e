"""A sentence that stands for an RFC 5545 rule: ``weekly on mon,thu at 09:00``, ``每周一 09:00``."""

from __future__ import annotations

import re
from datetime import time

from bot.errors import BadInput
from bot.words import say
from bot.workflow.slots import WEEKDAYS, weekday

_SHORT = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
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


def sentence(text: str) -> str:
    """Return the rule that a sentence stands for. Raises BadInput."""
    plain = " ".join(text.split())
    match = _SENTENCE.fullmatch(plain) or _CHINESE.fullmatch(plain.replace(" ", ""))
    help_ = say("Write it as 'daily at 09:00', 'weekly on mon,thu at 09:00' or 'monthly on 1 at 09:00'.")
    if match is None:
        raise bad(text, help_)
    unit = match["unit"].lower()
    try:
        at = time.fromisoformat(match["at"].zfill(5))
    except ValueError:
        raise bad(text, help_) from None
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
            raise bad(text, say("Name the days: {names}.", names=", ".join(WEEKDAYS)))
        extra = ";BYDAY=" + ",".join(_SHORT[d] for d in sorted({d for d in days if d is not None}))
    elif freq == "MONTHLY":
        nth, numbers = _MONTHDAY.fullmatch(on), re.findall(r"\d+", on)
        if nth and (day := weekday(nth["day"].lower())) is not None:
            extra = f";BYDAY={_NTH[nth['nth'].lower()]}{_SHORT[day]}"
        elif numbers and all(1 <= int(n) <= 31 for n in numbers):
            extra = ";BYMONTHDAY=" + ",".join(numbers)
        else:
            raise bad(text, say("Name the day of the month: 'on 1', 'on last fri'."))
    elif on:
        raise bad(text, help_)
    every = f";INTERVAL={int(match['n'])}" if match["n"] else ""
    return f"FREQ={freq}{every}{extra};BYHOUR={at.hour};BYMINUTE={at.minute}"


def bad(text: str, why: str) -> BadInput:
    """Return what is raised of a text that says no time."""
    return BadInput(say("{text!r} cannot be read.", text=text), next_step=why)
