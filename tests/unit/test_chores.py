"""What a worker does beside sending may stumble: posts go out, the other chores are done, and people are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil import rrule
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from bot.domain.draft import DraftState
from bot.errors import BadInput
from bot.store import desk as rows
from bot.store import drafts, events, series
from bot.store.series_tables import series as table
from bot.workflow import ahead, lasting_use, occurrences, recurrence, repeat, tend
from bot.workflow.chores import AGAIN, Chores
from bot.workflow.shift import Shift
from bot.workflow.worker import Worker
from tests.world import World


def stumble(*_: object, **__: object) -> Any:
    raise OverflowError("no such day")


def told(world: World) -> list[str]:
    with world.db.read() as conn:
        return [n["text"] for n in rows.notices(conn, limit=50)]


def run(world: World, until: Callable[[], bool]) -> None:
    """Run a real worker until something holds."""

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(Worker(world.desk).run(stop))
        for _ in range(600):
            if task.done() or until():
                break
            await asyncio.sleep(0.05)
        ended = task.done()
        stop.set()
        await task
        assert not ended, "the worker ended by itself"

    asyncio.run(work())


@pytest.mark.parametrize(
    ("where", "name"),
    [(tend, "tend"), (tend, "_tidy"), (lasting_use, "tend"), (occurrences, "tend"), (ahead.Ahead, "read")],
    ids=["requests", "old rows", "lasting signatures", "series", "checks ahead"],
)
def test_a_chore_that_stumbles_holds_up_no_post(
    world: World, where: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(world.desk, "keep", {"events": 365})
    monkeypatch.setattr(where, name, stumble)
    post = world.approve(world.draft("Tea goes out all the same"))
    run(world, lambda: world.states(post.id) == ["live"])
    assert world.states(post.id) == ["live"]
    if where is not ahead.Ahead:
        assert [t for t in told(world) if "stumbled over OverflowError" in t]


def test_a_look_for_due_work_that_stumbles_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    look, looked = Shift.accounts, []

    def once(self: Shift) -> list[str]:
        looked.append(self)
        return look(self) if len(looked) > 1 else stumble()

    monkeypatch.setattr(Shift, "accounts", once)
    monkeypatch.setattr("bot.workflow.runner_local.TICK", 0.05)
    monkeypatch.setattr("bot.workflow.runner_procrastinate.TICK", 0.05)
    post = world.approve(world.draft("Tea goes out all the same"))
    run(world, lambda: world.states(post.id) == ["live"])
    assert world.states(post.id) == ["live"]


def test_checks_that_stumble_ahead_of_the_send_are_left_to_the_send(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead.Ahead, "read", stumble)
    Shift(world.desk, "me", 1, None).prepare()


def test_old_rows_that_cannot_go_keep_no_request_from_lapsing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(world.desk, "keep", {"events": 365})
    monkeypatch.setattr(tend, "_tidy", stumble)
    version = world.draft("Nobody signs this")
    world.advance(30 * 86400)
    Chores(world.desk, "me")()
    with world.db.read() as conn:
        assert drafts.version(conn, version.draft_id).state is DraftState.LAPSED


def test_the_other_chores_are_done_and_the_one_that_stumbled_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    now = [1000.0]
    monkeypatch.setattr("bot.workflow.chores.time.monotonic", lambda: now[0])

    def requests(*_: object, **__: object) -> None:
        done.append("requests")
        stumble()

    monkeypatch.setattr(tend, "tend", requests)
    monkeypatch.setattr(occurrences, "tend", lambda *_: done.append("series"))
    chores = Chores(world.desk, "me")
    chores()
    now[0] += 1
    chores()
    assert done == ["requests", "series", "series"]
    now[0] += AGAIN
    chores()
    assert done[3:] == ["requests", "series"]
    assert len([t for t in told(world) if "requests" in t]) == 1, "the same line waits once"


def test_the_databases_own_trouble_is_not_a_chores(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(tend, "tend", gone)
    with pytest.raises(OperationalError):
        Chores(world.desk, "me")()


def test_a_series_that_stumbles_is_set_aside_and_the_others_go_on(world: World) -> None:
    bad, good = (
        repeat.begin(world.desk, world.draft(f"Tea {n}").draft_id, "daily at 12:00", "anna", ahead=2) for n in "ab"
    )
    with world.db.write() as conn:
        conn.execute(update(table).where(table.c.id == bad.id).values(rule="FREQ=DAILY;BYHOUR=99;BYMINUTE=0"))
    world.advance(5 * 86400)
    before = world.clock.now()
    assert occurrences.tend(world.desk) == 2
    with world.db.read() as conn:
        assert series.get(conn, bad.id).look_at == before + timedelta(hours=1)
        assert series.get(conn, good.id).last > good.last
    assert [t for t in told(world) if bad.id in t and "tried again every hour" in t]
    assert occurrences.tend(world.desk) == 0
    repeat.end(world.desk, bad.id, "anna")
    world.advance(3600)
    assert occurrences.tend(world.desk) == 0


def test_what_the_database_refuses_of_one_series_is_that_series_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = repeat.begin(world.desk, world.draft("Tea").draft_id, "daily at 12:00", "anna", ahead=1)

    def refused(desk: object, conn: Connection, *_: object) -> None:
        with suppress(DBAPIError):
            conn.execute(text("SELECT 1 / 0"))
        raise DataError("INSERT", {}, Exception("invalid byte sequence"))

    monkeypatch.setattr(occurrences, "_propose", refused)
    post = world.approve(world.draft("Another post"))
    with world.db.write() as conn:
        series.change(conn, made.id, look_at=world.clock.now(), last="2026-11-21T12:00")
    run(world, lambda: bool(told(world)) and world.states(post.id) == ["live"])
    assert world.states(post.id) == ["live"]
    assert [t for t in told(world) if made.id in t and "stumbled over DataError" in t]


def test_a_lasting_signature_that_stumbles_is_told_and_the_others_are_asked_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    bad, good = (world.draft(f"Tea {n}").draft_id for n in "ab")

    def ask(desk: object, draft_id: str, why: str) -> None:
        asked.append(draft_id)
        if draft_id == bad:
            stumble()

    monkeypatch.setattr("bot.store.lasting.unfounded", lambda conn: [(bad, "why"), (good, "why")])
    monkeypatch.setattr(lasting_use, "_ask", ask)
    Chores(world.desk, "me")()
    assert asked == [bad, good]
    assert [t for t in told(world) if f"draft {bad} is not sent" in t]
    assert not [t for t in told(world) if good in t]


def test_times_that_nobody_was_there_for_are_said_once(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Tea at nine").draft_id, "daily at 09:00", "anna", ahead=2)
    world.advance(12 * 86400)
    occurrences.tend(world.desk)
    (said,) = [t for t in told(world) if "missed" in t]
    assert said == (
        f"sandbox:main: 10 times of series {made.id} were missed, 2026-11-25 09:00 to 2026-12-04 09:00: no worker ran."
    )
    world.advance(3600)
    occurrences.tend(world.desk)
    assert len([t for t in told(world) if "missed" in t]) == 1
    with world.db.read() as conn:
        (recorded,) = [e["why"] for e in events.about(conn, f"series:{made.id}") if "missed" in e["why"]]
    assert recorded.startswith("missed: 2026-11-25T09:00, 2026-11-26T09:00")


@pytest.mark.parametrize(
    "rule",
    [
        "every 0 days at 09:00", "FREQ=DAILY;INTERVAL=0;BYHOUR=9", "FREQ=DAILY;INTERVAL=-1;BYHOUR=9",
        "FREQ=DAILY;INTERVAL=1000000;BYHOUR=9", "FREQ=DAILY;COUNT=0;BYHOUR=9", "FREQ=DAILY;COUNT=99999;BYHOUR=9",
        "FREQ=DAILY;BYHOUR=9,10,11;BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;BYHOUR=9;UNTIL=99991231T235959", "FREQ=DAILY;BYHOUR=9;UNTIL=soon",
        "FREQ=DAILY;BYHOUR=9;UNTIL=99991231T235959Z", "FREQ=DAILY;BYHOUR=9;UNTIL=00010101T000000Z",
    ],
)  # fmt: skip
def test_a_rule_that_never_ends_or_never_rests_is_refused(rule: str) -> None:
    with pytest.raises(BadInput) as caught:
        recurrence.parse(rule, "2026-11-22", zone="America/New_York")
    assert caught.value.next_step


def test_a_rule_is_read_before_the_database_is_held_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long to read holds up nobody's posts."""
    draft, parse = world.draft("Slowly").draft_id, recurrence.parse
    post = world.approve(world.draft("Meanwhile"))

    def slowly(*given: Any) -> recurrence.Recurrence:
        world.drain()
        return parse(*given)

    monkeypatch.setattr(recurrence, "parse", slowly)
    repeat.begin(world.desk, draft, "daily at 12:00", "anna")
    assert world.states(post.id) == ["live"]


