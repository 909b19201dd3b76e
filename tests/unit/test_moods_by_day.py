"""Moods added up by the day say what the hours and the comments themselves say, on every database."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select

from bot.domain.comment import MOODS
from bot.store import comments, mood
from bot.store.mood_tables import mood_day, mood_hour, mood_stale
from bot.workflow import counting
from bot.writing import moods
from tests.web.test_inbox_page import hear
from tests.world import World

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = (mood.ALL, "a:delivery", "a:taste", "i:question", "e:anger")
ACCOUNTS = (("sandbox:main", "en"), ("sandbox:cn", "zh"), ("sandbox:main", "und"))


def made_up(world: World, hours: int = 24 * 40, seed: int = 3) -> list[dict[str, object]]:
    """Store hours as a count would, for the days before END, and let the days be added up."""
    pick, rows = random.Random(seed), list[dict[str, object]]()
    for n in range(hours):
        hour = (END - timedelta(hours=n)).strftime("%Y-%m-%dT%H")
        for account, language in ACCOUNTS:
            for name in NAMES:
                if pick.random() < 0.3:
                    rows.append({"brand": "lumen", "name": name, "hour": hour, "account": account,
                                 "language": language, **{m: pick.randrange(9) for m in MOODS}})  # fmt: skip
    with world.db.write() as conn:
        conn.execute(insert(mood_hour), rows)
        for day in {str(row["hour"])[:10] for row in rows}:
            mood._add_up(conn, "lumen", day)
    return rows


def slow(rows: list[dict[str, object]], only: mood.Only, key: str, name: str | None = None) -> dict[str, Counter[str]]:
    """Add up the hours one by one."""
    first, last = (at.astimezone(UTC).strftime("%Y-%m-%dT%H") for at in (only.since, only.until))
    found: dict[str, Counter[str]] = {}
    for row in rows:
        if (name is None or row["name"] == name) and first <= str(row["hour"]) < last:
            if only.account in ("", row["account"]) and only.language in ("", row["language"]):
                counts = found.setdefault(str(row[key]), Counter())
                for m in MOODS:
                    counts[m] += int(str(row[m]))
    return {k: c for k, c in found.items() if c.total()}


def test_sums_by_day_are_those_of_the_hours(world: World) -> None:
    rows, pick = made_up(world), random.Random(9)
    stretches = [(END - timedelta(days=20), END), (END - timedelta(hours=5), END), (END, END)]
    for _ in range(25):
        since = END - timedelta(minutes=pick.randrange(60_000))
        stretches.append((since, since + timedelta(minutes=pick.randrange(50_000))))
    with world.db.read() as conn:
        assert mood.names(conn, "lumen") == sorted(NAMES)
        assert mood.names(conn, "nobody") == []
        for since, until in stretches:
            for account, language in (("", ""), ("sandbox:main", ""), ("", "zh"), ("sandbox:cn", "en")):
                only = mood.Only(since, until, account, language)
                for column in ("account", "language"):
                    assert dict(mood.by(conn, "lumen", only, column)) == slow(rows, only, column, mood.ALL)
                found = dict(mood.about(conn, "lumen", only, mood.ASPECT)[0])
                theirs = slow(rows, only, "name")
                assert found == {k[2:]: c for k, c in theirs.items() if k.startswith("a:")}
                aspects, wants = mood.about(conn, "lumen", only, mood.ASPECT, mood.INTENT)
                assert (dict(aspects), dict(wants)) == (
                    found, {k[2:]: c for k, c in theirs.items() if k.startswith("i:")})  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Shanghai", "America/New_York", "Asia/Kolkata"])
def test_local_days_are_those_of_their_hours(world: World, zone: str) -> None:
    rows, there = made_up(world), ZoneInfo(zone)
    # Over the end of summer time as well.
    first = (END - timedelta(days=36)).astimezone(there).date()
    edges = [datetime(d.year, d.month, d.day, tzinfo=there) for d in (first + timedelta(days=n) for n in range(38))]
    told: dict[object, Counter[str]] = {}
    for row in rows:
        if row["name"] == "a:taste" and row["account"] == "sandbox:main":
            on = datetime.fromisoformat(f"{row['hour']}:00:00+00:00").astimezone(there).date()
            told.setdefault(on, Counter()).update({m: int(str(row[m])) for m in MOODS})
    with world.db.read() as conn:
        found = mood.by_span(conn, "lumen", edges, "a:taste", "sandbox:main")
    assert len(found) == 37
    for edge, counts in zip(edges, found, strict=False):
        assert counts == told.get(edge.date(), Counter()), edge


def test_days_follow_what_comments_become(world: World) -> None:
    heard = [hear(world, f"Said {n}", f"p{n}", "positive" if n % 3 else "negative", hours=n * 5) for n in range(30)]
    counting.count(world.desk)
    with world.db.write() as conn:
        comments.change(conn, heard[4].id, world.clock.now(), "platform", "gone", deleted=world.clock.now())
    counting.count(world.desk)
    by_day: dict[str, Counter[str]] = {}
    with world.db.read() as conn:
        for row in conn.execute(select(mood_hour)).mappings():
            by_day.setdefault(f"{row['name']} {row['hour'][:10]}", Counter()).update({m: row[m] for m in MOODS})
        days = {f"{r['name']} {r['day']}": Counter({m: r[m] for m in MOODS})
                for r in conn.execute(select(mood_day)).mappings()}  # fmt: skip
    assert days == by_day
    assert sum(c.total() for k, c in days.items() if k.startswith(" ")) == 29
    assert sum(c.total() for _, c in moods.mood(world.app, days=9).days) == 29
    # The last comment of a day goes: so does the day.
    with world.db.write() as conn:
        mood.all_stale(conn, "lumen")
        conn.execute(delete(comments.comment))
    counting.count(world.desk)
    with world.db.read() as conn:
        assert conn.execute(select(mood_day)).first() is None


def test_two_that_count_hours_of_one_day_leave_it_whole(world: World) -> None:
    for n in range(24):
        hear(world, f"Said {n}", f"p{n}", hours=n / 2)
    with world.db.write() as conn:
        # One hour at a time, from both ends of a day.
        pairs = conn.execute(select(mood_stale.c.brand, mood_stale.c.hour).distinct()).all()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(40):
                with world.db.write() as conn:
                    mood.refresh(conn, most=1)
        except BaseException as error:
            failed.append(error)

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert not failed
    assert len(pairs) > 5
    with world.db.read() as conn:
        total = sum(sum(r[m] for m in MOODS) for r in conn.execute(
            select(mood_day).where(mood_day.c.name == "")).mappings())  # fmt: skip
    assert total == 24
