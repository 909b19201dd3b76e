"""Moods by the hour: counted where comments changed, and summed by SQL for pages.

A comment that is read, corrected, changed by its author, removed or erased makes its hour stale, in the same
transaction. ``refresh`` counts stale hours anew, from the comments themselves: doing it twice changes nothing, and two
that do it at once wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, case, delete, distinct, func, insert, literal, select, type_coerce

from bot.domain.comment import MOODS
from bot.store.comment_tables import comment
from bot.store.mood_tables import mood_hour, mood_stale

#: Hours that are counted in one transaction.
AT_ONCE = 200
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
    for brand, hour in done:
        mine = (mood_stale.c.brand == brand, mood_stale.c.hour == hour)
        # Held until this transaction ends; what is stored meanwhile leaves a mark of its own.
        marks = list(conn.execute(select(mood_stale.c.id).where(*mine).with_for_update()).scalars())
        _count(conn, brand, hour)
        conn.execute(delete(mood_stale).where(mood_stale.c.id.in_(marks)))
    return len(done)


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


def _where(brand: str, only: Only, name: str) -> list[Any]:
    c = mood_hour.c
    # The hour that ``since`` falls into counts whole where a zone is off by half an hour.
    found: list[Any] = [c.brand == brand, c.name == name, c.hour >= _text(only.since), c.hour < _text(only.until)]
    if only.account:
        found.append(c.account == only.account)
    if only.language:
        found.append(c.language == only.language)
    return found


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


_SUMS = [func.sum(mood_hour.c[m]).label(m) for m in MOODS]


def by_hour(conn: Connection, brand: str, only: Only, name: str = ALL) -> list[tuple[datetime, Counter[str]]]:
    """Return each hour that has a comment, oldest first, with how many were of each mood."""
    query = select(mood_hour.c.hour, *_SUMS).where(*_where(brand, only, name)).group_by(mood_hour.c.hour)
    return [
        (datetime.fromisoformat(f"{r.hour}:00:00+00:00"), Counter({m: getattr(r, m) for m in MOODS}))
        for r in conn.execute(query.order_by(mood_hour.c.hour))
    ]


def by(conn: Connection, brand: str, only: Only, column: str) -> list[tuple[str, Counter[str]]]:
    """Return the moods by ``account`` or ``language``, the most talked of first."""
    c = mood_hour.c[column]
    query = select(c, *_SUMS).where(*_where(brand, only, ALL)).group_by(c)
    found = [(r[0], Counter({m: getattr(r, m) for m in MOODS})) for r in conn.execute(query)]
    return sorted(found, key=lambda pair: (-pair[1].total(), pair[0]))


def names(conn: Connection, brand: str) -> list[str]:
    """Return every name that was ever counted: few, found by jumping from one to the next along the key."""
    found: list[str] = []
    last: str | None = None
    while True:
        where = [mood_hour.c.brand == brand] + ([mood_hour.c.name > last] if last is not None else [])
        last = conn.execute(select(func.min(mood_hour.c.name)).where(*where)).scalar()
        if last is None:
            return found
        found.append(last)


def about(
    conn: Connection, brand: str, only: Only, kind: str, known: Sequence[str] | None = None
) -> list[tuple[str, Counter[str]]]:
    """Return the moods by what they speak of (``ASPECT``), want (``INTENT``) or feel (``EMOTION``), the most first.

    ``known`` are the brand's ``names``, where they are at hand.
    """
    found = []
    for name in names(conn, brand) if known is None else known:
        if name.startswith(kind) and name != ALL:
            row = conn.execute(select(*_SUMS).where(*_where(brand, only, name))).one()
            counts = Counter({m: getattr(row, m) or 0 for m in MOODS})
            if counts.total():
                found.append((name.removeprefix(kind), counts))
    return sorted(found, key=lambda pair: (-pair[1].total(), pair[0]))


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
    return [(r.text, r.language, r.label) for r in conn.execute(query)]
