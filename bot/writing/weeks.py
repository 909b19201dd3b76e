"""The weeks to come by account: what goes out when, which slots are free, when it is quiet, which days are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.app import App
from bot.domain.brand import Account, Brand
from bot.domain.draft import Draft, DraftState, DraftVersion, Window
from bot.domain.editorial import Quiet
from bot.domain.post import Post
from bot.errors import NotFound
from bot.insight import calendar
from bot.store import drafts, reviewing
from bot.words import language, say
from bot.workflow import quiet, slots, when

_DAY = timedelta(days=1)
#: Characters that no calendar program takes; a line break and a tab are fine.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GONE = (DraftState.REJECTED, DraftState.LAPSED, DraftState.SUPERSEDED)


@dataclass(frozen=True)
class Entry:
    """One draft or post in the calendar."""

    id: str
    version: int
    account: str
    #: ``HH:MM`` on the account's wall, and the instant in UTC.
    clock: str
    at: datetime
    zone: str
    #: ``review``, ``held``, ``scheduled``, ``live``, ``asked``, ``doubtful`` or ``refused``.
    state: str
    text: str
    parts: int
    #: When anything about it last changed, as far as a feed shows it; None in a calendar, which does not.
    changed: datetime | None = None
    #: Less time before it, on the same account, than the brand leaves between two posts.
    close: bool = False


@dataclass(frozen=True)
class Day:
    """One day of one account."""

    on: date
    entries: tuple[Entry, ...]
    #: Clock times of its free slots.
    free: tuple[str, ...]
    #: Quiet times that touch the day, as people read them.
    quiet: tuple[str, ...]
    #: Whether nothing at all may go out.
    shut: bool
    holidays: tuple[str, ...]
    #: The free slots themselves, with their times by the account's clock.
    slots: tuple[slots.Slot, ...] = ()


@dataclass(frozen=True)
class Weeks:
    """An account's weeks, Monday first."""

    account: Account
    days: tuple[Day, ...]
    #: Drafts and posts without a time: as soon as they are signed off.
    open: tuple[Entry, ...]


def weeks(
    app: App, n: int, account: str = "", *, first: date | None = None, zone: str = "", texts: bool = True
) -> list[Weeks]:
    """Return the next ``n`` weeks of each account, or of one; from the Monday of ``first``, which may be past.

    Days and times are those of ``zone``, by default of each account's own. Without ``texts``, those of what is signed
    are left out. Answers to comments stand in no calendar. Raises NotFound.
    """
    brand = app.brand()
    wanted = [a for a in brand.accounts if account in ("", a.key)]
    if not wanted:
        known = ", ".join(a.key for a in brand.accounts)
        raise NotFound(
            say("{brand} has no account {account}.", brand=brand.name, account=repr(account)),
            next_step=say("It has: {known}.", known=known),
        )
    now = app.clock.now()
    begins = {a.key: monday_of(first or now.astimezone(when.zone(zone or a.zone)).date()) for a in wanted}
    earliest, latest = min(begins.values()), max(begins.values())
    with app.db.read() as conn:
        found = _between(app, conn, brand, earliest, (latest - earliest).days + 7 * n, account, texts, zone)
    return [_weeks(brand, a, found.get(a.key, ()), now, n, begins[a.key], zone) for a in wanted]


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - _DAY * day.weekday()


def entries(app: App, since: datetime) -> list[Entry]:
    """Return everything of the brand that has a time after ``since``, in order: for a feed."""
    brand = app.brand()
    with app.db.read() as conn:
        found = [entry for entry, timed in _entries(app, conn, brand) if timed and entry.at >= since]
    return sorted(found, key=lambda e: (e.at, e.id))


