"""The part of brand.yaml that says when: weekly slots for posts, and hours and dates when nothing goes out."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from bot.brand_folder.problems import nearest
from bot.brand_folder.reader import Fields
from bot.domain.editorial import Quiet, WeekSlot
from bot.words import say

FIELDS = ("slots", "quiet", "gap_minutes")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def read_slots(top: Fields, accounts: Collection[str]) -> tuple[WeekSlot, ...]:
    """Return the weekly slots; those that cannot be used are left out and noted."""
    found: dict[WeekSlot, None] = {}
    for entry in top.entries("slots", ("account", "days", "at"), "slot"):
        days, account = _days(entry), _account(entry, accounts)
        if not entry.texts("at"):
            entry.error("at", say("{what} has no time.", what=entry.what), say('Add `at: "09:00"`.'))
        for text, line in entry.texts("at"):
            if not _CLOCK.fullmatch(text):
                _unread(entry, text, line, say('Write it as "09:30", in quotes.'))
            elif account is not None and days is not None:
                slot = WeekSlot(days or tuple(range(7)), text, account)
                if slot in found:
                    entry.warning("at", say("{what} is there twice.", what=entry.what), say("Remove one of them."))
                found[slot] = None
    return tuple(found)


def read_quiet(top: Fields, accounts: Collection[str]) -> tuple[Quiet, ...]:
    """Return the hours and dates when nothing goes out; those that cannot be used are left out and noted."""
    found = []
    for entry in top.entries("quiet", ("account", "days", "from", "to", "date", "until"), "quiet time"):
        before = len(entry.problems.found)
        start, end = _clock(entry, "from"), _clock(entry, "to")
        first, last = _date(entry, "date"), _date(entry, "until")
        days, account = _days(entry), _account(entry, accounts)
        whole = bool(first or days) and not (start or end)
        if not whole and bool(start) != bool(end) and len(entry.problems.found) == before:
            missing = "to" if start else "from"
            entry.error(missing, say("{what} has only one of `from` and `to`.", what=entry.what),
                        say('Add `{name}: "07:00"`.', name=missing))  # fmt: skip
        elif not (start or first or days) and len(entry.problems.found) == before:
            entry.error("", say("{what} says no hours and no date.", what=entry.what),
                        say('Add `from: "22:00"` and `to: "07:00"`, or `date: 2026-12-25`.'))  # fmt: skip
        elif start and start == end:
            entry.error("to", say("{what} ends when it begins.", what=entry.what),
                        say("For whole days write only `days` or `date`."))  # fmt: skip
        if last and not first:
            entry.error("until", say("{what} has an end and no beginning.", what=entry.what), say("Add `date`."))
        elif last and first and last < first:
            entry.error("until", say("{what} ends before it begins.", what=entry.what), say("Swap the two dates."))
        if len(entry.problems.found) == before and account is not None and days is not None:
            clock = (start, end) if start else ("00:00", "00:00")
            found.append(Quiet(first, last or first, days, *clock, account))
    return tuple(found)


def _days(entry: Fields) -> tuple[int, ...] | None:
    """Return weekdays in order, none where none are named, None where one cannot be read."""
    found = set()
    given = entry.texts("days")
    for text, line in given:
        day = text.lower()[:3]
        if day in DAYS and (len(text) == 3 or re.fullmatch(r"(?i)(?:mon|tues|wednes|thurs|fri|satur|sun)day", text)):
            found.add(DAYS.index(day))
        else:
            _unread(entry, text, line, nearest(text, DAYS))
    return tuple(sorted(found)) if found or not given else None


def _account(entry: Fields, accounts: Collection[str]) -> str | None:
    """Return the account, empty for all, None where the brand has no such account."""
    account = entry.text("account")
    if account and account not in accounts:
        entry.error(
            "account", say("The brand has no account {account}.", account=repr(account)), nearest(account, accounts)
        )
        return None
    return account


def _clock(entry: Fields, name: str) -> str:
    text = entry.text(name)
    if text and not _CLOCK.fullmatch(text):
        _unread(entry, text, entry.line(name), say('Write it as "09:30", in quotes.'))
        return ""
    return text


def _date(entry: Fields, name: str) -> str:
    text = entry.text(name)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        _unread(entry, text, entry.line(name), say("Write it as 2026-12-25."))
        return ""


def _unread(entry: Fields, text: str, line: int, fix: str) -> None:
    entry.problems.error(entry.file, line, say("{text!r} cannot be read.", text=text), fix)
