"""The calendar and the inbox in a browser: dragged and by keys, answered, corrected, taken over."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.store import approvals, comments, drafts
from bot.workflow import repeat
from tests.web.e2e.house import House, wall
from tests.web.e2e.scenes_review import key
from tests.web.served import hear


def day(home: House, days: int) -> str:
    return str(wall(home.world, days, "11:00").wall)[:10]


def test_drag_a_draft_to_another_day(home: House, opened: Any) -> None:
    version = home.draft("Dragged to another day.", window=wall(home.world, 1, "11:00"))
    page = opened(home, "ben")
    page.goto(f"/calendar?as=list&on={day(home, 0)}")
    other = home.draft("Stands there already.", window=wall(home.world, 2, "17:00"))
    page.reload()
    target = page.locator(f"[data-day='{day(home, 2)}']")
    expect(target.locator(f"[data-draft='{other.draft_id}']")).to_be_visible()
    page.locator(f"[data-draft='{version.draft_id}']").drag_to(target, target_position={"x": 8, "y": 8})
    expect(target.locator(f"[data-draft='{version.draft_id}']")).to_be_visible()
    assert home.newest(version.draft_id).content.window.wall == f"{day(home, 2)}T11:00"


def test_move_a_draft_by_keys(home: House, opened: Any) -> None:
    version = home.draft("Moved without a mouse.", window=wall(home.world, 1, "12:00"))
    page = opened(home, "ben")
    page.goto(f"/calendar?as=week&on={day(home, 1)}")
    page.locator(f"[data-draft='{version.draft_id}'] a.move").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#day")).to_be_visible()
    page.fill("#day", day(home, 3))
    page.fill("#time", "15:30")
    page.locator("#time").press("Enter")
    expect(page.locator(".note.done")).to_be_visible()
    assert home.newest(version.draft_id).content.window.wall == f"{day(home, 3)}T15:30"


def test_what_is_signed_is_asked_about_before_it_moves(home: House, opened: Any) -> None:
    version = home.draft("Signed, and then dragged.", window=wall(home.world, 4, "13:00"))
    home.world.approve(version)
    page = opened(home, "ben")
    page.goto(f"/calendar?as=week&on={day(home, 4)}")
    page.locator(f"[data-draft='{version.draft_id}'] a.move").click()
    expect(page.locator(".cannot")).to_be_visible()
    page.get_by_role("link", name="Leave it where it is").click()
    assert home.newest(version.draft_id).version == 1


def test_a_free_slot_begins_a_draft(home: House, opened: Any) -> None:
    page = opened(home, "ben")
    page.goto(f"/calendar?as=day&on={day(home, 5)}")
    page.locator(".free a").first.click()
    expect(page.locator("#wall")).to_have_value(f"{day(home, 5)}T09:00")
    expect(page.locator("#when-wall")).to_be_checked()


def test_one_signature_signs_three_of_a_series(home: House, opened: Any) -> None:
    first = home.draft("Every day, a cup of tea from the same kettle.")
    made = repeat.begin(home.world.desk, first.draft_id, "daily at 12:30", "anna", ahead=4)
    with home.world.db.read() as conn:
        of = [v.draft_id for _, v in drafts.series(conn, made.id)]
    page = opened(home, "li")
    page.goto(f"/draft/{of[0]}?show=open")
    expect(page.locator("#card")).to_contain_text("One signature signs 3 posts of the series")
    page.click("#approve")
    expect(page.locator(".note.done")).to_be_visible()
    assert [home.state(one) for one in of] == ["approved", "approved", "approved", "in_review"]
    page.goto(f"/draft/{of[3]}?show=open")
    expect(page.locator("#approve")).to_be_visible()
    repeat.end(home.world.desk, made.id, "anna")


def comment(home: House, text: str, who: str) -> str:
    came = Comment("sandbox:main", home.world.clock.new_id("r"), Author(who, who), text, home.world.clock.now())
    read = Triage("en", "negative", -0.9, 0.9, "Sounds negative.", intent=Intent.COMPLAINT, priority=Priority.URGENT,
                  by="local 1")  # fmt: skip
    hear(home.world, came, read)
    with home.world.db.read() as conn:
        return next(
            e.id for e in comments.recent(conn, "lumen", None, limit=400) if e.comment.remote_id == came.remote_id
        )


def held(home: House, one: str) -> Any:
    with home.world.db.read() as conn:
        return comments.get(conn, one)


def test_open_correct_and_answer_a_comment_by_keys(home: House, opened: Any) -> None:
    one = comment(home, "The parcel came late and torn", "wanda")
    page = opened(home, "ben")
    page.goto("/inbox?words=torn")
    page.locator(f"#queue a[href^='/inbox/{one}']").click()
    page.wait_for_url(f"**/inbox/{one}**")
    key(page, "r")
    expect(page.locator("details[data-key=r] select").first).to_be_visible()
    page.select_option("#intent", "question")
    page.locator("details[data-key=r] button").click()
    expect(page.locator(".note.done")).to_be_visible()
    assert held(home, one).triage.intent == Intent.QUESTION
    page.locator("details[data-key=a] summary").focus()
    page.evaluate("document.activeElement.blur()")
    key(page, "a")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.type("We are sorry. Please send us your order number, and we look for it now.")
    page.locator("details[data-key=a] button").click()
    expect(page.locator("blockquote.answer")).to_contain_text("We are sorry.")
    # Whoever wrote it does not sign it.
    expect(page.locator("button[data-key=a]")).to_have_count(0)
    signer = opened(home, "li")
    signer.goto(f"/inbox/{one}")
    signer.get_by_role("button", name="Approve the answer").click()
    expect(signer.locator(".note.done")).to_be_visible()
    with home.world.db.read() as conn:
        assert [d.person for d in approvals.decisions(conn, draft_id=held(home, one).draft)] == ["li"]


def test_take_a_thread_over_and_give_it_back(home: House, opened: Any) -> None:
    one = comment(home, "Nobody hears me at all", "wim")
    page = opened(home, "li")
    page.goto(f"/inbox/{one}")
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_text("Li answers in this thread")).to_be_visible()
    page.get_by_role("button", name="Let the rules answer again").click()
    expect(page.get_by_text("Li answers in this thread")).to_have_count(0)


def test_put_off_assign_and_note(home: House, opened: Any) -> None:
    one = comment(home, "I will write again on Monday", "wilma")
    page = opened(home, "li")
    page.goto(f"/inbox/{one}")
    page.get_by_text("Leave a note").click()
    page.fill("#note", "She called, too.")
    page.locator("#note").locator("xpath=ancestor::form").get_by_role("button").click()
    expect(page.locator("#card")).to_contain_text("She called, too.")
    page.get_by_text("Assign it").click()
    page.select_option("#to", "ben")
    page.locator("#to").locator("xpath=ancestor::form").get_by_role("button").click()
    expect(page.locator(".note.done")).to_contain_text("Ben")
    assert held(home, one).assignee == "ben"
    page.goto(f"/inbox/{one}")
    page.keyboard.press("s")
    page.select_option("#time", "1d")
    page.locator("details[data-key=s] button").click()
    expect(page.locator(f"#queue a[href^='/inbox/{one}']")).to_have_count(0)


def test_a_comment_that_comes_appears_by_itself(home: House, opened: Any) -> None:
    page = opened(home, "li")
    page.goto("/inbox?words=thunder")
    expect(page.locator("#queue a.row")).to_have_count(0)
    one = comment(home, "A thunder of complaints", "zoe")
    expect(page.locator(f"#queue a[href^='/inbox/{one}']")).to_be_visible()


def test_the_calendar_by_other_clocks(home: House, opened: Any) -> None:
    version = home.draft("Seen by two clocks.", window=wall(home.world, 6, "11:00"))
    page = opened(home, "ben")
    page.goto(f"/calendar?as=day&on={day(home, 6)}")
    entry = page.locator(f"[data-draft='{version.draft_id}'] .clock")
    expect(entry).to_have_text("11:00")
    values = page.locator("#clock option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
    page.select_option("#clock", next(v for v, text in values if "Shanghai" in text or "UTC" in text or v != "account"))
    page.get_by_role("button", name="Show").click()
    expect(entry).to_be_visible()
    with home.world.db.read() as conn:
        assert drafts.version(conn, version.draft_id).version == 1
