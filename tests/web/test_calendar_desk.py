"""The calendar: any month or week, by any clock; drafts moved by a form or dropped on a day; free slots."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.domain.draft import DraftState, DraftVersion, Window
from bot.domain.editorial import Plan, Quiet, WeekSlot
from bot.store import drafts
from tests.web.served import Browser
from tests.world import World, brand

Opens = Callable[..., Browser]
PLAN = Plan(slots=(WeekSlot((1,), "09:00"),), quiet=(Quiet(start="22:00", end="07:00"),), gap_minutes=30)


def at(desk: World, wall: str, text: str = "Oolong is here.", account: str = "sandbox:main") -> DraftVersion:
    zone = "Asia/Shanghai" if account == "sandbox:cn" else "Europe/Berlin"
    return desk.draft(text, account=account, window=Window(wall, zone))


def newest(desk: World, version: DraftVersion) -> DraftVersion:
    with desk.db.read() as conn:
        return drafts.version(conn, version.draft_id)


def day(page: str, on: str) -> str:
    """Return the part of a page that is one day."""
    return page[page.index(f'data-day="{on}"') :].split("data-day=")[1]


def moved(one: Browser, version: DraftVersion, on: str, **fields: Any) -> Any:
    given = {"draft": version.draft_id, "version": version.version, "day": on, **fields}
    return one.press("/calendar/move", **given)


def test_a_month_is_whole_and_turns_both_ways(desk: World, browser: Opens) -> None:
    later, past = at(desk, "2027-02-10T09:00", "In February."), desk.draft("Long ago.")
    desk.approve(past)
    desk.drain()
    one = browser("li")
    page = one.get("/calendar").text
    assert "Nov 2026" in page
    assert "Long ago." in day(page, "2026-11-22")
    days = re.findall(r'<li class="day[^"]*" data-day="([0-9-]+)"', page)
    assert (days[0], days[-1], len(days) % 7) == ("2026-10-26", "2026-12-06", 0)
    assert 'href="/calendar?as=month&amp;on=2026-10-01"' in page
    assert 'href="/calendar?as=month&amp;on=2026-12-01"' in page
    assert later.draft_id not in page
    assert "In February." in day(one.get("/calendar?on=2027-02-01").text, "2027-02-10")
    # What went out stays where it was when the months go by.
    desk.advance(100 * 24 * 3600)
    assert "Long ago." in day(browser("sam").get("/calendar?as=week&on=2026-11-22").text, "2026-11-22")


def test_odd_addresses_show_today(desk: World, browser: Opens) -> None:
    one = browser("li")
    for odd in ({"as": "x"}, {"on": "x"}, {"on": "9999-01-01"}, {"on": "2026-02-30"}, {"page": "x"}, {"clock": "mine"}):
        found = one.get("/calendar", params=odd)
        assert found.status_code == 200, odd
        assert "Nov 2026" in found.text, odd


def test_the_day_depends_on_whose_clock_it_is(desk: World, browser: Opens) -> None:
    at(desk, "2026-11-25T02:30", "Good morning.", "sandbox:cn")
    one = browser("li")
    assert '<span class="clock">02:30</span>' in day(one.get("/calendar?as=week&on=2026-11-25").text, "2026-11-25")
    berlin = one.get("/calendar?as=week&on=2026-11-25&clock=brand").text
    assert '<span class="clock">19:30</span>' in day(berlin, "2026-11-24")
    assert "All times are those of Europe/Berlin." in berlin
    one.cookies.set("signoff_zone", "America/New_York")
    assert '<span class="clock">13:30</span>' in day(one.get("/calendar?on=2026-11-25&clock=mine").text, "2026-11-24")
    one.cookies.set("signoff_zone", "Nowhere/<b>")
    assert "Nowhere" not in one.get("/calendar?clock=mine").text


def test_a_draft_is_dropped_on_another_day(desk: World, browser: Opens) -> None:
    version, one = at(desk, "2026-11-25T16:00"), browser("anna")
    page = one.get("/calendar").text
    assert f'draggable="true" data-draft="{version.draft_id}" data-version="1"' in page
    found = moved(one, version, "2026-11-27", back="/calendar?as=week&on=2026-11-25")
    assert (found.status_code, found.headers["location"]) == (303, "/calendar?as=week&on=2026-11-25")
    now = newest(desk, version)
    assert (now.content.window.wall, now.state) == ("2026-11-27T16:00", DraftState.IN_REVIEW)
    assert "It needs its own signatures." in one.get("/calendar").text
    # Whoever still has the page before does nothing by it.
    assert moved(one, version, "2026-11-28").status_code == 409
    assert newest(desk, version).content.window.wall == "2026-11-27T16:00"


def test_a_signature_is_not_made_void_without_a_word(desk: World, browser: Opens) -> None:
    version, one = at(desk, "2026-11-25T16:00"), browser("anna")
    desk.approve(version)
    said = moved(one, version, "2026-11-27")
    assert said.status_code == 200
    assert "Signed by Li: another time makes that void" in said.text
    assert newest(desk, version).version == 1
    assert moved(one, version, "2026-11-27", time="16:00", sure="1").status_code == 303
    assert newest(desk, version).state is DraftState.IN_REVIEW
    desk.advance(10 * 24 * 3600)
    desk.drain()
    assert desk.live() == []


def test_a_time_at_which_nothing_can_go_out_is_refused(desk: World, browser: Opens) -> None:
    desk.learn(brand(plan=PLAN))
    version, one = at(desk, "2026-11-25T16:00"), browser("anna")
    for on, time, why in (
        ("2026-11-20", "16:00", "is past"),
        ("2026-11-27", "23:00", "within a quiet time"),
        ("soon", "", "is not a time"),
    ):
        found = moved(one, version, on, time=time)
        assert found.status_code == 422, on
        assert why in found.text
    assert newest(desk, version).version == 1
    live = desk.draft("Out already.")
    desk.approve(live)
    desk.drain()
    assert moved(one, live, "2026-11-27", time="12:00", sure="1").status_code == 403


def test_by_another_clock_the_right_instant_is_meant(desk: World, browser: Opens) -> None:
    version, one = at(desk, "2026-11-25T02:30", account="sandbox:cn"), browser("anna")
    assert moved(one, version, "2026-11-26", clock="brand").status_code == 303
    assert newest(desk, version).content.window.wall == "2026-11-27T02:30"


def test_only_the_calendar_is_come_back_to(desk: World, browser: Opens) -> None:
    one = browser("anna")
    for back in ("https://evil.example", "//evil.example", "/calendar\nx", "/draft/x", "/calendarx"):
        version = at(desk, "2026-11-25T16:00", f"Tea {len(back)}.")
        assert moved(one, version, "2026-11-27", back=back).headers["location"] == "/calendar"


def test_a_free_slot_leads_to_a_new_draft(desk: World, browser: Opens) -> None:
    desk.learn(brand(plan=PLAN))
    page = browser("anna").get("/calendar?as=week&on=2026-12-01&account=sandbox:main").text
    assert 'href="/new?account=sandbox%3Amain&amp;wall=2026-12-01T09%3A00"' in page
    assert "Every day quiet: 22:00–07:00" in page
    at(desk, "2026-12-01T09:00")
    page = browser("anna").get("/calendar?as=week&on=2026-12-01&account=sandbox:main").text
    assert "wall=2026-12-01T09%3A00" not in page


def test_posts_that_stand_too_close_are_marked(desk: World, browser: Opens) -> None:
    desk.learn(brand(plan=PLAN))
    at(desk, "2026-12-01T10:00", "First.")
    at(desk, "2026-12-01T10:20", "Second.")
    at(desk, "2026-12-01T10:20", "On another account.", "sandbox:cn")
    page = browser("li").get("/calendar?as=day&on=2026-12-01").text
    assert page.count("less than 30 minutes after the one before") == 1


def test_readers_move_nothing(desk: World, browser: Opens) -> None:
    version = at(desk, "2026-11-25T16:00")
    people = tuple(replace(p, roles=frozenset()) if p.id == "anna" else p for p in brand().people)
    desk.learn(brand(people=people))
    one = browser("anna")
    page = one.get("/calendar").text
    assert "draggable" not in page
    assert 'id="drop"' not in page
    assert moved(one, version, "2026-11-27").status_code == 403


def test_ten_thousand_stay_readable(desk: World, browser: Opens) -> None:
    from bot.domain.draft import Part
    from bot.workflow import bulk, propose

    with desk.db.read() as conn:
        value, policy = desk.desk.brand(conn, "lumen")
    batch = bulk.Batch(desk.desk, value, policy, desk.clock.now())
    for n in range(260):
        wall = f"2026-12-{1 + n % 2:02}T{8 + n // 60:02}:{n % 60:02}"
        wish = propose.Proposal("sandbox:main", (Part(f"Tea {n} of the house."),), "anna")
        batch.add(replace(wish, window=Window(wall, "Europe/Berlin")))
    bulk.store(batch, set(), "a file", lambda _: None)
    one = browser("li")
    month = one.get("/calendar?on=2026-12-01").text
    assert day(month, "2026-12-01").count('class="clock"') == 5
    assert "and 125 more" in day(month, "2026-12-01")
    first, second = (one.get(f"/calendar?as=list&on=2026-12-01&page={n}").text for n in (0, 1))
    assert (first.count('class="clock"'), second.count('class="clock"')) == (200, 60)
    assert max(map(len, (month, first, second))) < 300_000