@pytest.mark.parametrize(
    "every", ["DAILY;BYMONTH=2;BYMONTHDAY=30", "WEEKLY;BYWEEKNO=54", "DAILY;BYMONTH=4;BYMONTHDAY=31"]
)
def test_the_years_that_a_rule_is_looked_for_in_are_few(every: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    rebuild: Any = rrule._iterinfo.rebuild

    def watched(self: Any, year: int, month: int) -> None:
        looked.append(year)
        rebuild(self, year, month)

    monkeypatch.setattr(rrule._iterinfo, "rebuild", watched)
    assert recurrence.coming(f"FREQ={every};BYHOUR=9;BYMINUTE=0", "2026-11-22T00:00", "2026-11-22T10:00", 1) == []
    assert len(set(looked)) < 400


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "FREQ=DAILY;COUNT=9",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;UNTIL=20280229T235959", "FREQ=YEARLY", "FREQ=MONTHLY",
    ],
)  # fmt: skip
def test_times_to_come_are_those_of_the_standards_reader(rule: str) -> None:
    full = f"{rule};BYHOUR=9,17;BYMINUTE=30"
    for start in ("2026-11-22T00:00", "2028-02-29T00:00", "2099-12-31T00:00"):
        read: Any = rrule.rrulestr
        found = read(full + ";BYSECOND=0", dtstart=datetime.fromisoformat(start))
        wanted = [w for w in islice(found, 40) if w.year < 2399]
        assert recurrence.coming(full, start, "2026-11-22T00:00", 40) == [f"{w:%Y-%m-%dT%H:%M}" for w in wanted]


