"""Results: what came of posts, which times do well, and how long people wait for an answer."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.insight.office_hours import Calendar
from bot.store import results, waiting
from bot.store.authors import AUTO
from bot.store.results import Result
from bot.surfaces.web.pages import mood_drawing as drawing
from bot.surfaces.web.pages import tables
from bot.surfaces.web.pages.mood import midnight
from bot.surfaces.web.visit import Route, Visit
from bot.surfaces.web.words import short
from bot.words import language, say
from bot.workflow import when

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.domain.replies import Office

#: Days that can be looked at; posts and answers that are looked at, the newest; rows of the best and the worst.
SPANS, POSTS, ANSWERED, SHOWN = (28, 90, 365), 500, 1000, 8
#: Fewer posts than this at an hour, or in all, tell nothing about when to post.
LEAST_HOUR, LEAST = 3, 20
_DAY = timedelta(days=1)
#: What was said longer before its answer counts from here on.
YEAR, LONG_AGO = timedelta(days=400), datetime(2000, 1, 1, tzinfo=UTC)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    first: date
    last: date
    days: int
    account: str
    kind: str
    since: datetime
    until: datetime


def page(visit: Visit) -> Response:
    """Show the page, or one of its tables as a file."""
    asked = asked_for(visit)
    found = gathered(visit, asked)
    if visit.query.get("format") == "csv":
        chosen = found["tables"].get(visit.query.get("table", ""), found["tables"]["posts"])
        return tables.as_csv(chosen, f"results-{asked.first}-{asked.last}")
    kept = {k: visit.query[k] for k in ("days", "account", "kind") if visit.query.get(k)}
    return visit.page("results.html", asked=asked, spans=SPANS, query=urlencode({**kept, "format": "csv"}),
                      keys=[a.key for a in visit.brand.accounts], **found)  # fmt: skip


def asked_for(visit: Visit) -> Asked:
    """Read the address; what cannot be meant is left out."""
    now, zone = visit.app.clock.now(), visit.brand.zone
    given = visit.query.get("days", "")
    days = int(given) if given in {str(s) for s in SPANS} else SPANS[1]
    last = now.astimezone(when.zone(zone)).date()
    first = last - (days - 1) * _DAY
    account = visit.query.get("account", "")
    account = account if account in {a.key for a in visit.brand.accounts} else ""
    return Asked(first, last, days, account, visit.query.get("kind", "")[:40], midnight(first, zone, now),
                 midnight(last + _DAY, zone, now))  # fmt: skip


def gathered(visit: Visit, asked: Asked) -> dict[str, Any]:
    """Return pictures and tables of a stretch of days."""
    brand, now = visit.brand, visit.app.clock.now()
    zones = {a.key: a.zone for a in brand.accounts}
    with visit.app.db.read() as conn:
        _, policy = visit.app.desk.brand(conn, brand.id)
        posts = results.newest(conn, brand.id, asked.since, asked.until, account=asked.account, kind=asked.kind,
                               most=POSTS)  # fmt: skip
        told = [p for p in posts if p.age]
        ranked = sorted(told, key=lambda p: (-p.answers, p.at))
        best, worst = ranked[:SHOWN], [p for p in ranked[::-1][:SHOWN] if p not in ranked[:SHOWN]]
        texts = results.texts(conn, {p.post for p in (*best, *worst, *posts[:100])})
        answered = waiting.answered(conn, brand.id, asked.since, asked.until, asked.account, ANSWERED)
        open_now = waiting.wait_now(conn, brand.id, now, asked.account)
        escalated = waiting.escalated(conn, brand.id, asked.since, asked.account)
        subjects = visit.desk.subjects.of(conn, brand.plan.pillars, [p.post for p in told if p.kind != "reply"])
    office = policy.replies.office
    cells, titles = times(told, zones)
    waits = response_times(answered, zones, brand.zone, office)
    kinds = sorted({p.kind for p in posts} | ({asked.kind} if asked.kind else set()))
    return {
        "posts": posts, "told": told, "more": len(posts) >= POSTS, "texts": texts, "best": best, "worst": worst,
        "heat": drawing.heat(cells, [say(d) for d in WEEKDAYS], titles, LEAST_HOUR), "few": len(told) < LEAST,
        "least": LEAST, "good": _good(cells), "waits": waits, "kinds": kinds, "zones": zones, "zone": brand.zone,
        "office": office, "open_now": open_now, "escalated": escalated,
        "answered_more": len(answered) >= ANSWERED, "counted": waiting.COUNTED,
        "subjects": bool(subjects), "tables": _tables(visit, posts, told, texts, cells, waits, subjects),
    }  # fmt: skip


# --- when to post ------------------------------------------------------------------------------------------------


def times(
    posts: Sequence[Result], zones: Mapping[str, str]
) -> tuple[dict[tuple[int, int], tuple[int, float]], dict[tuple[int, int], str]]:  # fmt: skip
    """Return by (weekday, hour) of the account's clock how many posts there were, and how they did.

    A post's measure is how many times the median of its account it was answered, so that accounts can stand together.
    """
    by_account: dict[str, list[int]] = defaultdict(list)
    for one in posts:
        by_account[one.account].append(one.answers)
    usual = {key: statistics.median(found) for key, found in by_account.items()}
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for one in posts:
        local = one.at.astimezone(when.zone(zones.get(one.account, "UTC")))
        found[local.weekday(), local.hour].append((one.answers + 1) / (usual[one.account] + 1))
    cells = {key: (len(each), statistics.fmean(each)) for key, each in found.items()}
    titles = {(day, hour): say("{day} {hour}: posts {n}, {times} times what is usual", day=say(WEEKDAYS[day]),
                               hour=f"{hour:02d}:00", n=n, times=f"{much:.1f}")
              for (day, hour), (n, much) in cells.items()}  # fmt: skip
    return cells, titles


def _good(cells: Mapping[tuple[int, int], tuple[int, float]]) -> list[tuple[str, int, str]]:
    """Return the best three hours of which enough is known: (when, posts, times the usual)."""
    known = [(much, n, key) for key, (n, much) in cells.items() if n >= LEAST_HOUR and much > 1]
    return [(f"{say(WEEKDAYS[day])} {hour:02d}:00", n, f"{much:.1f}")
            for much, n, (day, hour) in sorted(known, reverse=True)[:3]]  # fmt: skip


# --- how long people wait ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waits:
    """How long answers took, in working hours of the account's clock."""

    hours: list[float]
    people: list[float]
    rules: list[float]
    #: (account, answers, median, nine in ten within, share in time)
    accounts: list[tuple[str, int, float, float, float]]
    picture: drawing.Picture
    #: (how long, answers by people, by rules): what the picture draws.
    steps: list[tuple[str, int, int]]

    def table(self) -> tables.Table:
        """Return the picture's table."""
        heads = [say("How long"), say("Answers"), say("By people"), say("By a rule")]
        rows: list[list[tables.Cell]] = [[name, a + b, a, b] for name, a, b in self.steps]
        return tables.Table("took", say("Answers by how long they took"), heads, rows)

    @property
    def middle(self) -> float:
        return statistics.median(self.hours) if self.hours else 0.0


