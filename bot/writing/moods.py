"""How people speak of a brand, or of one topic, day by day: from the comments that were read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.app import App
from bot.domain.brand import Brand
from bot.domain.comment import MOODS, NEGATIVE, NEUTRAL, POSITIVE, Entry
from bot.domain.draft import Window
from bot.errors import BadInput
from bot.media.drawing import Chart, draw
from bot.store import comments as rows
from bot.store import mood as hours
from bot.words import joined, say
from bot.workflow import counting, when
from bot.writing.reasons import spoken_day

#: Days looked at, unless told and at most.
DAYS, MOST_DAYS = 7, 31
#: Comments that are read for a topic, and for examples: the newest.
_MOST, _SHOWN = 1_000, 300
_DAYS = re.compile(r"(?:^|\s)(\d{1,4})\s*(?:d|days?|天|日)$", re.I)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Mood:
    """Comments by mood, by the brand's own days."""

    brand: Brand
    topic: str
    #: Each day with how many were negative, neutral and positive.
    days: tuple[tuple[date, Counter[str]], ...]
    total: int
    sums: Counter[str]
    #: The worst and the best of them, as (label, comment).
    examples: tuple[tuple[str, Entry], ...]
    #: Comments that nobody read yet.
    unread: int


def asked(text: str) -> tuple[str, int]:
    """Return the topic and the days meant by ``delivery 7d``. Raises BadInput."""
    text, days = text.strip(), DAYS
    if match := _DAYS.search(text):
        text, days = text[: match.start()].strip(), int(match[1])
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(
            say("{n} days cannot be looked at.", n=days), next_step=say("Up to {n}.", n=MOST_DAYS)
        )  # fmt: skip
    return text, days


def mood(app: App, topic: str = "", days: int = DAYS) -> Mood:
    """Count comments by mood: of a topic those that it was found in, or that name it."""
    brand, now = app.brand(), app.clock.now()
    local = when.zone(brand.zone)
    last = now.astimezone(local).date()
    first = last - (days - 1) * _DAY
    since = _midnight(first, brand.zone, now)
    by_day: dict[date, Counter[str]] = {first + n * _DAY: Counter() for n in range(days)}
    if not topic:
        # Hours are counted once; only the examples are read.
        counting.count(app.desk)
        with app.db.read() as conn:
            edges = [_midnight(first + n * _DAY, brand.zone, now) for n in range(days + 1)]
            by_day = dict(zip(by_day, hours.by_span(conn, brand.id, edges), strict=True))
            unread = rows.unread(conn, brand.id, since)
            found = rows.recent(conn, brand.id, since, limit=_SHOWN, only=rows.Filter(aside=False))
        read = [(e, e.triage) for e in found if e.triage and not e.deleted]
    else:
        with app.db.read() as conn:
            found = rows.recent(conn, brand.id, since, limit=_MOST, only=rows.Filter(aside=False))
        low = topic.casefold()
        mine = [e for e in found if not e.deleted and _names(e, low)]
        read = [(e, e.triage) for e in mine if e.triage]
        unread = len(mine) - len(read)
        for entry, triage in read:
            on = entry.comment.at.astimezone(local).date()
            if on in by_day:
                by_day[on][triage.sentiment] += 1
    sums = sum(by_day.values(), Counter[str]())
    ranked = sorted(read, key=lambda r: r[1].score * max(r[1].confidence, 0.1))
    ends = [(NEGATIVE, ranked[:2]), (POSITIVE, ranked[:-3:-1])]
    examples = tuple((label, e) for label, some in ends for e, t in some if t.sentiment == label)
    return Mood(
        brand, topic, tuple(by_day.items()), sums.total(), sums, examples, unread,
    )  # fmt: skip


def _midnight(day: date, zone: str, now: datetime) -> datetime:
    return when.instant(Window(f"{day.isoformat()}T00:00", zone), now)[0]


def _names(entry: Entry, low: str) -> bool:
    topics = entry.triage.topics if entry.triage else ()
    return low in entry.text.casefold() or any(low == t.casefold() for t in topics)


def word(label: str) -> str:
    """Name a mood."""
    return {NEGATIVE: say("negative"), NEUTRAL: say("neutral"), POSITIVE: say("positive")}[label]


def sentences(found: Mood) -> list[str]:
    """Say it in words: how many, how they lean, and the day that stands out."""
    if not found.total:
        return [say("No comments were read in these days.")]
    shares = ", ".join(f"{word(m)} {found.sums[m]} ({found.sums[m] / found.total:.0%})" for m in reversed(MOODS))
    lines = [say("Comments: {n}; {shares}.", n=found.total, shares=shares)]
    worst = max(found.days, key=lambda d: d[1][NEGATIVE])
    if worst[1][NEGATIVE] > 1:
        lines.append(say("Most complaints on {day}: {n}.", day=spoken_day(worst[0]), n=worst[1][NEGATIVE]))
    if found.unread:
        lines.append(say("Not read yet: {n}.", n=found.unread))
    return lines


def title(found: Mood) -> str:
    """Return its name, with topic and days."""
    days = say("{first} to {last}", first=spoken_day(found.days[0][0]), last=spoken_day(found.days[-1][0]))
    about = say("“{topic}”", topic=found.topic) if found.topic else found.brand.name
    return say("Mood, {about}: {days}", about=about, days=days)


def picture(found: Mood) -> bytes | None:
    """Draw it as a PNG; None where there is nothing to draw, or no font of this machine for its letters."""
    if not found.total:
        return None
    order: Sequence[str] = (NEGATIVE, NEUTRAL, POSITIVE)
    groups = tuple((f"{d.day}", tuple(n[m] for m in order)) for d, n in found.days)
    tiles = ((say("Comments"), f"{found.total:,}"), *((word(m), f"{found.sums[m] / found.total:.0%}") for m in order))
    return draw(Chart(title(found), "", tiles, tuple(word(m) for m in order), groups))


def described(found: Mood) -> str:
    """Say what the picture shows, for those who cannot see it."""
    each = [
        f"{spoken_day(d)}: " + ", ".join(f"{word(m)} {n[m]}" for m in MOODS if n[m]) for d, n in found.days if n.total()
    ]  # fmt: skip
    return joined(title(found) + ".", "; ".join(each))
