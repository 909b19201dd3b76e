"""Weekly slots, quiet times, and posts that come late: what goes out when, and never all at once."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import brand_folder
from bot.domain.brand import Account
from bot.domain.draft import Window
from bot.domain.editorial import Plan, Quiet, WeekSlot
from bot.errors import BadInput
from bot.store import desk as rows
from bot.workflow import quiet, schedule, slots, when
from tests.unit.test_plan import folder
from tests.world import World, brand

ZONES = ("Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca")
MORNINGS = WeekSlot((0, 2), "09:00")
NIGHT = Quiet(start="22:00", end="07:00")


def learn(world: World, **plan: object) -> None:
    world.learn(brand(plan=Plan(**plan)))  # type: ignore[arg-type]


def walls(found: list[slots.Slot]) -> list[str]:
    return [s.wall for s in found]


# --- the brand folder --------------------------------------------------------------------------------------


def test_slots_and_quiet_times_are_read_and_survive_the_store(tmp_path: Path, world: World) -> None:
    more = (
        "gap_minutes: 8\n"
        'slots:\n  - {days: [mon, Wednesday], at: "09:00"}\n  - {account: sandbox:main, at: ["12:00", "18:30"]}\n'
        'quiet:\n  - {from: "22:00", to: "07:00", days: [fri]}\n  - {date: 2026-12-25}\n'
        "  - {date: 2026-12-30, until: 2027-01-02}\n  - {days: [sun], account: sandbox:main}\n"
    )
    found = folder(tmp_path, more).require().brand
    assert found.plan.slots == (
        WeekSlot((0, 2), "09:00"),
        WeekSlot((0, 1, 2, 3, 4, 5, 6), "12:00", "sandbox:main"),
        WeekSlot((0, 1, 2, 3, 4, 5, 6), "18:30", "sandbox:main"),
    )
    assert found.plan.quiet == (
        Quiet(days=(4,), start="22:00", end="07:00"),
        Quiet("2026-12-25", "2026-12-25"),
        Quiet("2026-12-30", "2027-01-02"),
        Quiet(days=(6,), account="sandbox:main"),
    )
    assert found.plan.gap_minutes == 8
    world.learn(dataclasses.replace(found, id="lumen"))
    with world.db.read() as conn:
        assert world.desk.brand(conn, "lumen")[0].plan == found.plan


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('slots:\n  - {days: [mon, mun], at: "09:00"}\n', "brand.yaml:12: error: 'mun' cannot be read. Did you mean"),
        ("slots:\n  - {days: [mon], at: '9 am'}\n", "brand.yaml:12: error: '9 am' cannot be read."),
        ("slots:\n  - {days: [mon]}\n", "brand.yaml:12: error: slot 1 has no time."),
        ('slots:\n  - {account: sandbox:mian, at: "09:00"}\n', "brand.yaml:12: error: The brand has no account"),
        ('quiet:\n  - {from: "22:00"}\n', "brand.yaml:12: error: quiet time 1 has only one of `from` and `to`."),
        ("quiet:\n  - {date: 2026-02-30}\n", "brand.yaml:12: error: '2026-02-30' cannot be read."),
        ("quiet:\n  - {account: sandbox:main}\n", "brand.yaml:12: error: quiet time 1 says no hours and no date."),
        ('quiet:\n  - {from: "09:00", to: "09:00"}\n', "brand.yaml:12: error: quiet time 1 ends when it begins."),
        ("quiet:\n  - {date: 2026-12-25, until: 2026-12-24}\n", "brand.yaml:12: error: quiet time 1 ends before"),
        ("gap_minutes: -1\n", "brand.yaml:11: error: 'gap_minutes' should be a whole number of at least 0"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, more: str, said: str) -> None:
    problems = [str(p) for p in folder(tmp_path, more).problems]
    assert any(p.startswith(said) for p in problems), problems


# --- the next free slot ------------------------------------------------------------------------------------


def test_drafts_take_one_slot_after_the_other(world: World) -> None:
    """It is Sunday, 22 November 2026, 10:00 in Berlin."""
    learn(world, slots=(MORNINGS, WeekSlot((0,), "18:00", "sandbox:cn")))
    first, second, third = (world.draft(f"Text number {n}", slot="next") for n in range(3))
    got = [v.content.window.wall for v in (first, second, third)]
    assert got == ["2026-11-23T09:00", "2026-11-25T09:00", "2026-11-30T09:00"]
    assert first.content.window.zone == "Europe/Berlin"
    # The other account has its own slots, in its own zone.
    assert world.draft("你好", account="sandbox:cn", slot="next").content.window == Window(
        "2026-11-23T09:00", "Asia/Shanghai", 15
    )
    # What is taken back frees its slot; what is live, signed or waits does not.
    world.approve(first)
    schedule.cancel(world.desk, second.draft_id, "anna")
    assert world.draft("Another one", slot="next").content.window.wall == "2026-11-25T09:00"


def test_a_slot_may_be_named_by_day_and_time(world: World) -> None:
    learn(world, slots=(MORNINGS, WeekSlot((4,), "17:30")))
    got = {w: world.draft(f"For {w}", slot=w).content.window.wall for w in ("wed", "17:30", "周三", "sat 11:15")}
    assert got == {
        "wed": "2026-11-25T09:00",
        "17:30": "2026-11-27T17:30",
        "周三": "2026-12-02T09:00",
        "sat 11:15": "2026-11-28T11:15",
    }
    for wrong in ("someday", "25:00", "wed 9", "", "next 09:00"):
        with pytest.raises(BadInput):
            with world.db.write() as conn:
                slots.choose(conn, *two(world), wrong, world.clock.now())
    with pytest.raises(BadInput, match="no such slot"):
        world.draft("x", slot="tue")


def two(world: World) -> tuple[object, Account]:
    made = world.app.brand()
    return made, made.accounts[0]  # type: ignore[return-value]


def test_without_slots_the_posting_times_serve_and_without_both_it_says_what_to_do(world: World) -> None:
    with pytest.raises(BadInput) as failed:
        world.draft("x", slot="next")
    assert "brand.yaml" in failed.value.next_step
    learn(world, times=("15:00",))
    assert world.draft("x", slot="next").content.window.wall == "2026-11-22T15:00"


def test_moving_into_a_slot_needs_a_new_signature_and_its_own_slot_is_free_to_it(world: World) -> None:
    learn(world, slots=(MORNINGS,))
    old = world.draft("Soon", slot="next")
    world.approve(old)
    moved = schedule.reschedule(world.desk, old.draft_id, None, "anna", "next")
    assert moved.content.window.wall == old.content.window.wall
    assert moved.state.value == "in_review"
    assert schedule.reschedule(world.desk, old.draft_id, None, "anna", "wed").content.window.wall == "2026-11-25T09:00"


def test_two_who_ask_at_once_get_two_slots(world: World) -> None:
    learn(world, slots=(MORNINGS,))
    start, got = threading.Barrier(6), []

    def ask(n: int) -> None:
        start.wait()
        got.append(world.draft(f"Said by number {n}", slot="next").content.window.wall)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == len(got) == 6


# --- quiet times -------------------------------------------------------------------------------------------


def test_no_slot_and_no_draft_lies_in_a_quiet_time(world: World) -> None:
    learn(
        world,
        slots=(WeekSlot((0, 2), "06:30"), WeekSlot((2,), "09:00")),
        quiet=(NIGHT, Quiet("2026-11-25", "2026-11-25")),
    )
    assert world.draft("x", slot="next").content.window.wall == "2026-12-02T09:00"
    with pytest.raises(BadInput, match="quiet time") as failed:
        world.draft("y", window=Window("2026-11-24T23:30", "Europe/Berlin"))
    # The night runs into a quiet day and that into another night.
    assert "Thu 26 Nov 2026 07:00" in failed.value.next_step


def test_as_soon_as_it_is_signed_off_means_after_the_quiet_time(world: World) -> None:
    learn(world, quiet=(Quiet(start="09:00", end="12:00"),))
    post = world.approve(world.draft("At last"))
    world.drain()
    assert world.live() == []
    assert post.due == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    world.advance(2 * 3600)
    world.drain()
    assert world.live() == ["At last"]


@pytest.mark.parametrize(("grace", "state"), [(45, "due"), (15, "asked")])
def test_a_post_that_comes_due_in_a_quiet_time_waits_for_its_end_or_asks(world: World, grace: int, state: str) -> None:
    post = world.approve(world.draft("Lunch", window=Window("2026-11-22T12:00", "Europe/Berlin", grace)))
    # The brand has said so only since it was signed off.
    learn(world, quiet=(Quiet(start="11:30", end="12:30"),))
    world.advance(2 * 3600)
    world.drain()
    assert world.states(post.id) == [state]
    world.advance(1740)
    world.drain()
    assert world.live() == []
    world.advance(60)
    world.drain()
    assert world.live() == (["Lunch"] if state == "due" else [])


def test_a_thread_that_has_begun_is_finished_in_a_quiet_time(world: World) -> None:
    world.approve(world.draft("One", "Two", window=Window("2026-11-22T11:00", "Europe/Berlin")))
    world.advance(3600)
    from bot.workflow import turn

    done = []

    def tell(part: object) -> None:
        if not done:
            learn(world, quiet=(Quiet(start="10:30", end="12:30"),))
        done.append(part)

    assert turn.drain(world.desk, "sandbox:main", "w", tell).total() == 2
    assert world.live() == ["One", "Two"]


# --- after an outage ---------------------------------------------------------------------------------------


def test_late_posts_go_out_one_at_a_time_and_those_past_their_grace_ask(world: World) -> None:
    learn(world, gap_minutes=5)
    at = Window("2026-11-22T10:30", "Europe/Berlin", 15)
    made = [world.approve(world.draft(f"Number {n}, quite unlike the rest", window=at)) for n in range(6)]
    # Nobody worked for 33 minutes: they are three minutes late.
    world.advance(33 * 60)
    out = []
    for _ in range(30):
        world.drain()
        out.append(len(world.live()))
        world.advance(60)
    assert out[:12] == [1] * 5 + [2] * 5 + [3] * 2
    assert out[-1] == 3
    states = [world.states(p.id)[0] for p in made]
    assert states == ["live"] * 3 + ["asked"] * 3
    with world.db.read() as conn:
        assert sum("later than its grace" in n["text"] for n in rows.notices(conn)) == 3


def test_posts_on_time_never_wait_for_each_other_nor_do_the_parts_of_a_late_thread(world: World) -> None:
    at = Window("2026-11-22T10:30", "Europe/Berlin", 15)
    world.approve(world.draft("One", "Two", "Three", window=at))
    world.approve(world.draft("And now something else", window=at))
    world.advance(1800)
    world.drain()
    assert len(world.live()) == 4
    world.approve(world.draft("A late one", "and its end", window=Window("2026-11-22T10:31", "Europe/Berlin", 15)))
    world.advance(600)
    world.drain()
    assert world.live()[4:] == ["A late one", "and its end"]


def test_what_a_night_held_back_does_not_come_all_at_once(world: World) -> None:
    learn(world, quiet=(Quiet(start="09:00", end="12:00"),))
    for n in range(3):
        world.approve(world.draft(f"Said in the night, {n}"))
    world.advance(2 * 3600)
    world.drain()
    assert len(world.live()) == 1
    world.advance(300)
    world.drain()
    assert len(world.live()) == 2


# --- zones, gaps and folds ---------------------------------------------------------------------------------

CLOCKS = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from((0, 15, 30, 45, 59)))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001 - hypothesis wants naive
    lambda d: d.replace(tzinfo=UTC, second=0, microsecond=0)
)


@settings(deadline=None, max_examples=150)
@given(
    zone=st.sampled_from(ZONES), first=st.dates(date(2026, 1, 1), date(2028, 12, 1)), clocks=st.sets(CLOCKS, min_size=1)
)
def test_slots_come_at_their_wall_time_in_every_zone(zone: str, first: date, clocks: set[str]) -> None:
    account = Account("sandbox", "main", zone=zone)
    made = brand(accounts=(account,), plan=Plan(slots=tuple(WeekSlot((0, 3, 6), c) for c in sorted(clocks))))
    found = list(slots.coming(made, account, first, 14))
    assert len(found) == 6 * len(clocks)
    for slot in found:
        shown = slot.at.astimezone(when.zone(zone))
        wanted = datetime.fromisoformat(slot.wall)
        _, remark = when.instant(Window(slot.wall, zone), slot.at)
        moved = shown.replace(tzinfo=None) - wanted
        # A wall time that does not exist moves forward by the gap and says so; one that comes twice means the first.
        assert moved == timedelta() or (timedelta() < moved <= timedelta(hours=1) and "does not exist" in remark)
        assert shown.fold == 0
        assert date.fromisoformat(slot.wall[:10]).weekday() in (0, 3, 6)
    assert walls(found) == sorted(walls(found))


@settings(deadline=None, max_examples=300)
@given(zone=st.sampled_from(ZONES), at=INSTANTS, start=CLOCKS, end=CLOCKS, days=st.sets(st.integers(0, 6)))
def test_a_quiet_time_ends_and_nothing_of_it_is_left_after(
    zone: str, at: datetime, start: str, end: str, days: set[int]
) -> None:
    account = Account("sandbox", "main", zone=zone)
    made = brand(accounts=(account,), plan=Plan(quiet=(Quiet(days=tuple(sorted(days)), start=start, end=end),)))
    local = when.zone(zone)

    def is_quiet(moment: datetime) -> bool:
        """By the clock on the wall alone."""
        wall = moment.astimezone(local).replace(tzinfo=None)
        clock = f"{wall:%H:%M}"
        begun = wall.date() if start < end or clock >= start else wall.date() - timedelta(days=1)
        inside = start <= clock < end if start < end else clock >= start or clock < end
        return (start == end or inside) and (not days or begun.weekday() in days)

    ends = quiet.until(made, account, at)
    assert (ends is not None) == is_quiet(at)
    if ends is not None and (start != end or 0 < len(days) < 7):
        assert ends > at
        assert not is_quiet(ends)
        for minutes in range(0, int((ends - at).total_seconds() // 60), 7):
            assert is_quiet(at + timedelta(minutes=minutes))


def test_the_days_when_the_clocks_change() -> None:
    def ends(zone: str, wall: str, night: Quiet, fold: int = 0) -> str:
        account = Account("sandbox", "main", zone=zone)
        at = datetime.fromisoformat(wall).replace(tzinfo=when.zone(zone), fold=fold)
        found = quiet.until(brand(plan=Plan(quiet=(night,))), account, at.astimezone(UTC))
        return f"{found:%d %H:%M}" if found else ""

    # New York, 14 March 2027: 02:30 is not there, the quiet time ends when the clocks jump to 03:00 (07:00 UTC).
    assert ends("America/New_York", "2027-03-14T01:00", Quiet(start="22:00", end="02:30")) == "14 07:00"
    # 7 November 2027: 01:30 comes twice. Quiet by the wall is quiet in both.
    twice = Quiet(start="01:10", end="01:30")
    assert ends("America/New_York", "2027-11-07T01:15", twice) == "07 05:30"
    assert ends("America/New_York", "2027-11-07T01:15", twice, fold=1) == "07 06:30"
    # Lord Howe moves by half an hour.
    assert ends("Australia/Lord_Howe", "2026-10-04T01:45", Quiet(start="01:30", end="02:15")) == "03 15:30"


def test_the_lumen_example_has_slots_that_can_be_used() -> None:
    made = brand_folder.load(Path(__file__).resolve().parents[2] / "examples" / "lumen-tea").require().brand
    assert quiet.possible(made, made.accounts[0], Window(None, made.zone), datetime(2026, 11, 22, tzinfo=UTC)) is None
