"""Moods by the hour and by the day: counted where comments changed, and summed by SQL for pages.

A comment that is read, corrected, changed by its author, removed or erased makes its hour stale, in the same
transaction. ``refresh`` counts stale hours anew, from the comments themselves, and adds up their days: doing it twice
changes nothing, and two that do it at once wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    String,
    Table,
    case,
    delete,
    distinct,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union_all,
)

from bot.domain.comment import MOODS
from bot.store.comment_tables import comment
from bot.store.mood_tables import mood_day, mood_hour, mood_stale
from bot.store.tables import brand as brands

#: Hours that are counted in one transaction.
AT_ONCE = 200
_HOUR_LONG = timedelta(hours=1)
ALL, ASPECT, INTENT, EMOTION = "", "a:", "i:", "e:"
_HOUR = func.substr(type_coerce(comment.c.at, String), 1, 13)


#: (what, how many of each mood), the most talked of first.
Sums = Sequence[tuple[str, Counter[str]]]


@dataclass(frozen=True)
class Only:
    """Which comments: half-open in time, and every field that is set must fit."""

    since: datetime
    until: datetime
    account: str = ""
    #: Primary subtag, as ``zh``.
    language: str = ""


def stale(conn: Connection, ids: Collection[str]) -> None:
    """Let the hours of these comments be counted anew."""
    given = list(ids)
    for some in (given[k : k + 500] for k in range(0, len(given), 500)):
        found = select(comment.c.brand, _HOUR).where(comment.c.id.in_(some)).distinct()
        conn.execute(insert(mood_stale).from_select(["brand", "hour"], found))


def all_stale(conn: Connection, brand: str) -> int:
    """Let every hour of a brand be counted anew, also those that hold no comment any more; return how many."""
    heard = select(literal(brand), _HOUR).where(comment.c.brand == brand).distinct()
    counted = select(mood_hour.c.brand, mood_hour.c.hour).where(mood_hour.c.brand == brand).distinct()
    conn.execute(insert(mood_stale).from_select(["brand", "hour"], heard))
    conn.execute(insert(mood_stale).from_select(["brand", "hour"], counted))
    return waiting(conn, brand)


def waiting(conn: Connection, brand: str = "") -> int:
    """Return how many hours are to be counted anew, of one brand or of all."""
    query = select(func.count(distinct(mood_stale.c.brand + "/" + mood_stale.c.hour)))
    return int(conn.execute(query.where(mood_stale.c.brand == brand) if brand else query).scalar_one())


def any_stale(conn: Connection) -> bool:
    """Say whether anything is to be counted anew."""
    return conn.execute(select(mood_stale.c.id).limit(1)).first() is not None


def refresh(conn: Connection, most: int = AT_ONCE) -> int:
    """Count up to ``most`` stale hours anew, the newest first; return how many."""
    newest = select(mood_stale.c.brand, mood_stale.c.hour).distinct().order_by(mood_stale.c.hour.desc()).limit(most)
    done = conn.execute(newest).all()
    for brand in sorted({brand for brand, _ in done}):
        # A day is added up from hours that others may be counting: one after the other.
        conn.execute(select(brands.c.id).where(brands.c.id == brand).with_for_update())
    for brand, hour in done:
        mine = (mood_stale.c.brand == brand, mood_stale.c.hour == hour)
        # Held until this transaction ends; what is stored meanwhile leaves a mark of its own.
        marks = list(conn.execute(select(mood_stale.c.id).where(*mine).with_for_update()).scalars())
        _count(conn, brand, hour)
        conn.execute(delete(mood_stale).where(mood_stale.c.id.in_(marks)))
    for brand, day in sorted({(brand, hour[:10]) for brand, hour in done}):
        _add_up(conn, brand, day)
    return len(done)


def _add_up(conn: Connection, brand: str, day: str) -> None:
    """Add a day up anew from its hours."""
    conn.execute(delete(mood_day).where(mood_day.c.brand == brand, mood_day.c.day == day))
    c = mood_hour.c
    its = (c.brand == brand, c.hour >= f"{day}T", c.hour < f"{day}U")
    found = select(c.brand, c.name, literal(day), c.account, c.language, *_SUMS).where(*its)
    found = found.group_by(c.brand, c.name, c.account, c.language)
    conn.execute(insert(mood_day).from_select(["brand", "name", "day", "account", "language", *MOODS], found))


def _count(conn: Connection, brand: str, hour: str) -> None:
    conn.execute(delete(mood_hour).where(mood_hour.c.brand == brand, mood_hour.c.hour == hour))
    start = datetime.fromisoformat(f"{hour}:00:00+00:00")
    c = comment.c
    query = select(c.account, c.language, c.label, c.intent, c.triage).where(
        c.brand == brand, c.at >= start, c.at < start + timedelta(hours=1), c.label != "", c.aside == "",
        c.deleted.is_(None),
    )  # fmt: skip
    found: dict[tuple[str, str, str], Counter[str]] = {}
    for row in conn.execute(query):
        language = row.language.split("-")[0][:8].lower() or "und"
        for name, label in _names(row):
            found.setdefault((name[:60], row.account, language), Counter())[label] += 1
    if found:
        conn.execute(insert(mood_hour), [
            {"brand": brand, "name": name, "hour": hour, "account": account, "language": language,
             **{m: counts[m] for m in MOODS}}
            for (name, account, language), counts in found.items()
        ])  # fmt: skip


def _names(row: Any) -> list[tuple[str, str]]:
    body = row.triage or {}
    names = [(ALL, row.label), (INTENT + row.intent, row.label)]
    if body.get("emotion"):
        names.append((EMOTION + body["emotion"], row.label))
    return names + [(ASPECT + name, mood) for name, mood in dict(body.get("aspects", ())).items() if mood in MOODS]


# --- sums -----------------------------------------------------------------------------------------------------


def _where(table: Table, brand: str, only: Only, names: Sequence[str]) -> list[Any]:
    c = table.c
    found: list[Any] = [c.brand == brand, c.name == names[0] if len(names) == 1 else c.name.in_(names)]
    if only.account:
        found.append(c.account == only.account)
    if only.language:
        found.append(c.language == only.language)
    return found


def _hours(brand: str, only: Only, names: Sequence[str], first: str, last: str) -> list[Any]:
    """Return the conditions of the hours from ``first`` on, before ``last``."""
    return [*_where(mood_hour, brand, only, names), mood_hour.c.hour >= first, mood_hour.c.hour < last]


def _text(at: datetime) -> str:
    # The hour that an instant falls into counts whole where a zone is off by half an hour.
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


_SUMS = [func.sum(mood_hour.c[m]).label(m) for m in MOODS]


def _summed(brand: str, only: Only, names: Sequence[str], column: str) -> Select[Any]:
    """Sum by a column: whole days of UTC by the day, and by the hour what is left at either end."""
    since, until = _text(only.since), _text(only.until)
    begin = only.since.astimezone(UTC)
    day, last = begin.strftime("%Y-%m-%d"), until[:10]
    if since[11:] != "00":
        day = (begin + timedelta(days=1)).strftime("%Y-%m-%d")

    def hours(first: str, end: str) -> Select[Any]:
        c = mood_hour.c
        return select(c[column], *(c[m] for m in MOODS)).where(*_hours(brand, only, names, first, end))

    if day >= last:
        some = hours(since, until).subquery()
    else:
        c = mood_day.c
        whole = select(c[column], *(c[m] for m in MOODS))
        whole = whole.where(*_where(mood_day, brand, only, names), c.day >= day, c.day < last)
        some = union_all(hours(since, f"{day}T"), whole, hours(f"{last}T", until)).subquery()
    return select(some.c[column], *(func.sum(some.c[m]) for m in MOODS)).group_by(some.c[column])


def _ranked(conn: Connection, query: Select[Any]) -> list[tuple[str, Counter[str]]]:
    found = [(row[0], Counter(dict(zip(MOODS, map(int, row[1:]), strict=True)))) for row in conn.execute(query)]
    return sorted(((name, counts) for name, counts in found if counts.total()),
                  key=lambda pair: (-pair[1].total(), pair[0]))  # fmt: skip


def by_hour(conn: Connection, brand: str, only: Only, name: str = ALL) -> list[tuple[datetime, Counter[str]]]:
    """Return each hour that has a comment, oldest first, with how many were of each mood."""
    c = mood_hour.c
    query = select(c.hour, *_SUMS).where(*_hours(brand, only, (name,), _text(only.since), _text(only.until)))
    query = query.group_by(c.hour).order_by(c.hour)
    return [(datetime.fromisoformat(f"{hour}:00:00+00:00"), Counter(dict(zip(MOODS, map(int, counts), strict=True))))
            for hour, *counts in conn.execute(query).all()]  # fmt: skip


def by_span(
    conn: Connection, brand: str, edges: Sequence[datetime], name: str = ALL, account: str = "", language: str = ""
) -> list[Counter[str]]:
    """Return the moods from each of some rising instants to the next; an hour belongs to where it begins.

    Each is what was said before its end, less what was said before its beginning: whole days of UTC, and the few hours
    between an edge and the nearer end of its day.
    """
    first, last = edges[0], edges[-1]
    only = Only(first, last, account, language)
    c, h = mood_day.c, mood_hour.c
    where = [*_where(mood_day, brand, only, (name,)), c.day >= _day(first), c.day <= _day(last)]
    by_day = {day: tuple(map(int, sums)) for day, *sums in conn.execute(
        select(c.day, *(func.sum(c[m]) for m in MOODS)).where(*where).group_by(c.day))}  # fmt: skip
    near = {_text(at + n * _HOUR_LONG) for edge in edges for at, size, _ in (_nearer(edge),) for n in range(size)}
    wanted = sorted(near)
    by_hour: dict[str, tuple[int, ...]] = {}
    for some in (wanted[k : k + 1000] for k in range(0, len(wanted), 1000)):
        query = select(h.hour, *_SUMS).where(*_where(mood_hour, brand, only, (name,)), h.hour.in_(some))
        by_hour |= {hour: tuple(map(int, sums)) for hour, *sums in conn.execute(query.group_by(h.hour))}
    # What was said before each edge, counted from the first day on.
    none, before, days = (0,) * len(MOODS), [], sorted(by_day)
    total, k = list(none), 0
    for edge in edges:
        at, size, after = _nearer(edge)
        while k < len(days) and (days[k] <= _day(edge) if after else days[k] < _day(edge)):
            total = [a + b for a, b in zip(total, by_day[days[k]], strict=True)]
            k += 1
        hours = [by_hour.get(_text(at + n * _HOUR_LONG), none) for n in range(size)]
        part = [sum(column) for column in zip(none, *hours, strict=True)]
        before.append([a - b if after else a + b for a, b in zip(total, part, strict=True)])
    return [Counter({m: end - begin for m, begin, end in zip(MOODS, a, b, strict=True)}) for a, b in pairwise(before)]


def _nearer(edge: datetime) -> tuple[datetime, int, bool]:
    """Return the hours between an edge and the nearer end of its day: the first, how many, whether they follow it."""
    at = edge.astimezone(UTC)
    whole = at.replace(minute=0, second=0, microsecond=0)
    hour = whole if whole == at else whole + _HOUR_LONG
    if hour.date() != at.date() or hour.hour > 12:
        return hour, -hour.hour % 24, True
    return hour.replace(hour=0), hour.hour, False


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def by(conn: Connection, brand: str, only: Only, column: str) -> list[tuple[str, Counter[str]]]:
    """Return the moods by ``account`` or ``language``, the most talked of first."""
    return _ranked(conn, _summed(brand, only, (ALL,), column))


def names(conn: Connection, brand: str) -> list[str]:
    """Return every name that was ever counted: few, found by jumping from one to the next along the key."""
    c = mood_day.c
    found = select(func.min(c.name).label("name")).where(c.brand == brand).cte("found", recursive=True)
    following = select(func.min(c.name)).where(c.brand == brand, c.name > found.c.name).correlate(found)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.name.is_not(None)))
    return [name for (name,) in conn.execute(select(found.c.name)) if name is not None]


def about(conn: Connection, brand: str, only: Only, *kinds: str) -> list[list[tuple[str, Counter[str]]]]:
    """Return by kind, as ``ASPECT``, ``INTENT`` or ``EMOTION``, the moods of what is spoken of, wanted or felt."""
    wanted = [n for n in names(conn, brand) if n.startswith(kinds) and n != ALL]
    found = _ranked(conn, _summed(brand, only, wanted, "name")) if wanted else []
    return [
        sorted(((n.removeprefix(kind), counts) for n, counts in found if n.startswith(kind)),
               key=lambda pair: (-pair[1].total(), pair[0]))
        for kind in kinds
    ]  # fmt: skip


def texts(conn: Connection, brand: str, only: Only, most: int) -> Sequence[tuple[str, str, str]]:
    """Return (text, language, mood) of the newest ``most`` comments, in a few words of the index by time."""
    c = comment.c
    where = [c.brand == brand, c.at >= only.since, c.at < only.until, c.label != "", c.aside == "", c.deleted.is_(None)]
    if only.account:
        where.append(c.account == only.account)
    if only.language:
        where.append(case((c.language == only.language, 1), (c.language.startswith(only.language + "-"), 1), else_=0)
                     == 1)  # fmt: skip
    query = select(c.text, c.language, c.label).where(*where).order_by(c.at.desc()).limit(most)
    return [(text, spoken, label) for text, spoken, label in conn.execute(query).all()]