def response_times(
    answered: Sequence[tuple[str, datetime, datetime, str]], zones: Mapping[str, str], zone: str, office: Office
) -> Waits:
    """Return how long answers took."""
    hours: list[float] = []
    people: list[float] = []
    rules: list[float] = []
    by_account: dict[str, list[float]] = defaultdict(list)
    ends = [at for _, _, at, _ in answered]
    begin = max(min((said for _, said, _, _ in answered), default=None) or LONG_AGO, max(ends, default=LONG_AGO) - YEAR)
    known: dict[str, Calendar] = {}
    for account, said, at, rule in answered:
        there = zones.get(account, zone)
        if there not in known:
            known[there] = Calendar(office, there, begin, max(ends))
        time = known[there].worked(said, at).total_seconds() / 3600
        hours.append(time)
        by_account[account].append(time)
        (rules if rule.startswith(AUTO) else people).append(time)
    most = office.within_hours
    edges = [(0.0, 1.0), (1.0, most / 2), (most / 2, most), (most, 2 * most), (2 * most, float("inf"))]
    steps: list[tuple[str, int, int]] = []
    for low, high in edges:
        if high > low:
            name = say("{a} to {b} h", a=f"{low:g}", b=f"{high:g}") if high < 1e9 else say("more than {a} h",
                                                                                         a=f"{low:g}")  # fmt: skip
            steps.append((name, _between(people, low, high), _between(rules, low, high)))
    rows = [(name, float(a + b), str(a + b)) for name, a, b in steps]
    accounts = [(key, len(found), statistics.median(found), ninth(found), sum(h <= most for h in found) / len(found))
                for key, found in sorted(by_account.items())]  # fmt: skip
    return Waits(hours, people, rules, accounts, drawing.plain_bars(rows), steps)


