"""The calendar: what is shown in the terminal, as JSON and as a feed is what the queue holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.clock import FixedClock
from bot.domain.draft import DraftVersion, Window
from bot.domain.editorial import Plan, Quiet, WeekSlot
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule
from bot.errors import NotFound
from bot.surfaces.cli import group
from bot.workflow import repeat, schedule
from bot.writing import weeks
from tests.world import World, brand

PLAN = Plan(
    slots=(WeekSlot((0, 2), "09:00"),),
    quiet=(Quiet(start="22:00", end="07:00"), Quiet("2026-11-26", "2026-11-26")),
    holidays=("US",),
)


def filled(world: World) -> dict[str, DraftVersion]:
    world.learn(brand(plan=PLAN))
    made = {
        "signed": world.draft("Signed and sure", slot="next"),
        "waits": world.draft("It waits for a signature; with, commas\nand lines", slot="next"),
        "open": world.draft("Whenever you like"),
        "gone": world.draft("Taken back again", slot="next"),
        "thread": world.draft("One", "Two", "Three", window=Window("2026-11-27T18:20", "Europe/Berlin")),
    }
    world.approve(made["signed"])
    schedule.cancel(world.desk, made["gone"].draft_id, "anna")
    return made


def test_each_day_has_its_entries_free_slots_quiet_hours_and_holidays(world: World) -> None:
    made = filled(world)
    main, other = weeks.weeks(world.app, 2)
    assert (main.account.key, other.account.key) == ("sandbox:main", "sandbox:cn")
    # It is Sunday: the first week is nearly over.
    assert [d.on.isoformat() for d in main.days][::7] == ["2026-11-16", "2026-11-23"]
    days = {d.on.isoformat(): d for d in main.days}
    assert [(e.id, e.state, e.clock) for e in days["2026-11-23"].entries] == [
        (made["signed"].draft_id, "scheduled", "09:00")
    ]
    assert [e.state for e in days["2026-11-25"].entries] == ["review"]
    assert [(e.parts, e.clock) for e in days["2026-11-27"].entries] == [(3, "18:20")]
    assert [e.id for e in main.open] == [made["open"].draft_id]
    # The slot of what was taken back is free again, the others are not.
    longer = {d.on.isoformat(): d.free for d in weeks.weeks(world.app, 3, "sandbox:main")[0].days}
    assert (longer["2026-11-23"], longer["2026-11-25"], longer["2026-11-30"]) == ((), (), ("09:00",))
    assert days["2026-11-26"].shut
    assert not days["2026-11-25"].shut
    assert days["2026-11-26"].quiet == ("22:00–07:00", "all day")
    assert days["2026-11-26"].holidays == ("Thanksgiving Day",)
    with pytest.raises(NotFound):
        weeks.weeks(world.app, 1, "sandbox:nobody")


def test_a_slot_in_the_hour_the_clocks_skip_is_shown_when_it_comes(world: World) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot((6,), "02:30"),))))
    world.advance(125 * 86400)
    # Sunday 28 March 2027 in Berlin: 02:30 becomes 03:30.
    days = {d.on.isoformat(): d.free for d in weeks.weeks(world.app, 1, "sandbox:main")[0].days}
    assert days["2027-03-28"] == ("03:30",)


def test_the_feed_is_what_a_calendar_program_reads(world: World) -> None:
    import icalendar

    made = filled(world)
    data = weeks.ical(world.app, "Lumen; Tea, & Co", world.clock.now())
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in data.replace(b"\r\n", b"")
    read = icalendar.Calendar.from_ical(data)
    events = {str(e["uid"]): e for e in read.walk("VEVENT")}
    assert set(events) == {f"{made[k].draft_id}@signoff" for k in ("signed", "waits", "thread")}
    signed = events[f"{made['signed'].draft_id}@signoff"]
    assert signed["dtstart"].dt == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert (signed["status"], signed["duration"].dt) == ("CONFIRMED", timedelta(minutes=15))
    waits = events[f"{made['waits'].draft_id}@signoff"]
    assert waits["status"] == "TENTATIVE"
    assert str(waits["description"]).startswith("It waits for a signature; with, commas\nand lines")
    assert str(read["x-wr-calname"]) == "Lumen; Tea, & Co: posts"
    # The same again is the same file: a calendar program sees that nothing changed.
    world.advance(3600)
    assert weeks.ical(world.app, "Lumen; Tea, & Co", world.clock.now()) == data


def test_answers_to_comments_stand_in_no_feed(world: World) -> None:
    world.learn(brand(plan=PLAN))
    window = Window("2026-11-27T18:20", "Europe/Berlin")
    world.draft("A post for all to read", window=window)
    timed = world.draft("Dear Ada, about your order", window=window, reply_parent="s_1", kind="reply")
    signed = world.draft("Dear Bob, we are sorry", reply_parent="s_2", kind="reply")
    world.approve(signed)
    made = weeks.ical(world.app, "Lumen Tea", world.clock.now()).decode()
    assert made.count("BEGIN:VEVENT") == 1
    assert "A post for all to read" in made
    assert timed.draft_id not in made
    assert signed.draft_id not in made


def test_no_control_character_of_a_held_draft_is_in_the_feed(world: World) -> None:
    world.draft("Held\x00 back\x0b for\x0c its\x1b signs", window=Window("2026-11-27T18:20", "Europe/Berlin"))
    made = weeks.ical(world.app, "Lumen Tea", world.clock.now()).replace(b"\r\n", b"")
    assert b"Held back for its signs" in made
    assert not [byte for byte in made if byte < 32]


def test_the_feed_folds_chinese_between_characters(world: World) -> None:
    import icalendar

    text = "今天的桂花乌龙到店了，欢迎大家来店里坐一坐，喝一杯热茶，" * 6
    world.draft(text, account="sandbox:cn", window=Window("2026-12-01T09:00", "Asia/Shanghai"))
    data = weeks.ical(world.app, "茶", world.clock.now())
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert str(event["description"]).startswith(text)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    for line in data.split(b"\r\n"):
        line.decode("utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with World(
        f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, FixedClock(datetime(2036, 11, 22, 9, tzinfo=UTC))
    ) as w:
        w.learn(brand(plan=PLAN))
        first = w.draft("Every week the same tea", window=Window("2036-12-02T09:00", "Europe/Berlin"))
        made = repeat.begin(w.desk, first.draft_id, "weekly on wed at 10:00", "anna", ahead=20)
        (tmp_path / "series").write_text(made.id)
    return tmp_path


def run(home: Path, *args: str, person: str = "li", lang: str = "en") -> Result:
    return CliRunner().invoke(group.program(), ["--home", str(home), "--as", person, "--lang", lang, *args])


def test_the_picture_names_the_days_the_slots_and_the_marks(home: Path) -> None:
    shown = run(home, "calendar")
    assert shown.exit_code == 0, shown.output
    for word in ("sandbox:main  Europe/Berlin", "Mon ", "09:00", "○ free slot", "22:00–"):
        assert word in shown.output
    assert "周一" in run(home, "calendar", lang="zh").output
    found = json.loads(run(home, "calendar", "--json").stdout)
    assert len(found[0]["days"]) == 14
    target = home / "posts.ics"
    assert run(home, "calendar", "--ical", str(target)).exit_code == 0
    assert target.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert run(home, "calendar", "--ical", str(home / "no" / "such.ics")).exit_code != 0


def test_a_series_is_signed_after_one_look_each_with_a_decision_of_its_own(home: Path) -> None:
    series = (home / "series").read_text()
    asked = run(home, "approve", "--series", series)
    assert "no terminal" in str(asked.exception)
    # The one who asked for it cannot sign it: each refusal is told, nothing is signed.
    refused = run(home, "approve", "--series", series, "--yes", person="anna")
    assert refused.exit_code != 0
    done = run(home, "approve", "--series", series, "--yes")
    assert done.exit_code == 0, done.output
    assert "Signed: 3 of 3." in done.output
    assert done.output.count("Every week the same tea") >= 3
    found = json.loads(run(home, "queue", "--json").stdout)["items"]
    assert sorted(r["state"] for r in found if r["series"] == series) == ["scheduled"] * 3
    assert "Nothing of the series" in str(run(home, "approve", "--series", series, "--yes").exception)
    assert run(home, "approve").exit_code != 0


def test_series_are_listed_and_ended(home: Path) -> None:
    series = (home / "series").read_text()
    listed = run(home, "repeat")
    assert series in listed.output
    assert "goes on" in listed.output
    assert run(home, "repeat", series, "--stop").exit_code == 0
    assert "it was ended by li" in run(home, "repeat").output
    assert run(home, "repeat", "--stop").exit_code != 0


def test_one_signature_for_a_series_is_listed_and_taken_back(home: Path) -> None:
    series = (home / "series").read_text()
    assert "has no lasting signature" in str(run(home, "repeat", series, "--revoke").exception)
    once = ApprovalPolicy((PolicyRule("series", Conditions(), Ask(lasting=12)),))
    # The command line goes by the machine's clock: what waits here must be open for years.
    soon = FixedClock(datetime(2096, 11, 22, 9, tzinfo=UTC), count=900)
    with World(f"sqlite:///{home / 'signoff.db'}", home, soon) as world:
        world.learn(brand(plan=PLAN), once)
        other = repeat.begin(world.desk, world.draft("One cup at ten").draft_id, "daily at 10:00", "anna", ahead=3).id
    shown = run(home, "approve", "--series", other, "--yes")
    assert shown.exit_code == 0, shown.output
    assert "One signature signs 12 posts of the series" in shown.output
    assert "Signed: 3 of 3." in shown.output
    assert "signed: 3 of 12, until " in run(home, "repeat").output
    assert run(home, "repeat", other, "--revoke").exit_code == 0
    found = json.loads(run(home, "queue", "--json").stdout)["items"]
    # The one whose card was signed keeps that signature.
    assert sorted(r["state"] for r in found if r["series"] == other) == ["review", "review", "scheduled"]
