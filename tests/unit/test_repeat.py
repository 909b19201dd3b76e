"""Recurring posts: by wall time, each a draft of its own, each signed on its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.draft import DraftState, DraftVersion, Severity, Window
from bot.domain.editorial import Plan, Quiet
from bot.errors import BadInput, NotAllowed, Stale
from bot.store import approvals, drafts, series
from bot.store import desk as rows
from bot.workflow import occurrences, recurrence, repeat, tend, when
from tests.world import World, brand

ZONES = ("Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca")


def walls(text: str, n: int = 4, start: str = "2026-11-22", **given: object) -> list[str]:
    made = recurrence.parse(text, start, **given)  # type: ignore[arg-type]
    return [w[2:] for w in recurrence.coming(made.rule, made.start, f"{start}T10:00", n)]


def of(world: World, series_id: str) -> list[DraftVersion]:
    with world.db.read() as conn:
        return [v for _, v in drafts.series(conn, series_id)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("daily at 09:00", ["26-11-23T09:00", "26-11-24T09:00"]),
        ("Weekly on mon,thu at 9:00", ["26-11-23T09:00", "26-11-26T09:00"]),
        ("every 2 weeks on Friday at 17:30", ["26-11-27T17:30", "26-12-11T17:30"]),
        ("weekdays at 12:00", ["26-11-23T12:00", "26-11-24T12:00"]),
        ("monthly on 1, 15 at 10:00", ["26-12-01T10:00", "26-12-15T10:00"]),
        ("monthly on last fri at 10:00", ["26-11-27T10:00", "26-12-25T10:00"]),
        ("每天 09:00", ["26-11-23T09:00", "26-11-24T09:00"]),
        ("每周一、四 9:00", ["26-11-23T09:00", "26-11-26T09:00"]),
        ("每月1日 10:00", ["26-12-01T10:00", "27-01-01T10:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=SU;BYHOUR=20;BYMINUTE=15", ["26-11-22T20:15", "26-11-29T20:15"]),
    ],
)
def test_sentences_and_rules_mean_wall_times(text: str, found: list[str]) -> None:
    assert walls(text, 2) == found


@pytest.mark.parametrize(
    "text",
    [
        "now and then", "weekly at 09:00", "weekly on someday at 09:00", "daily at 25:00", "monthly on 32 at 09:00",
        "FREQ=MINUTELY;BYHOUR=9", "FREQ=DAILY", "FREQ=DAILY;BYHOUR=99", "FREQ=DAILY;BYHOUR=9;EXRULE=x", "=", "",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(BadInput) as failed:
        recurrence.parse(text, "2026-11-22")
    assert failed.value.next_step


def test_an_end_is_a_day_or_a_number(world: World) -> None:
    assert walls("daily at 09:00", 9, until="2026-11-24") == ["26-11-23T09:00", "26-11-24T09:00"]
    assert len(walls("daily at 09:00", 9, count=3)) == 2
    with pytest.raises(BadInput):
        recurrence.parse("daily at 09:00", "2026-11-22", "2026-12-01", 4)


@settings(deadline=None, max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.sampled_from((0, 15, 30, 45)),
    year=st.integers(2026, 2029),
)
def test_every_day_at_nine_is_nine_on_the_wall_all_year(zone: str, hour: int, minute: int, year: int) -> None:
    made = recurrence.parse(f"daily at {hour}:{minute:02}", f"{year}-01-01")
    found = recurrence.coming(made.rule, made.start, f"{year}-01-01T00:00", 365)
    assert len({w[:10] for w in found}) == 365
    before = None
    for wall in found:
        at, remark = when.instant(Window(wall, zone), datetime.min.replace(tzinfo=when.UTC))
        shown = at.astimezone(when.zone(zone)).replace(tzinfo=None)
        # On the wall it is always the same time; in a gap it is later by the gap, and that is said.
        late = shown - datetime.fromisoformat(wall)
        assert late == timedelta() or ("does not exist" in remark and timedelta() < late <= timedelta(hours=1))
        assert before is None or timedelta(hours=22) <= at - before <= timedelta(hours=26)
        before = at


def test_occurrences_become_drafts_a_week_ahead_each_with_its_own_request(world: World) -> None:
    first = world.draft("Tea time at the harbour, every week anew.")
    made = repeat.begin(world.desk, first.draft_id, "weekly on mon,thu at 09:00", "anna")
    found = of(world, made.id)
    assert [v.content.window.wall for v in found] == ["2026-11-23T09:00", "2026-11-26T09:00"]
    assert {v.state for v in found} == {DraftState.IN_REVIEW}
    assert len({v.hash for v in found}) == 2
    for version in found:
        # It is meant: said as a note, and no warning of a repeat.
        said = [(f.severity, f.check) for f in version.findings if f.check == "duplicates"]
        assert said == [(Severity.NOTE, "duplicates")]
        with world.db.read() as conn:
            request = approvals.of_version(conn, version.draft_id, 1)
        assert request is not None
        assert request.expires == when.instant(version.content.window, world.clock.now())[0]
    # Time passes: any number of workers make each of the next ones once.
    world.advance(3 * 86400)
    for _ in range(3):
        occurrences.tend(world.desk)
    assert [v.content.window.wall for v in of(world, made.id)][2:] == ["2026-11-30T09:00"]


def test_a_signature_is_for_one_time_only(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Again and again").draft_id, "daily at 12:00", "anna", ahead=2)
    one, two = of(world, made.id)[:2]
    world.approve(one)
    world.advance(2 * 3600)
    world.drain()
    assert world.live() == ["Again and again"]
    world.advance(86400)
    world.drain()
    assert world.live() == ["Again and again"]
    with world.db.read() as conn:
        assert drafts.version(conn, two.draft_id).state is DraftState.IN_REVIEW


def test_a_series_ends_by_itself_or_by_a_person(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Three times").draft_id, "daily at 12:00", "anna", count=3)
    assert len(of(world, made.id)) == 3
    assert made.ended == "it has come to its end"
    other = repeat.begin(world.desk, world.draft("For ever, it seems").draft_id, "daily at 13:00", "anna")
    with pytest.raises(NotAllowed):
        repeat.end(world.desk, other.id, "nobody")
    repeat.end(world.desk, other.id, "li")
    n = len(of(world, other.id))
    world.advance(30 * 86400)
    assert occurrences.tend(world.desk) == 0
    assert len(of(world, other.id)) == n


def test_what_nobody_signed_by_its_time_can_be_signed_no_more(world: World) -> None:
    """A signature after the time would only lead to a question: the request is over by then, however young it is."""
    made = repeat.begin(world.desk, world.draft("Tea at noon").draft_id, "daily at 12:00", "anna", ahead=1)
    (one, *_) = of(world, made.id)
    world.advance(2 * 3600)  # noon in Berlin was an hour ago
    with pytest.raises(Stale, match="ran out"):
        world.approve(one)
    tend.tend(world.desk)
    assert of(world, made.id)[0].state is DraftState.LAPSED
    with world.db.read() as conn:
        request = approvals.of_version(conn, one.draft_id, 1)
    assert request is not None
    assert request.used is not None


def test_ending_a_series_takes_back_what_waits_and_keeps_what_is_signed(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Day by day").draft_id, "daily at 12:00", "anna", ahead=3)
    one, *rest = of(world, made.id)
    world.approve(one)
    repeat.end(world.desk, made.id, "li")
    assert [v.state for v in of(world, made.id)] == [DraftState.APPROVED] + [DraftState.SUPERSEDED] * len(rest)
    with world.db.read() as conn:
        open_ = [r for v in rest if (r := approvals.of_version(conn, v.draft_id, 1)) and r.used is None]
    assert open_ == []
    world.advance(2 * 3600)
    world.drain()
    assert world.live() == ["Day by day"]


def test_days_on_which_nothing_goes_out_are_passed_over_and_told(world: World) -> None:
    world.learn(brand(plan=Plan(quiet=(Quiet("2026-11-24", "2026-11-25"),))))
    made = repeat.begin(world.desk, world.draft("Every day").draft_id, "daily at 12:00", "anna", ahead=5)
    assert [v.content.window.wall for v in of(world, made.id)] == [f"2026-11-{d}T12:00" for d in (22, 23, 26)]
    with world.db.read() as conn:
        assert sum("is left out" in n["text"] for n in rows.notices(conn)) == 2


def test_after_a_long_silence_no_flood_of_what_was_missed(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Every day").draft_id, "daily at 12:00", "anna", ahead=1)
    before = len(of(world, made.id))
    world.advance(60 * 86400)
    occurrences.tend(world.desk)
    after = [v.content.window.wall for v in of(world, made.id)][before:]
    assert after == ["2027-01-21T12:00"]
    with world.db.read() as conn:
        assert not any("is left out" in n["text"] for n in rows.notices(conn))


def test_an_account_that_vanished_is_told_and_nothing_breaks(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Every day").draft_id, "daily at 12:00", "anna", ahead=1)
    world.learn(brand(accounts=brand().accounts[1:]))
    world.advance(86400)
    occurrences.tend(world.desk)
    with world.db.read() as conn:
        assert any("has no account 'sandbox:main'" in n["text"] for n in rows.notices(conn))
        assert series.get(conn, made.id).last == "2026-11-23T12:00"


def test_what_cannot_be_repeated_is_refused(world: World) -> None:
    made = repeat.begin(world.desk, world.draft("Every day").draft_id, "daily at 12:00", "anna")
    with pytest.raises(BadInput):
        repeat.begin(world.desk, of(world, made.id)[0].draft_id, "daily at 13:00", "anna")
    with pytest.raises(BadInput, match="no time to come"):
        repeat.begin(world.desk, world.draft("Over").draft_id, "daily at 09:00", "anna", until="2026-11-22")
    with pytest.raises(NotAllowed):
        repeat.begin(world.desk, world.draft("Mine").draft_id, "daily at 09:00", "mallory")