def _between(
    app: App, conn: Connection, brand: Brand, first: date, days: int, account: str, texts: bool, shown: str
) -> dict[str, list[tuple[Entry, date | None]]]:
    """Return by account the entries of some days, each with its day, and those without a time, which have none.

    There is a day more on either side for other zones. Clocks and days are those of ``shown``, or of each account.
    """
    start = datetime.combine(first, time(), UTC)
    since, until = start - _DAY, start + _DAY * (days + 1)
    zones, now = {a.key: a.zone for a in brand.accounts}, app.clock.now()
    walls = {key: when.zone(shown or zone) for key, zone in zones.items()}
    found: dict[str, list[tuple[Entry, date | None]]] = {}
    for one in reviewing.unsigned(conn, brand.id, since, until, account):
        at, zone = when.instant(Window(one.wall, one.zone), now)[0], zones.get(one.account, one.zone)
        here = at.astimezone(walls.get(one.account) or when.zone(shown or zone))
        entry = Entry(one.draft, one.version, one.account, _clock(here), at, zone,
                      "held" if one.held else "review", one.text, one.parts)  # fmt: skip
        found.setdefault(one.account, []).append((entry, None if one.wall is None else here.date()))
    for other in reviewing.sent(conn, brand.id, since, until, account, texts=texts):
        if state := _of_parts(other.states):
            zone = zones.get(other.account, brand.zone)
            here = other.due.astimezone(walls.get(other.account) or when.zone(shown or zone))
            entry = Entry(other.draft, other.version, other.account, _clock(here), other.due,
                          zone, state, other.text, other.parts)  # fmt: skip
            found.setdefault(other.account, []).append((entry, here.date()))
    return found


def _clock(here: datetime) -> str:
    return f"{here.hour:02d}:{here.minute:02d}"


def _entries(app: App, conn: Connection, brand: Brand) -> list[tuple[Entry, bool]]:
    """Return each entry, and whether it has a time."""
    # Answers to comments stand in no calendar, and least of all behind an address without a login.
    standing = [(d, version) for d, version in drafts.standing(conn, brand.id) if d.kind != "reply"]
    made = reviewing.posts_of(conn, [d.id for d, version in standing if version.state is DraftState.APPROVED])
    return _made(app, brand, [(draft, version, made.get(draft.id)) for draft, version in standing])


def _made(
    app: App, brand: Brand, given: Sequence[tuple[Draft, DraftVersion, Post | None]]
) -> list[tuple[Entry, bool]]:  # fmt: skip
    now, found = app.clock.now(), []
    for draft, version, post in given:
        state = _state(version, post)
        if state is None:
            continue
        account = brand.account(draft.account)
        window = version.content.window
        zone = account.zone if account else window.zone
        at = post.due if post else when.instant(window, now)[0]
        timed = window.wall is not None or post is not None
        found.append((_entry(draft, version, post, state, at, zone), timed))
    return found


def _entry(draft: Draft, version: DraftVersion, post: Post | None, state: str, at: datetime, zone: str) -> Entry:
    lived = [p.receipt.at for p in post.parts if p.receipt] if post else []
    changed = max([version.created, *([post.created] if post else []), *lived])
    text = version.content.parts[0].text if version.content.parts else ""
    parts = len(version.content.parts)
    clock = _clock(at.astimezone(when.zone(zone)))
    return Entry(draft.id, version.version, draft.account, clock, at, zone, state, text, parts, changed)


def _state(version: DraftVersion, post: Post | None) -> str | None:
    """Return what an entry stands as, None for what never goes out."""
    if version.state in _GONE:
        return None
    if post is None:
        return "held" if version.state is DraftState.PROPOSED else "review"
    return _of_parts({p.state.value for p in post.parts})


def _of_parts(states: Set[str]) -> str | None:
    for one, named in (("asked", "asked"), ("refused", "refused"), ("doubtful", "doubtful"), ("sending", "doubtful")):
        if one in states:
            return named
    if states == {"live"}:
        return "live"
    return None if states & {"cancelled", "deleted"} else "scheduled"


