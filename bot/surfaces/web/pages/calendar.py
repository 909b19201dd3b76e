"""The calendar: month, week or list of what goes out, and the secret address for calendar programs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.store import events, web
from bot.surfaces.web.visit import Route, Visit
from bot.words import language, say
from bot.workflow import when

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.writing.weeks import Day, Entry

#: Weeks that each way of showing it has, and how far ahead one can look.
WAYS = {"month": 5, "week": 1, "list": 4}
FURTHEST = 21


@dataclass(frozen=True)
class Cell:
    """One day of all accounts that are shown."""

    on: date
    name: str
    today: bool
    entries: list[Entry]
    #: ``account: times`` of free slots, and what else is to be known.
    free: list[str]
    remarks: list[str]
    shut: bool


def calendar(visit: Visit) -> Response:
    """Show the weeks to come."""
    from bot.writing import weeks

    way = visit.query.get("as", "month")
    way = way if way in WAYS else "month"
    given = visit.query.get("from", "0")
    ahead = min(int(given), FURTHEST) if given.isascii() and given.isdigit() and len(given) < 4 else 0
    account = visit.query.get("account", "")
    known = [a.key for a in visit.brand.accounts]
    account = account if account in known else ""
    found = weeks.weeks(visit.app, ahead + WAYS[way], account)
    today = visit.app.clock.now().astimezone(when.zone(visit.brand.zone)).date()
    cells: list[Cell] = []
    for k in range(7 * ahead, 7 * (ahead + WAYS[way])):
        days = [(one.account.key, one.days[k]) for one in found if k < len(one.days)]
        if days:
            cells.append(_cell(days, today, quiet=way == "week"))
    return visit.page(
        "calendar.html", way=way, ahead=ahead, step=WAYS[way], cells=cells, account=account, accounts=known,
        open=[e for one in found for e in one.open], word=weeks.state_word, furthest=FURTHEST,
        weekdays=[say(d) for d in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")],
        zones=[(one.account.key, one.account.zone) for one in found], address="",
    )  # fmt: skip


def _cell(mine: list[tuple[str, Day]], today: date, *, quiet: bool) -> Cell:
    on = mine[0][1].on
    entries = sorted((e for _, day in mine for e in day.entries), key=lambda e: (e.at, e.id))
    free = [f"{key}: {', '.join(day.free)}" for key, day in mine if day.free]
    remarks = list(dict.fromkeys(h for _, day in mine for h in day.holidays))
    for key, day in mine:
        if day.shut:
            remarks.append(say("{account}: quiet all day", account=key))
        elif day.quiet and quiet:
            remarks.append(say("{account}: quiet {hours}", account=key, hours=", ".join(day.quiet)))
    name = f"{say(f'{on:%a}')} {on.day} {say(f'{on:%b}')}"
    if language() == "zh":
        name = f"{on.month}月{on.day}日 {say(f'{on:%a}')}"
    return Cell(on, name, on == today, entries, free, remarks, all(day.shut for _, day in mine))


def feed(visit: Visit) -> Response:
    """Make a new secret address for calendar programs, and show it this once; the one before leads nowhere then."""
    secret, now = secrets.token_urlsafe(32), visit.app.clock.now()
    with visit.app.db.write() as conn:
        web.set_feed(conn, visit.brand.id, visit.person.id, secret, now)
        events.record(conn, now, visit.person.id, f"web:{visit.person.id}", "", "calendar address", "")
    return visit.page("feed.html", address=f"{visit.desk.origins[0]}/calendar/{secret}.ics")


ROUTES = (Route("GET", "/calendar", calendar), Route("POST", "/calendar/feed", feed))