def _between(found: Sequence[float], low: float, high: float) -> int:
    return sum(low <= hours < high for hours in found)


def ninth(found: Sequence[float]) -> float:
    """Return within how much nine in ten stay."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]


# --- tables ------------------------------------------------------------------------------------------------------


def _by_subject(visit: Visit, found: Sequence[Result], subjects: Mapping[str, str]) -> tables.Table:
    """Hold the brand's subjects side by side: how many posts, what part of all that is, and how they were answered."""
    groups: dict[str, list[int]] = defaultdict(list)
    for one in found:
        if one.post in subjects:
            groups[subjects[one.post]].append(one.answers)
    of, rows = sum(map(len, groups.values())), list[list[tables.Cell]]()
    named = [(p.id, p.text.text(language()), f"{p.share}%" if p.share else "–") for p in visit.brand.plan.pillars]
    for key, name, wanted in [*named, ("", say("none of them"), "–")]:
        each = groups.get(key, [])
        if key or each:
            told: list[tables.Cell] = [round(statistics.median(each), 1), max(each)] if each else ["–", "–"]
            rows.append([name, len(each), f"{len(each) / of:.0%}" if of else "–", wanted, *told])
    heads = [say("Pillar"), say("Posts"), say("Share"), say("Wanted"), say("Answers, median"), say("Most")]
    return tables.Table("pillars", say("By pillar"), heads, rows)


def _grouped(title: str, name: str, head: str, found: Sequence[Result], key: str) -> tables.Table:
    groups: dict[str, list[int]] = defaultdict(list)
    for one in found:
        groups[getattr(one, key)].append(one.answers)
    rows: list[list[tables.Cell]] = [
        [group, len(each), round(statistics.median(each), 1), max(each)] for group, each in groups.items()
    ]
    heads = [head, say("Posts"), say("Answers, median"), say("Most")]
    return tables.Table(name, title, heads, sorted(rows, key=lambda r: -float(r[2])))


def _tables(
    visit: Visit, posts: Sequence[Result], told: Sequence[Result], texts: Mapping[str, tuple[str, str]],
    cells: Mapping[tuple[int, int], tuple[int, float]], waits: Waits, subjects: Mapping[str, str],
) -> dict[str, tables.Table]:  # fmt: skip
    def count(value: int | None) -> int | str:
        return "–" if value is None else value

    heads = [say("When"), say("Account"), say("Kind"), say("Text"), say("Likes"), say("Replies"), say("Reposts"),
             say("Views"), say("Counted after")]  # fmt: skip
    zones = {a.key: a.zone for a in visit.brand.accounts}
    rows: list[list[tables.Cell]] = [
        [when.spoken(p.at, zones.get(p.account, visit.brand.zone)), p.account, p.kind,
         short(texts.get(p.post, ("", ""))[0], 120), count(p.likes), count(p.replies), count(p.reposts),
         count(p.views), say("{n} h", n=p.age) if p.age else "–"]
        for p in posts[:100]
    ]  # fmt: skip
    hours: list[list[tables.Cell]] = [
        [say(WEEKDAYS[day]), f"{hour:02d}:00", n, round(much, 2)] for (day, hour), (n, much) in sorted(cells.items())
    ]
    took: list[list[tables.Cell]] = [
        [key, n, round(half, 1), round(most, 1), f"{share:.0%}"] for key, n, half, most, share in waits.accounts
    ]
    return {
        "posts": tables.Table("posts", say("The newest {n} posts", n=len(rows)), heads, rows),
        "kinds": _grouped(say("By kind"), "kinds", say("Kind"), told, "kind"),
        "accounts": _grouped(say("By account"), "accounts", say("Account"), told, "account"),
        "pillars": _by_subject(visit, told, subjects),
        "hours": tables.Table("hours", say("Times"), [say("Day"), say("Hour"), say("Posts"), say("Times the usual")],
                              hours),
        "took": waits.table(),
        "waits": tables.Table("waits", say("How long people wait"), [
            say("Account"), say("Answers"), say("Half within (h)"), say("Nine in ten within (h)"), say("In time"),
        ], took),
    }  # fmt: skip


ROUTES = (Route("GET", "/results", page),)
