"""What people do on the desk: read, sign, change, move, turn down, take down; and what a page hears by itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from icalendar import Calendar

from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.draft import DraftState, Window
from bot.store import approvals, drafts
from bot.surfaces.web.words import compared, pieces
from tests.web.served import Browser, hear
from tests.world import World

Opens = Callable[..., Browser]


def test_the_queue_holds_what_waits_for_me(desk: World, browser: Opens) -> None:
    li, anna, ben = browser("li"), browser("anna"), browser("ben")
    assert "Nothing waits for you." in li.get("/").text
    mine, theirs = desk.draft("Oolong is here."), desk.draft("By Ben.", author="ben")
    page = li.get("/").text
    assert mine.draft_id in page
    assert theirs.draft_id in page
    assert "Nothing waits for you." in anna.get("/").text
    assert theirs.draft_id not in ben.get("/").text
    assert mine.draft_id in anna.get("/?show=open").text
    li.on_card(mine, "approve")
    assert f'href="/draft/{mine.draft_id}' not in li.get("/").text


def test_a_signature_is_kept_with_what_was_shown(desk: World, browser: Opens) -> None:
    version, one = desk.draft("Oolong is here."), browser("li")
    assert one.on_card(version, "approve").status_code == 303
    assert "Signed off" in one.get(f"/draft/{version.draft_id}").text
    with desk.db.read() as conn:
        (decision,) = approvals.decisions(conn, draft_id=version.draft_id)
    assert (decision.person, decision.via, decision.hash) == ("li", "web", version.hash)
    assert "Oolong is here." in decision.shown
    desk.drain()
    assert desk.live() == ["Oolong is here."]


def test_post_now_drops_the_time(desk: World, browser: Opens) -> None:
    version = desk.draft("Later.", window=Window("2026-12-01T09:00", "Europe/Berlin"))
    one = browser("li")
    assert one.on_card(version, "now").status_code == 303
    desk.drain()
    assert desk.live() == ["Later."]


def test_a_live_post_is_taken_down_within_ten_minutes(desk: World, browser: Opens) -> None:
    version, one = desk.draft("Oops."), browser("li")
    one.on_card(version, "approve")
    desk.drain()
    assert "Undo: take it down" in one.get(f"/draft/{version.draft_id}").text
    assert one.on_card(version, "undo").status_code == 303
    assert desk.live() == []
    second = desk.draft("Stays.")
    one.on_card(second, "approve")
    desk.drain()
    desk.advance(601)
    assert "Undo" not in one.get(f"/draft/{second.draft_id}").text
    assert one.on_card(second, "undo").status_code == 422
    assert desk.live() == ["Stays."]


def test_what_a_check_blocks_is_not_stored(desk: World, browser: Opens) -> None:
    version, one = desk.draft("Oolong is here."), browser("li")
    bad = one.on_card(version, "edit", **{"part-0": "Oolong works miracles: a miracle a day."})
    assert bad.status_code == 422
    assert "This was not saved" in bad.text
    assert "Oolong works miracles" in bad.text
    with desk.db.read() as conn:
        assert drafts.get(conn, version.draft_id).version == 1
    good = one.on_card(version, "edit", **{"part-0": "Oolong is here today.", "more": "Come by."})
    assert good.status_code == 303
    page = one.get(f"/draft/{version.draft_id}").text
    assert "Saved as version 2" in page
    assert "<ins>" in page
    with desk.db.read() as conn:
        assert [p.text for p in drafts.version(conn, version.draft_id).content.parts] == ["Oolong is here today.",
                                                                                          "Come by."]  # fmt: skip
    # Whoever changed it cannot sign it.
    assert 'id="approve"' not in page


def test_a_finding_is_fixed_with_one_press(desk: World, browser: Opens) -> None:
    version, one = desk.draft("Oolong\u200b is here."), browser("li")
    page = one.get(f"/draft/{version.draft_id}").text
    assert "⟨U+200B⟩</mark>" in page
    assert "Fix it" in page
    assert 'id="approve"' not in page
    assert one.on_card(version, "fix", which="all").status_code == 303
    with desk.db.read() as conn:
        now = drafts.version(conn, version.draft_id)
    assert now.content.parts[0].text == "Oolong is here."
    assert now.state is DraftState.IN_REVIEW


def test_moving_asks_anew(desk: World, browser: Opens) -> None:
    version, one = desk.draft(), browser("li")
    assert one.on_card(version, "reschedule", wall="2026-12-01T09:30").status_code == 303
    with desk.db.read() as conn:
        now = drafts.version(conn, version.draft_id)
    assert now.content.window.wall == "2026-12-01T09:30"
    assert now.state is DraftState.IN_REVIEW
    assert one.on_card(now, "reschedule", wall="tomorrow").status_code == 422
    assert one.on_card(now, "reschedule", soon="1").status_code == 303


def test_turned_down_with_a_reason(desk: World, browser: Opens) -> None:
    version, one = desk.draft(), browser("li")
    assert one.on_card(version, "reject", reason="Not our voice").status_code == 303
    page = one.get(f"/draft/{version.draft_id}?show=done").text
    assert "Li rejected it: Not our voice" in page


def test_what_is_signed_is_taken_back(desk: World, browser: Opens) -> None:
    version = desk.draft(window=Window("2026-12-01T09:00", "Europe/Berlin"))
    one = browser("li")
    one.on_card(version, "approve")
    assert one.on_card(version, "cancel").status_code == 303
    desk.advance(30 * 24 * 3600)
    desk.drain()
    assert desk.live() == []


def test_a_model_that_fails_says_so_later(desk: World, browser: Opens) -> None:
    version, one = desk.draft(), browser("li")
    desk.app.settings.model_download = False
    desk.app.settings.llm_base_url = "http://127.0.0.1:9/v1"
    found = one.on_card(version, "another", feedback="shorter")
    assert found.status_code == 303
    # Each note is said once, and the failure may come as soon as the first page.
    told = one.get("/").text
    assert "The model is writing another version" in told
    for _ in range(300):
        if "note wrong" in told:
            break
        threading.Event().wait(0.1)
        told = one.get("/").text
    assert "note wrong" in told


def test_an_open_page_hears_what_changed(desk: World, browser: Opens) -> None:
    one, version = browser("li"), desk.draft()
    heard: list[str] = []
    with one.stream("GET", "/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        next(line for line in lines if line.startswith("id:"))
        desk.approve(version)
        for line in lines:
            if line.startswith("data: "):
                heard += json.loads(line[6:])
            if version.draft_id in heard:
                break
    assert version.draft_id in heard


def test_an_open_page_is_let_go_when_its_session_ends(desk: World, browser: Opens) -> None:
    from bot.surfaces.web.pages import live

    one, two = browser("li"), browser("li")
    before, live.ALIVE = live.ALIVE, 0.5
    try:
        with one.stream("GET", "/live") as stream:
            lines = stream.iter_lines()
            next(lines)
            two.press("/sign-out/everywhere")
            assert any(line == "event: over" for line in lines)
    finally:
        live.ALIVE = before


def test_the_calendar_shows_what_goes_out_when(desk: World, browser: Opens) -> None:
    version = desk.draft("Oolong at nine.", window=Window("2026-11-24T09:00", "Europe/Berlin"))
    one = browser("li")
    for way in ("month", "week", "list", "day"):
        found = one.get("/calendar", params={"as": way, "on": "2026-11-24"})
        assert "Oolong at nine." in found.text
        assert version.draft_id in found.text
    for odd in ({"as": "x"}, {"on": "-1"}, {"account": "nobody"}):
        assert one.get("/calendar", params=odd).status_code == 200
    assert "Oolong at nine." not in one.get("/calendar", params={"account": "sandbox:cn"}).text


def test_a_calendar_program_reads_a_secret_address(desk: World, browser: Opens, clock: FixedClock) -> None:
    desk.draft("Oolong at nine.", window=Window("2026-11-24T09:00", "Europe/Berlin"))
    one = browser("li")
    page = one.press("/calendar/feed").text
    address = page.split('id="address" readonly value="')[1].split('"')[0]
    found = httpx.get(address)
    assert found.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(found.content).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    again = one.press("/calendar/feed").text
    assert httpx.get(address).status_code == 404
    assert httpx.get(again.split('id="address" readonly value="')[1].split('"')[0]).status_code == 200


def test_the_inbox_lists_the_urgent_first(desk: World, browser: Opens) -> None:
    one = browser("li")
    assert "No comments are collected yet." in one.get("/inbox").text
    for n, (text, priority) in enumerate((("Nice tea", Priority.LOW), ("Where is my money?", Priority.URGENT))):
        came = Comment("sandbox:main", f"r{n}", Author(f"a{n}", f"fan{n}"), text, desk.clock.now())
        mood = "positive" if priority is Priority.LOW else "negative"
        hear(desk, came, Triage("en", mood, 0, 0.9, "", intent=Intent.COMPLAINT, priority=priority))
    page = one.get("/inbox").text
    assert page.index("Where is my money?") < page.index("Nice tea")
    only = one.get("/inbox", params={"mood": "positive"}).text
    assert "Nice tea" in only
    assert "Where is my money?" not in only


def test_the_language_is_the_persons_choice(browser: Opens) -> None:
    one = browser("li", "fr;q=0.9, zh-CN;q=0.8, en;q=0.5")
    assert "审阅" in one.get("/").text
    one.press("/you", language="en", keys="off")
    page = one.get("/").text
    assert "审阅" not in page
    assert 'data-keys="off"' in page


def test_what_changed_is_told_by_words() -> None:
    found = [(p.kind, p.text) for p in compared("The autumn tea is here.", "The winter tea is here.")]
    assert found == [("", "The "), ("gone", "autumn"), ("new", "winter"), ("", " tea is here.")]
    chinese = [(p.kind, p.text) for p in compared("秋茶到店", "春茶到店")]
    assert ("gone", "秋") in chinese
    assert ("new", "春") in chinese


def test_what_cannot_be_seen_is_written_out() -> None:
    found = pieces("a\u202eb👨‍👩‍👧c", [(0, 1, "warn", "why")])
    assert [(p.kind, p.text) for p in found] == [("warn", "a"), ("hidden", "⟨U+202E⟩"), ("", "b👨‍👩‍👧c")]
