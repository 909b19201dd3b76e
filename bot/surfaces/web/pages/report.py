"""The report of a week, as one page to read, print or keep: what was done, what came of it, how people spoke."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.comment import MOODS
from bot.errors import BadInput
from bot.store import mood as moods
from bot.store import results, waiting
from bot.surfaces.web.pages import mood_drawing as drawing
from bot.surfaces.web.pages import tables
from bot.surfaces.web.pages.mood import midnight
from bot.surfaces.web.pages.results import response_times
from bot.surfaces.web.visit import Route, Visit
from bot.words import say
from bot.workflow import counting, when
from bot.writing import report as weekly
from bot.writing.moods import word as mood_word
from bot.writing.reasons import spoken_day

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.app import App

#: Posts named as the best, and of how many; answers whose times are looked at.
BEST, POSTS, ANSWERED = 5, 500, 1000
_DAY = timedelta(days=1)


def page(visit: Visit) -> Response:
    """Show the report of the week that the address names, or one of its tables as a file. Raises BadInput."""
    text = visit.query.get("week", "")[:20] or "last"
    found = gathered(visit.app, text)
    if visit.query.get("format") == "csv":
        chosen = found["tables"].get(visit.query.get("table", ""), found["tables"]["days"])
        return tables.as_csv(chosen, f"report-{found['week']}")
    return visit.page("report.html", **found)


def gathered(app: App, text: str) -> dict[str, Any]:
    """Return everything that the report of a week shows. Raises BadInput for what is no week."""
    brand, now = app.brand(), app.clock.now()
    counting.count(app.desk, most=1)
    found, live = weekly.gathered(app, text)
    if (found.last - found.first).days > 6:
        raise BadInput(say("{text} is not a week.", text=repr(text)))
    since, until = midnight(found.first, brand.zone, now), midnight(found.last + _DAY, brand.zone, now)
    only = moods.Only(since, until)
    before = moods.Only(since - 7 * _DAY, since)
    zones = {a.key: a.zone for a in brand.accounts}
    with app.db.read() as conn:
        _, policy = app.desk.brand(conn, brand.id)
        hours, earlier = moods.by_hour(conn, brand.id, only), moods.by_hour(conn, brand.id, before)
        (about,) = moods.about(conn, brand.id, only, moods.ASPECT)
        newest = results.newest(conn, brand.id, since, until, most=POSTS, known=live)
        posts = [p for p in newest if p.age]
        best = sorted(posts, key=lambda p: (-p.answers, p.at))[:BEST]
        texts = results.texts(conn, [p.post for p in best])
        answered = waiting.answered(conn, brand.id, since, until, "", ANSWERED)
    local = when.zone(brand.zone)
    counts: dict[Any, Counter[str]] = {found.first + n * _DAY: Counter() for n in range(7)}
    for at, moods_then in hours:
        if (on := at.astimezone(local).date()) in counts:
            counts[on] += moods_then
    made = {on: (drafted, out) for on, drafted, out in found.days}
    days = [
        drawing.Day(f"{say(f'{on:%a}')} {on.day}", f"{spoken_day(on)}: " + ", ".join(
            f"{mood_word(m)} {each[m]}" for m in MOODS), each, made.get(on, (0, 0))[1])
        for on, each in counts.items()
    ]  # fmt: skip
    year, week, _ = found.first.isocalendar()
    previous, following = found.first - 7 * _DAY, found.first + 7 * _DAY
    rows = [[on.isoformat(), *made.get(on, (0, 0)), *(each[m] for m in MOODS)] for on, each in counts.items()]
    waits = response_times(answered, zones, brand.zone, policy.replies.office)
    spoken: list[list[tables.Cell]] = [[say(n), *(c[m] for m in MOODS), c.total()] for n, c in about]
    heads = [say("Day"), say("Drafts"), say("Published"), *(mood_word(m) for m in MOODS)]
    return {
        "found": found, "title_text": weekly.title(found), "lines": weekly.sentences(found), "days": days,
        "chart": drawing.over_time(days, 200.0), "total": sum(c.total() for c in counts.values()),
        "sums": sum(counts.values(), Counter[str]()),
        "sums_before": sum((c for _, c in earlier), Counter[str]()),
        "moods": MOODS, "word": mood_word, "about": drawing.bars([(say(n), c) for n, c in about[:6]]),
        "aspects": about, "best": best, "texts": texts, "zones": zones, "zone": brand.zone,
        "waits": waits, "office": policy.replies.office,
        "posts_cut": POSTS if len(newest) >= POSTS else 0,
        "answered_cut": ANSWERED if len(answered) >= ANSWERED else 0,
        "week": f"{year}-W{week:02d}", "before": _week(previous),
        "after": _week(following) if following <= now.astimezone(local).date() else "",
        "made": when.spoken(now, brand.zone), "brand_name": brand.name,
        "tables": {"days": tables.Table("days", say("Day by day"), heads, rows), "took": waits.table(),
                   "about": tables.Table("about", say("What they speak of"), [
                       say("What"), *(mood_word(m) for m in MOODS), say("All")], spoken)},
    }  # fmt: skip


def _week(day: Any) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


ROUTES = (Route("GET", "/report", page),)