def _weeks(
    brand: Brand,
    account: Account,
    mine: Sequence[tuple[Entry, date | None]],
    now: datetime,
    n: int,
    first: date,
    zone: str,
) -> Weeks:
    local = when.zone(zone or account.zone)
    last = first + _DAY * (7 * n - 1)
    kept = calendar.days(brand.plan.holidays, first, last)
    by_day: dict[date, list[Entry]] = {}
    busy = {e.at for e, on in mine if on is not None}
    before, gap = None, timedelta(minutes=brand.plan.gap_minutes)
    for entry, on in sorted(mine, key=lambda one: (one[0].at, one[0].id)):
        if on is not None:
            close = before is not None and entry.at - before < gap
            before = entry.at
            by_day.setdefault(on, []).append(replace(entry, close=True) if close else entry)
    free: dict[date, list[slots.Slot]] = {}
    start = max(first - _DAY, now.astimezone(when.zone(account.zone)).date())
    for slot in slots.coming(brand, account, start, max(0, (last - start).days + 2)):
        if slot.at >= now + slots.LEAD and slot.at not in busy:
            free.setdefault(slot.at.astimezone(local).date(), []).append(slot)
    quiets = [q for q in brand.plan.quiet if q.account in ("", account.key)]
    found = []
    for at in (first + _DAY * k for k in range(7 * n)):
        begins, _ = when.instant(Window(f"{at.isoformat()}T00:00", account.zone), now)
        ends, _ = when.instant(Window(f"{(at + _DAY).isoformat()}T00:00", account.zone), now)
        over = quiet.until(brand, account, begins)
        found.append(
            Day(
                on=at,
                entries=tuple(by_day.get(at, ())),
                free=tuple(f"{slot.at.astimezone(local):%H:%M}" for slot in free.get(at, ())),
                quiet=tuple(said for q in quiets if (said := _quiet(q, at))),
                shut=over is not None and over >= ends,
                holidays=tuple(d.name(language()) for d in kept if d.on <= at <= d.last),
                slots=tuple(free.get(at, ())),
            )
        )
    waiting = tuple(e for e, on in mine if on is None)
    return Weeks(account, tuple(found), waiting)


def _quiet(q: Quiet, on: date) -> str:
    """Return the hours of a quiet time that begins on a day, empty where it does not."""
    if (q.days and on.weekday() not in q.days) or (q.first and not q.first <= on.isoformat() <= q.last):
        return ""
    if time.fromisoformat(q.start) == time.fromisoformat(q.end):
        return say("all day")
    return f"{q.start}–{q.end}"


def ical(app: App, name: str, now: datetime) -> bytes:
    """Return everything that is to go out, and went out in the last weeks, as an iCalendar feed (RFC 5545)."""
    from icalendar import Calendar, Event

    feed = Calendar()
    feed.add("prodid", "-//Signoff//signoff calendar//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", say("{brand}: posts", brand=name))
    for entry in entries(app, now - 60 * _DAY):
        event = Event()
        event.add("uid", f"{entry.id}@signoff")
        changed = (entry.changed or entry.at).astimezone(UTC)
        event.add("dtstamp", changed)
        event.add("last-modified", changed)
        event.add("sequence", entry.version - 1)
        event.add("dtstart", entry.at.astimezone(UTC))
        event.add("duration", timedelta(minutes=15))
        text = _CONTROL.sub("", entry.text)
        words = " ".join(text.split())
        event.add("summary", f"{state_word(entry.state)}: {entry.account}: {words[:60]}")
        event.add("description", f"{text}\n\n{entry.id}")
        event.add("categories", [entry.account])
        # A calendar shows what is sure as sure: nobody has signed the others.
        event.add("status", "CONFIRMED" if entry.state in ("scheduled", "live") else "TENTATIVE")
        event.add("transp", "TRANSPARENT")
        feed.add_component(event)
    made: bytes = feed.to_ical()
    return made


def state_word(state: str) -> str:
    """Name what an entry stands as."""
    return {
        "review": say("waits for a signature"),
        "held": say("held back by a check"),
        "scheduled": say("signed off"),
        "live": say("live"),
        "asked": say("needs a person"),
        "doubtful": say("no clear answer; being looked up"),
        "refused": say("refused"),
    }[state]
