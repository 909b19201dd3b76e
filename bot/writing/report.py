"""What came of a week: drafts, signatures, posts, how late, what went wrong, and what readers made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.app import App
from bot.domain.approval import Choice
from bot.domain.brand import Brand
from bot.domain.draft import Window
from bot.domain.post import PostState
from bot.errors import BadInput
from bot.media.drawing import Chart, draw
from bot.store import report as rows
from bot.store import results
from bot.words import joined, say
from bot.workflow import when
from bot.writing.reasons import spoken_day

_DAY = timedelta(days=1)
#: A post that went out later than this after its time counts as late.
LATE = timedelta(minutes=5)
#: Posts named as those that readers answered most.
BEST = 3
#: Live posts whose results are looked at.
_MOST = 500


@dataclass(frozen=True)
class Report:
    """A stretch of days of one brand, by the clock of its zone."""

    brand: Brand
    first: date
    last: date
    #: By day: drafts made, posts that went out.
    days: tuple[tuple[date, int, int], ...]
    drafted: int
    #: Signatures given, and drafts turned down.
    signed: int
    rejected: int
    #: By name: signatures.
    signers: Mapping[str, int]
    published: int
    #: By account: posts that went out.
    accounts: Mapping[str, int]
    #: By how much each late post was late.
    late: tuple[timedelta, ...]
    #: Posts whose platform gave no clear answer, refused, or that asked a person.
    troubled: Mapping[PostState, int]
    #: Likes, replies, reposts and views of the posts that went out; None where no platform told.
    results: Mapping[str, int | None] = field(default_factory=dict)
    #: Posts without any counts yet.
    unread: int = 0
    #: How many posts the results are of, where there were more; else 0.
    cut: int = 0
    #: The posts that readers answered most: account, text, url, answers.
    best: tuple[Mapping[str, Any], ...] = ()


def span(text: str, today: date) -> tuple[date, date]:
    """Return the first and last day meant: the last seven, ``week``, ``last``, or ``2026-W47``. Raises BadInput."""
    said = text.strip().lower()
    monday = today - _DAY * today.weekday()
    if said in ("", "7d"):
        return today - 6 * _DAY, today
    if said in ("week", "this", "this week", "本周", "这周"):
        return monday, today
    if said in ("last", "last week", "上周"):
        return monday - 7 * _DAY, monday - _DAY
    if match := re.fullmatch(r"(\d{4})-?w(\d{1,2})", said):
        try:
            first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            first = None
        if first is not None:
            return first, first + 6 * _DAY
    raise BadInput(
        say("{text} is not a week.", text=repr(text.strip())),
        next_step=say("Leave it out for the last seven days, or say week, last, or a week such as 2026-W47."),
    )


def report(app: App, text: str = "") -> Report:
    """Gather the report of a week. Raises BadInput, NotFound."""
    return gathered(app, text)[0]


def gathered(app: App, text: str = "") -> tuple[Report, list[results.Result]]:
    """Return the report of a week, and the posts that it counted. Raises BadInput, NotFound."""
    brand, now = app.brand(), app.clock.now()
    local = when.zone(brand.zone)
    first, last = span(text, now.astimezone(local).date())
    since, until = _midnight(first, brand.zone, now), _midnight(last + _DAY, brand.zone, now)
    with app.db.read() as conn:
        drafted = rows.drafted(conn, brand.id, since, until)
        decided = rows.decided(conn, brand.id, since, until)
        published = rows.published(conn, brand.id, since, until)
        troubled = rows.troubled(conn, brand.id, since, until)
        live = results.live(conn, brand.id, since, until, _MOST)
        ranked = sorted(live, key=lambda p: -p.answers)[:BEST]
        texts = results.texts(conn, [p.post for p in ranked])
    made = Counter(at.astimezone(local).date() for at, _ in drafted)
    out = Counter(at.astimezone(local).date() for at, _, _ in published)
    names = {p.id: p.name for p in brand.people}
    signers = Counter[str]()
    for who, choice, n in decided:
        if choice is Choice.APPROVE:
            signers[names.get(who, who)] += n
    found = Report(
        brand, first, last,
        days=tuple((d, made[d], out[d]) for d in (first + n * _DAY for n in range((last - first).days + 1))),
        drafted=len(drafted), signed=sum(signers.values()),
        rejected=sum(n for _, choice, n in decided if choice is Choice.REJECT),
        signers=dict(signers.most_common()), published=len(published),
        accounts=dict(Counter(account for _, _, account in published).most_common()),
        late=tuple(sorted((at - due for at, due, _ in published if at - due > LATE), reverse=True)),
        troubled=troubled, results={name: _sum(name, live) for name in results.COUNTS},
        unread=sum(not p.read for p in live), cut=_MOST if len(live) >= _MOST else 0,
        best=tuple(_told(p, *texts.get(p.post, ("", ""))) for p in ranked if p.answers),
    )  # fmt: skip
    return found, live


def _midnight(day: date, zone: str, now: datetime) -> datetime:
    return when.instant(Window(datetime.combine(day, time()).strftime("%Y-%m-%dT%H:%M"), zone), now)[0].astimezone(UTC)


def _told(one: results.Result, text: str, url: str) -> dict[str, Any]:
    return {"post": one.post, "draft": one.draft, "account": one.account, "live_at": one.at, "url": url, "text": text,
            "answers": one.answers}  # fmt: skip


def _sum(name: str, told: Any) -> int | None:
    counts = [n for one in told if (n := getattr(one, name)) is not None]
    return sum(counts) if counts else None


def sentences(found: Report) -> list[str]:
    """Write the report in words, a line for each thing."""
    lines = [say("Drafts made: {n}.", n=found.drafted)]
    signers = ", ".join(f"{name} {n}" for name, n in found.signers.items())
    lines.append(say("Signatures: {n}", n=found.signed) + (f" ({signers})." if signers else "."))
    if found.rejected:
        lines.append(say("Turned down: {n}.", n=found.rejected))
    accounts = ", ".join(f"{key} {n}" for key, n in found.accounts.items())
    lines.append(say("Published: {n}", n=found.published) + (f" ({accounts})." if accounts else "."))
    if found.late:
        worst = round(found.late[0].total_seconds() / 60)
        lines.append(say("Late by more than five minutes: {n}; the latest by {min} min.", n=len(found.late), min=worst))
    elif found.published:
        lines.append(say("None was late."))
    trouble = {
        PostState.DOUBTFUL: say("No clear answer from the platform, so it was looked up: {n}."),
        PostState.REFUSED: say("Refused: {n}."), PostState.ASKED: say("Asked a person what to do: {n}."),
    }  # fmt: skip
    lines += [text.format(n=n) for state, text in trouble.items() if (n := found.troubled.get(state, 0))]
    return [*lines, *_readers(found)]


def _readers(found: Report) -> list[str]:
    named = {"likes": say("likes"), "replies": say("replies"), "reposts": say("reposts"), "views": say("views")}
    counts = ", ".join(f"{n:,} {named[name]}" for name in results.COUNTS if (n := found.results.get(name)) is not None)
    lines = [say("Readers: {counts}.", counts=counts)] if counts else []
    if found.cut:
        lines.append(say("Their counts are those of the newest {n} posts of these days.", n=found.cut))
    if found.unread:
        lines.append(
            say("Without counts so far: {n}. A running worker reads them an hour after a post.", n=found.unread)
        )
    return lines


def title(found: Report) -> str:
    """Return the report's name, with its days."""
    days = say("{first} to {last}", first=spoken_day(found.first), last=spoken_day(found.last))
    return say("{brand}: {days}", brand=found.brand.name, days=days)


def picture(found: Report) -> bytes | None:
    """Draw the report as a PNG; None where this machine has no font for its letters."""
    tiles = {
        say("Drafts"): found.drafted, say("Signatures"): found.signed, say("Published"): found.published,
        say("Late"): len(found.late), say("Without a clear answer"): found.troubled.get(PostState.DOUBTFUL, 0),
    }  # fmt: skip
    days = say("{first} to {last}", first=spoken_day(found.first), last=spoken_day(found.last))
    groups = tuple((f"{say(f'{d:%a}')} {d.day}", (made, out)) for d, made, out in found.days)
    return draw(Chart(
        found.brand.name, days, tuple((name, f"{n:,}") for name, n in tiles.items()),
        (say("Drafts"), say("Published")), groups,
    ))  # fmt: skip


def described(found: Report) -> str:
    """Say what the picture shows, for those who cannot see it."""
    each = ", ".join(
        say("{day}: drafted {made}, published {out}", day=spoken_day(d), made=made, out=out)
        for d, made, out in found.days if made or out
    )  # fmt: skip
    return joined(title(found) + ".", each or say("Nothing was drafted or published."))