def test_a_day_that_never_comes_is_found_out_soon(world: World) -> None:
    draft = world.draft("Never").draft_id
    with pytest.raises(BadInput, match="no time to come"):
        repeat.begin(world.desk, draft, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=9", "anna")
    with pytest.raises(BadInput, match="more than 10 years"):
        repeat.begin(world.desk, draft, "daily at 23:59", "anna", start="2199-12-31")
    with pytest.raises(BadInput):
        repeat.begin(world.desk, draft, "daily at 23:59", "anna", start="9999-12-31")


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261127T080000Z", "2026-11-27T09:00"),  # Nine o'clock in Berlin.
        ("20261127T075959Z", "2026-11-26T09:00"),
        ("20261127", "2026-11-27T09:00"),
        ("20261127T090000", "2026-11-27T09:00"),
    ],
)
def test_an_end_counts_as_it_is_said(until: str, last: str) -> None:
    made = recurrence.parse(f"FREQ=DAILY;BYHOUR=9;UNTIL={until}", "2026-11-22", zone="Europe/Berlin")
    assert recurrence.coming(made.rule, made.start, "2026-11-22T10:00", 50)[-1] == last


@pytest.mark.parametrize(("hour", "first"), [("09:00", "2026-11-23T09:00"), ("12:00", "2026-11-22T12:00")])
def test_a_count_begins_with_the_first_time_to_come(world: World, hour: str, first: str) -> None:
    made = repeat.begin(world.desk, world.draft("Three").draft_id, f"daily at {hour}", "anna", count=3)
    found = recurrence.coming(made.rule, made.start, "2026-11-22T10:00", 50)
    assert (found[0], len(found)) == (first, 3)
