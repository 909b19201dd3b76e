"""Mood: how people speak of the brand over time, about what, and in which words; each picture with its table."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.domain.comment import MOODS, NEGATIVE
from bot.domain.draft import Window
from bot.insight import spike
from bot.store import mood as rows
from bot.store import results
from bot.surfaces.web.pages import mood_drawing as drawing
from bot.surfaces.web.pages import tables
from bot.surfaces.web.visit import Route, Visit
from bot.words import joined, language, say
from bot.workflow import counting, when
from bot.writing.moods import word as mood_word
from bot.writing.reasons import spoken_day

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.insight.cloud import Word

#: Days that can be looked at; hours counted before a page is shown; comments that a cloud is made of; posts marked.
SPANS, FRESH, SAID, POSTS = (7, 28, 90), 1, 1000, 1000
#: Hours that are looked at for a spike, the worst first: a month-long storm is no hundred spikes.
CANDIDATES = 12
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    first: date
    last: date
    days: int
    account: str
    language: str
    about: str
    only: rows.Only
    #: Whether the days were named one by one.
    named: bool = False


def mood(visit: Visit) -> Response:
    """Show the page, or one of its tables as a file."""
    counting.count(visit.app.desk, most=FRESH)
    asked = asked_for(visit)
    found = gathered(visit, asked)
    wanted = visit.query.get("table", "")
    if visit.query.get("format") == "csv":
        chosen = next((t for t in found["tables"].values() if t.name == wanted), found["tables"]["days"])
        return tables.as_csv(chosen, f"mood-{asked.first}-{asked.last}")
    return visit.page("mood.html", asked=asked, spans=SPANS, query=query(visit), **found)


def query(visit: Visit) -> str:
    """Return what links to files put behind the address."""
    kept = {k: visit.query[k] for k in ("days", "account", "language", "about", "from", "to") if visit.query.get(k)}
    return urlencode({**kept, "format": "csv"})


def asked_for(visit: Visit) -> Asked:
    """Read the address; what cannot be meant is left out."""
    now, zone = visit.app.clock.now(), visit.brand.zone
    today = now.astimezone(when.zone(zone)).date()
    given = visit.query.get("days", "")
    days = int(given) if given in {str(s) for s in SPANS} else SPANS[1]
    first, last = today - (days - 1) * _DAY, today
    begin, end = _date(visit.query.get("from", "")), _date(visit.query.get("to", ""))
    named = bool(begin and end and begin <= end)
    if begin and end and named:
        first, last = max(begin, end - (SPANS[-1] - 1) * _DAY), end
    accounts = {a.key for a in visit.brand.accounts}
    account = visit.query.get("account", "")
    account = account if account in accounts else ""
    language = visit.query.get("language", "")
    language = language if language.isalpha() and language.isascii() and len(language) <= 8 else ""
    about = visit.query.get("about", "")[:40]
    only = rows.Only(midnight(first, zone, now), midnight(last + _DAY, zone, now), account, language.lower())
    return Asked(first, last, (last - first).days + 1, account, language.lower(), about, only, named)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def midnight(day: date, zone: str, now: datetime) -> datetime:
    """Return when a day begins in a zone."""
    return when.instant(Window(f"{day.isoformat()}T00:00", zone), now)[0]


def gathered(visit: Visit, asked: Asked) -> dict[str, Any]:
    """Return pictures and tables of a stretch of days."""
    from bot.insight import cloud

    brand, only = visit.brand.id, asked.only
    before = rows.Only(only.since - timedelta(weeks=spike.WEEKS), only.until, only.account, only.language)
    name = rows.ASPECT + asked.about if asked.about else rows.ALL
    with visit.app.db.read() as conn:
        _, policy = visit.app.desk.brand(conn, brand)
        hours = rows.by_hour(conn, brand, before)
        shown = rows.by_hour(conn, brand, only, name) if asked.about else [h for h in hours if h[0] >= only.since]
        posts = results.by_hour(conn, brand, only.since, only.until, only.account, POSTS)
        about, wants, feels = rows.about(conn, brand, only, rows.ASPECT, rows.INTENT, rows.EMOTION)
        accounts, languages = rows.by(conn, brand, only, "account"), rows.by(conn, brand, only, "language")
        everything = rows.Only(only.since, only.until)
        all_languages = languages if only == everything else rows.by(conn, brand, everything, "language")
        known = [lang for lang, _ in all_languages]
        said = rows.texts(conn, brand, only, SAID)
        late = rows.waiting(conn, brand)
    spikes = _spikes(hours, only.since, policy.replies.sensitivity)
    days = _days(asked, shown, posts, spikes, visit.brand.zone)
    words = cloud.words(said)
    put, height = cloud.placed(words)
    sums = sum((d.counts for d in days), Counter[str]())
    return {
        "days": days, "sums": sums, "total": sums.total(), "chart": drawing.over_time(days), "spikes": spikes,
        "told": _told(days, sums), "about": drawing.bars([(say(n), c) for n, c in about[:12]]), "aspects": about,
        "wants": drawing.bars([(say(n), c) for n, c in wants[:8]]), "cloud": drawing.cloud(put, height),
        "posts_cut": POSTS if sum(posts.values()) >= POSTS else 0, "words": words, "sample": len(said),
        "more": len(said) >= SAID, "accounts": accounts, "languages": known,
        "moods": MOODS, "late": late, "by_account": drawing.bars(accounts[:10], 210.0), "keys": [
            a.key for a in visit.brand.accounts],
        "tables": _tables(asked, days, about, wants, feels, accounts, languages, words),
    }  # fmt: skip


def _days(
    asked: Asked, shown: Sequence[tuple[datetime, Counter[str]]], posts: Mapping[datetime, int],
    spikes: Sequence[spike.Spike], zone: str,
) -> list[drawing.Day]:  # fmt: skip
    local = when.zone(zone)
    counts: dict[date, Counter[str]] = {asked.first + n * _DAY: Counter() for n in range(asked.days)}
    out: Counter[date] = Counter()
    loud: dict[date, str] = {}
    for at, heard in shown:
        if (on := at.astimezone(local).date()) in counts:
            for name, n in heard.items():
                counts[on][name] += n
    for at, n in posts.items():
        out[at.astimezone(local).date()] += n
    for one in spikes:
        said = say("{n} bad comments in the hour from {time}, {usual} are usual", n=one.negative,
                   time=f"{one.at.astimezone(local):%H:%M}", usual=f"{one.usual_negative:g}")  # fmt: skip
        loud.setdefault(one.at.astimezone(local).date(), said)
    found: list[drawing.Day] = []
    for on, moods in counts.items():
        parts = [f"{spoken_day(on)}: " + ", ".join(f"{mood_word(m)} {moods[m]}" for m in MOODS)]
        if out[on]:
            parts.append(say("posts: {n}", n=out[on]))
        found.append(drawing.Day(_tick(on), "; ".join([*parts, loud.get(on, "")]).rstrip("; "), moods,
                                 out[on], loud.get(on, "")))  # fmt: skip
    return found


def _tick(on: date) -> str:
    """Write a day below a column: short, and not to be read as the other order of day and month."""
    return f"{on.month}/{on.day}" if language() == "zh" else f"{on.day} {say(f'{on:%b}')}"


def _spikes(
    hours: Sequence[tuple[datetime, Counter[str]]], since: datetime, sensitivity: float
) -> list[spike.Spike]:  # fmt: skip
    """Return the hours that stand out, one for each storm, oldest first."""
    counts = {at: (c.total(), c[NEGATIVE]) for at, c in hours}
    loud = _loud(counts, since, sensitivity)
    found: list[spike.Spike] = []
    known = list(counts)
    for at in sorted(loud):
        # What came later is no part of what was usual then.
        some = known[bisect_right(known, at - timedelta(weeks=spike.WEEKS)) : bisect_right(known, at)]
        past = {h: counts[h] for h in some}
        one = spike.spike(past, at, sensitivity)
        if one is not None and not (found and at - found[-1].at < 6 * _HOUR):
            found.append(one)
    return found


def _loud(counts: Mapping[datetime, tuple[int, int]], since: datetime, sensitivity: float) -> list[datetime]:
    """Return the few hours that may stand out: by half of what ``spike`` asks for, against a rougher usual."""
    if not counts:
        return []
    hours = max(1, int((max(counts) - min(counts)) / _HOUR) + 1)
    bad = sorted(n for _, n in counts.values())
    usual = ([0] * (hours - len(bad)) + bad)[hours // 2]
    by_hour: dict[int, list[int]] = {}
    epoch = min(counts)
    for at, (_, n) in counts.items():
        by_hour.setdefault((at - epoch) // _HOUR % 168, []).append(n)
    middles = {hour: statistics.median(same) if len(same) >= 4 else usual for hour, same in by_hour.items()}
    found = []
    for at, (n, worse) in counts.items():
        if at < since or n < spike.LEAST or worse < spike.CALM * n:
            continue
        middle = middles[(at - epoch) // _HOUR % 168]
        if worse >= middle + 0.5 * sensitivity * max(middle, 1.0) ** 0.5:
            found.append(at)
    return sorted(found, key=lambda at: -counts[at][1])[:CANDIDATES]


def _told(days: Sequence[drawing.Day], sums: Counter[str]) -> str:
    total = sums.total()
    if not total:
        return say("No comments were read in these days.")
    shares = ", ".join(f"{mood_word(m)} {sums[m]:,} ({sums[m] / total:.0%})" for m in reversed(MOODS))
    lines = [say("Comments: {n}; {shares}.", n=f"{total:,}", shares=shares)]
    lines += [f"{d.full.partition(':')[0]}: {d.spike}." for d in days if d.spike]
    return joined(*lines)


def _tables(
    asked: Asked, days: Sequence[drawing.Day], about: rows.Sums, wants: rows.Sums, feels: rows.Sums,
    accounts: rows.Sums, languages: rows.Sums, words: Sequence[Word],
) -> dict[str, tables.Table]:  # fmt: skip
    moods = [mood_word(m) for m in MOODS]

    def of(name: str, title: str, head: str, found: rows.Sums, *, ours: bool = True) -> tables.Table:
        return tables.Table(name, title, [head, *moods, say("All")],
                            [[say(n) if ours else n, *(c[m] for m in MOODS), c.total()] for n, c in found])  # fmt: skip

    by_day: list[list[tables.Cell]] = [
        [(asked.first + n * _DAY).isoformat(), *(d.counts[m] for m in MOODS), d.counts.total(), d.posts, d.spike]
        for n, d in enumerate(days)
    ]
    cloud: list[list[tables.Cell]] = [[w.word, *(w.moods[m] for m in MOODS), w.n] for w in words]
    return {
        "days": tables.Table("days", say("Day by day"), [say("Day"), *moods, say("All"), say("Posts"), say("Spike")],
                             by_day),
        "about": of("about", say("What they speak of"), say("What"), about),
        "wants": of("wants", say("What they want"), say("Intent"), wants),
        "feels": of("feels", say("What they feel"), say("Emotion"), feels),
        "accounts": of("accounts", say("By account"), say("Account"), accounts, ours=False),
        "languages": of("languages", say("By language"), say("Language"), languages, ours=False),
        "words": tables.Table("words", say("Words"), [say("Word"), *moods, say("All")], cloud),
    }  # fmt: skip


ROUTES = (Route("GET", "/mood", mood),)
