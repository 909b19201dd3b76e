"""The calendar: month, week, list or day of what goes out, by one clock or each account's; and the feed's address."""

from __future__ import annotations

import secrets
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.errors import BadInput
from bot.store import events, reviewing, web
from bot.surfaces.web.visit import WRITERS, Route, Visit
from bot.words import language, say
from bot.workflow import when

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.writing.weeks import Day, Entry, Weeks

WAYS = ("month", "week", "list", "day")
#: Weeks of a list; entries that a day shows in a month, in a week; entries of one page of a list or a day.
WEEKS, SHOWN, MOST = 4, {"month": 5, "week": 20, "list": 200, "day": 200}, 200
#: Entries without a time that are named.
OPEN = 50
#: Years before and after this one that can be looked at.
YEARS = 5
#: What can still be moved.
MOVABLE = ("review", "held", "scheduled")


@dataclass(frozen=True)
class Asked:
    """Which stretch of the calendar is shown, how, by whose clock."""

    way: str
    on: date
    account: str = ""
    #: ``""`` for each account's own clock, ``brand`` or ``mine``.
    clock: str = ""
    page: int = 0

    def address(self, **changed: Any) -> str:
        """Return the address of this, or of something near it."""
        one = replace(self, **changed)
        fields = {"as": one.way, "on": one.on.isoformat(), "account": one.account, "clock": one.clock}
        return "/calendar?" + urlencode(
            {k: v for k, v in fields.items() if v} | ({"page": one.page} if one.page else {})
        )


@dataclass(frozen=True)
class Cell:
    """One day of all accounts that are shown."""

    on: date
    name: str
    today: bool
    past: bool
    #: Outside of the month that is shown.
    beyond: bool
    entries: list[Entry]
    #: Entries that this page leaves out.
    more: int
    #: (account, time as shown, wall time of the account) of each free slot.
    free: list[tuple[str, str, str]]
    remarks: list[str]
    shut: bool


def calendar(visit: Visit) -> Response:
    """Show a stretch of it."""
    from bot.writing import weeks

    today = visit.app.clock.now().astimezone(when.zone(visit.brand.zone)).date()
    asked = _asked(visit, today)
    zone = zone_of(visit, asked.clock)
    first, days = _stretch(asked)
    monday = first - timedelta(days=first.weekday())
    count = ((first - monday).days + days + 6) // 7
    found = weeks.weeks(visit.app, count, asked.account, first=monday, zone=zone, texts=False)
    skip = (first - monday).days
    daily = _daily(found)
    cells = [_cell(found, k, asked, today, daily) for k in range(skip, skip + days)]
    cells, pages = _paged(cells, asked)
    cells = _told(visit, cells)
    may = any(visit.person.may(role) for role in WRITERS)
    open_ = [e for one in found for e in one.open]
    return visit.page(
        "calendar.html", asked=asked, cells=cells, title=_title(asked), today=today, pages=pages,
        earlier=_turned(asked, -1), later=_turned(asked, 1), accounts=[a.key for a in visit.brand.accounts],
        open=open_[:OPEN], open_more=len(open_) > OPEN, word=weeks.state_word, may=may, movable=MOVABLE,
        zones=_zones(found), zone=zone, clocks=clocks(visit),
        quiet=_quiet(daily), gap=visit.brand.plan.gap_minutes, most=MOST,
    )  # fmt: skip


def _asked(visit: Visit, today: date) -> Asked:
    given = visit.query
    way, account, clock = given.get("as", ""), given.get("account", ""), given.get("clock", "")
    page = given.get("page", "")
    return Asked(
        way if way in WAYS else "month", day_of(given.get("on", ""), today),
        account if account in {a.key for a in visit.brand.accounts} else "",
        clock if clock in dict(clocks(visit)) else "",
        int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 0,
    )  # fmt: skip


def day_of(text: str, today: date) -> date:
    """Return the day that an address names, or today."""
    if len(text) == 10 and text.isascii():
        with suppress(ValueError):
            found = date.fromisoformat(text)
            if abs(found.year - today.year) <= YEARS:
                return found
    return today


def clocks(visit: Visit) -> list[tuple[str, str]]:
    """Return whose clock may be chosen; a browser says the person's own by a cookie."""
    found = [("", say("of each account")), ("brand", say("of the brand ({zone})", zone=visit.brand.zone))]
    if mine := _mine(visit):
        found.append(("mine", say("mine ({zone})", zone=mine)))
    return found


def zone_of(visit: Visit, clock: str) -> str:
    """Return the zone of the clock that is chosen; empty for each account's own."""
    return {"brand": visit.brand.zone, "mine": _mine(visit)}.get(clock, "")


def _mine(visit: Visit) -> str:
    given = visit.cookies.get("signoff_zone", "")
    if 0 < len(given) < 64 and given.isascii():
        with suppress(BadInput):
            when.zone(given)
            return given
    return ""


