"""Review as people do it in a browser: keys alone, edits, four eyes, signatures, bulk, two people at once."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from bot.domain.draft import DraftState
from bot.store import approvals
from tests.web.e2e.house import AGAIN, House, wall

#: Nothing is being loaded into the page.
STILL = "() => document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling') === null"


def signers(home: House, draft: str) -> list[str]:
    with home.world.db.read() as conn:
        return [d.person for d in approvals.decisions(conn, draft_id=draft)]


def key(page: Any, *keys: str) -> None:
    for one in keys:
        page.wait_for_function(STILL)
        page.keyboard.press(one)


def test_sign_by_keyboard_alone(home: House, opened: Any) -> None:
    version = home.draft("By keys alone: the kettle is on.")
    page = opened(home, "li")
    page.goto(f"/draft/{version.draft_id}")
    key(page, "a")
    expect(page.locator("#approve")).to_be_focused()
    assert signers(home, version.draft_id) == []
    key(page, "a")
    expect(page.locator(".note.done")).to_be_visible()
    assert signers(home, version.draft_id) == ["li"]


def test_go_through_the_queue_and_reject_by_keys(home: House, opened: Any) -> None:
    drafts = {home.draft(f"Through the queue, number {n}.").draft_id for n in range(2)}
    page = opened(home, "ben")
    page.goto("/")
    seen = []
    for _ in range(3):
        seen.append(page.locator("#queue a.row[aria-current]").get_attribute("href"))
        key(page, "j")
        page.wait_for_function("was => document.querySelector('#queue a.row[aria-current]')"
                               "?.getAttribute('href') !== was", arg=seen[-1])  # fmt: skip
    assert len(set(seen)) == 3
    key(page, "k")
    expect(page.locator("#queue a.row[aria-current]")).to_have_attribute("href", seen[-1])
    draft = drafts.pop()
    page.goto(f"/draft/{draft}")
    key(page, "r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("Not this week")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("Not this week")
    assert home.state(draft) == DraftState.REJECTED


def test_edit_and_what_a_check_forbids(home: House, opened: Any) -> None:
    version = home.draft("Our tea is warm.")
    page = opened(home, "ben")
    page.goto(f"/draft/{version.draft_id}")
    key(page, "e")
    expect(page.locator("#part-0")).to_be_focused()
    page.fill("#part-0", "Our tea is a miracle.")
    page.locator("details[data-key=e] button").click()
    expect(page.locator("#card .faults")).to_be_visible()
    expect(page.locator("#part-0")).to_have_value("Our tea is a miracle.")
    assert home.newest(version.draft_id).version == 1
    page.fill("#part-0", "Our tea is warm, and so are we.")
    page.locator("details[data-key=e] button").click()
    expect(page.locator("#card .id")).to_contain_text("v2")
    assert home.newest(version.draft_id).content.parts[0].text == "Our tea is warm, and so are we."


def test_four_eyes_refuse_whoever_wrote_it(home: House, opened: Any) -> None:
    version = home.draft("Ben writes and would sign it himself.", author="ben")
    page = opened(home, "ben")
    page.goto(f"/draft/{version.draft_id}?show=open")
    expect(page.locator("#approve")).to_have_count(0)
    expect(page.locator(".cannot").first).to_be_visible()
    # A form that is made by hand gets no further.
    csrf = page.locator("input[name=csrf]").first.get_attribute("value")
    answered = page.evaluate(
        "async ([to, fields]) => (await fetch(to, {method: 'POST', body: new URLSearchParams(fields)})).status",
        [f"/draft/{version.draft_id}/approve", {"csrf": csrf, "version": "1", "hash": version.hash}],
    )
    assert answered == 403
    assert signers(home, version.draft_id) == []


def test_two_people_and_the_second_sees_it_at_once(home: House, opened: Any) -> None:
    version = home.draft("Two people look at this one.")
    one, other = opened(home, "li"), opened(home, "ben")
    for page in (one, other):
        page.goto(f"/draft/{version.draft_id}?show=open")
    one.click("#approve")
    expect(one.locator(".note.done")).to_be_visible()
    expect(other.locator("#approve")).to_have_count(0)
    assert signers(home, version.draft_id) == ["li"]


def test_what_changed_meanwhile_is_not_signed(home: House, opened: Any) -> None:
    version = home.draft("The first wording.")
    one, other = opened(home, "li"), opened(home, "ben")
    one.goto(f"/draft/{version.draft_id}")
    # The form stays open, so the page does not follow by itself.
    one.locator("details[data-key=r] summary").click()
    one.locator("#reason").focus()
    other.goto(f"/draft/{version.draft_id}")
    key(other, "e")
    other.fill("#part-0", "The second wording.")
    other.locator("details[data-key=e] button").click()
    expect(other.locator("#card .id")).to_contain_text("v2")
    expect(one.locator(".note.fresh")).to_be_visible()
    one.evaluate("document.querySelector('#approve').click()")
    expect(one.locator(".note.wrong")).to_contain_text("Ben")
    assert signers(home, version.draft_id) == []


def test_another_version_comes_by_itself(home: House, opened: Any) -> None:
    version = home.draft("Too long a text about the tea.")
    page = opened(home, "li")
    page.goto(f"/draft/{version.draft_id}")
    key(page, "v")
    expect(page.locator("#feedback")).to_be_focused()
    page.keyboard.type("shorter, please")
    page.locator("details[data-key=v] button").click()
    home.until(lambda: home.newest(version.draft_id).version == 2)
    assert home.newest(version.draft_id).content.parts[0].text == AGAIN
    expect(page.get_by_text(AGAIN).first).to_be_visible()


def test_a_new_draft_is_asked_for_and_shown(home: House, opened: Any) -> None:
    page = opened(home, "ben")
    page.goto("/")
    key(page, "n")
    page.wait_for_url("**/new")
    page.fill("#brief", "The autumn oolongs, on Friday at four")
    page.check("#account-0")
    page.click("button.main")
    page.locator("main").get_by_role("link", name="sandbox:main").click()
    expect(page.get_by_text("we open the first autumn oolongs").first).to_be_visible()


def test_sign_several_on_one_page(home: House, opened: Any) -> None:
    made = [home.draft(f"一起签的第{n}条。", account="sandbox:cn", language="zh-Hans") for n in "甲乙丙"]
    page = opened(home, "li")
    page.goto("/together")
    box = {v.draft_id: page.locator(f"input[name=one-{v.draft_id}]") for v in made}
    for one in box.values():
        expect(one).to_be_checked()
    box[made[1].draft_id].uncheck()
    page.get_by_role("button", name="Sign what is ticked").click()
    expect(page.locator(".note.done").first).to_be_visible()
    assert [signers(home, v.draft_id) for v in made] == [["li"], [], ["li"]]


def test_post_now_and_undo(home: House, opened: Any) -> None:
    version = home.draft("Out at once, and back again.", window=wall(home.world, 3, "18:00"))
    page = opened(home, "li")
    page.goto(f"/draft/{version.draft_id}")
    page.get_by_role("button", name="Approve and post now").click()
    page.get_by_role("button", name=re.compile("^Undo")).click()
    home.until(lambda: version.content.parts[0].text not in home.world.live())
    expect(page.locator("#card-title")).to_contain_text(re.compile("deleted|taken down|undone", re.I))


def test_the_switch_stops_and_an_approver_starts_again(home: House, opened: Any) -> None:
    author, approver = opened(home, "anna"), opened(home, "li")
    author.goto("/mood")
    author.click(".stop summary")
    author.fill("#stop-reason", "A wrong price is out")
    author.locator(".stop form button").click()
    expect(author.locator(".stopped")).to_contain_text("A wrong price is out")
    approver.goto("/")
    approver.get_by_role("button", name="Start again").click()
    expect(approver.locator(".stopped")).to_have_count(0)