def _stretch(asked: Asked) -> tuple[date, int]:
    """Return the first day that is shown, and how many."""
    on = asked.on
    monday = on - timedelta(days=on.weekday())
    if asked.way == "month":
        first = on.replace(day=1)
        start = first - timedelta(days=first.weekday())
        last = on.replace(day=monthrange(on.year, on.month)[1])
        return start, ((last - start).days // 7 + 1) * 7
    return {"week": (monday, 7), "list": (monday, 7 * WEEKS), "day": (on, 1)}[asked.way]


def _turned(asked: Asked, step: int) -> str:
    """Return the address of the stretch before or after."""
    on = asked.on
    if asked.way == "month":
        on = on.replace(day=1) - timedelta(days=1) if step < 0 else on.replace(day=28) + timedelta(days=4)
        return asked.address(on=on.replace(day=1), page=0)
    days = {"week": 7, "list": 7 * WEEKS, "day": 1}[asked.way]
    return asked.address(on=on + timedelta(days=days * step), page=0)


def _title(asked: Asked) -> str:
    on = asked.on
    if asked.way == "month":
        return f"{on.year}年{on.month}月" if language() == "zh" else f"{say(f'{on:%b}')} {on.year}"
    first, days = _stretch(asked)
    if days == 1:
        return f"{_name(first)} {first.year}"
    return f"{_name(first)} – {_name(first + timedelta(days=days - 1))}"


def _cell(found: Sequence[Weeks], k: int, asked: Asked, today: date, daily: dict[str, list[str]]) -> Cell:
    mine: list[tuple[str, Day]] = [(one.account.key, one.days[k]) for one in found]
    on = mine[0][1].on
    entries = sorted((e for _, day in mine for e in day.entries), key=lambda e: (e.at, e.id))
    free = [(key, text, slot.wall) for key, day in mine for text, slot in zip(day.free, day.slots, strict=True)]
    remarks = list(dict.fromkeys(h for _, day in mine for h in day.holidays))
    for key, day in mine:
        if day.shut:
            remarks.append(say("{account}: quiet all day", account=key))
        elif some := [hours for hours in day.quiet if hours not in daily[key]]:
            remarks.append(say("{account}: quiet {hours}", account=key, hours=", ".join(some)))
    most = SHOWN[asked.way]
    beyond = asked.way == "month" and on.month != asked.on.month
    more = max(0, len(entries) - most) if asked.way in ("month", "week") else 0
    return Cell(on, _name(on), on == today, on < today, beyond, entries[: len(entries) - more], more, free, remarks,
                all(day.shut for _, day in mine))  # fmt: skip


def _name(on: date) -> str:
    if language() == "zh":
        return f"{on.month}月{on.day}日 {say(f'{on:%a}')}"
    return f"{say(f'{on:%a}')} {on.day} {say(f'{on:%b}')}"


def _paged(cells: list[Cell], asked: Asked) -> tuple[list[Cell], int]:
    """Return the days of one page of a list, and how many pages there are."""
    if asked.way in ("month", "week"):
        return cells, 1
    total = sum(len(cell.entries) for cell in cells)
    start, made = asked.page * MOST, list[Cell]()
    for cell in cells:
        size = len(cell.entries)
        made.append(replace(cell, entries=cell.entries[max(0, start) : max(0, start + MOST)]))
        start -= size
    return made, max(1, -(-total // MOST))


def _told(visit: Visit, cells: Sequence[Cell]) -> list[Cell]:
    """Put the texts in, of the entries that are shown: a full month has many times as many."""
    with visit.app.db.read() as conn:
        texts = reviewing.first_texts(conn, [e.id for cell in cells for e in cell.entries if not e.text])
    return [
        replace(cell, entries=[e if e.text else replace(e, text=texts.get(e.id, "")) for e in cell.entries])
        for cell in cells
    ]


def _zones(found: Sequence[Weeks]) -> list[tuple[str, str]]:
    """Return which accounts go by which zone."""
    made: dict[str, list[str]] = {}
    for one in found:
        made.setdefault(one.account.zone, []).append(one.account.key)
    return [(", ".join(keys), zone) for zone, keys in made.items()]


def _daily(found: Sequence[Weeks]) -> dict[str, list[str]]:
    """Return the hours that are quiet every day that is shown, by account."""
    made = {}
    for one in found:
        hours = [set(day.quiet) for day in one.days]
        made[one.account.key] = sorted(set.intersection(*hours))
    return made


def _quiet(daily: dict[str, list[str]]) -> list[str]:
    """Return a line below the calendar for the hours that are quiet every day."""
    all_hours = {tuple(hours) for hours in daily.values()}
    if all_hours == {()}:
        return []
    if len(all_hours) == 1:
        return [say("Every day quiet: {hours}, by the clock of each account.", hours=", ".join(all_hours.pop()))]
    return [
        say("{account}: quiet {hours}", account=key, hours=", ".join(hours)) for key, hours in daily.items() if hours
    ]


def feed(visit: Visit) -> Response:
    """Make a new secret address for calendar programs, and show it this once; the one before leads nowhere then."""
    secret, now = secrets.token_urlsafe(32), visit.app.clock.now()
    with visit.app.desk.deciding() as conn:
        web.set_feed(conn, visit.brand.id, visit.person.id, secret, now)
        events.record(conn, now, visit.person.id, f"web:{visit.person.id}", "", "calendar address", "")
    return visit.page("feed.html", address=f"{visit.desk.origins[0]}/calendar/{secret}.ics")


ROUTES = (Route("GET", "/calendar", calendar), Route("POST", "/calendar/feed", feed))
