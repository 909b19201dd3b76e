"""Rules, playground, policy, people, results, and signing in and out: in a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

from playwright.sync_api import expect

from tests.web.e2e.house import PASSWORD, House
from tests.web.pictures_brand import TEXT


def test_sign_in_by_the_printed_link_once(home: House, opened: Any) -> None:
    # What is printed is the address that is set, and the test has a free port there.
    env = {**home.env, "SIGNOFF_WEB": home.url.removeprefix("http://")}
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "web", "link", "li"], env=env, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    link = ran.stdout.strip()
    page = opened(home)
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#queue")).to_be_visible()
    other = opened(home)
    other.goto(link)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("alert")).to_contain_text("used before")


def test_sign_in_by_password_and_out(home: House, opened: Any) -> None:
    page = opened(home)
    page.goto("/calendar")
    page.wait_for_url("**/sign-in")
    page.fill("#person", "li")
    page.fill("#password", "not the right one at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#person", "li")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#queue")).to_be_visible()
    page.goto("/you")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/inbox")
    page.wait_for_url("**/sign-in")


def test_a_session_that_is_ended_elsewhere_ends_here(home: House, opened: Any) -> None:
    page, admin = opened(home, "anna"), opened(home, "sam")
    page.goto("/inbox")
    admin.goto("/brand/people")
    card = admin.locator("ul.cards > li", has_text="Anna")
    card.get_by_role("button", name="End sessions").click()
    expect(admin.locator(".note.done")).to_be_visible()
    page.locator("nav a[href='/calendar']").click()
    page.wait_for_url("**/sign-in")


def test_an_admin_makes_a_link_that_signs_in(home: House, opened: Any) -> None:
    admin, page = opened(home, "sam"), opened(home)
    admin.goto("/brand/people")
    admin.locator("ul.cards > li", has_text="Ben").get_by_role("button", name="Make a sign-in link").click()
    expect(admin.locator("#address")).to_have_value(re.compile(r"/enter\?token="))
    page.goto(admin.locator("#address").input_value())
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("header .end")).to_contain_text("Ben")


def test_try_a_text(home: House, opened: Any) -> None:
    page = opened(home, "ben")
    page.goto("/brand/try")
    page.fill("#text", TEXT)
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".score")).to_be_visible(timeout=60_000)
    expect(page.locator(".findings")).to_contain_text("miracle")
    expect(page.locator("aside .rules a").first).to_be_visible()


def test_a_policy_is_tried_replayed_and_saved(home: House, opened: Any) -> None:
    page = opened(home, "sam")
    page.goto("/brand/policy")
    before = page.locator("#text").input_value()
    page.fill("#text", before.replace("do: leave", "do: leve"))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#problems")).to_contain_text("line")
    page.fill("#text", before.replace("needed: 2", "needed: 1").replace("do: leave", "do: propose"))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".columns-svg rect").first).to_be_attached(timeout=60_000)
    expect(page.locator(".diff")).to_contain_text("propose")
    page.get_by_role("button", name="Save and learn").click()
    expect(page.locator(".note.done").first).to_be_visible(timeout=60_000)
    folder = home.world.settings.home.parent / "shop"
    assert "do: propose" in (folder / "policy.yaml").read_text()
    page.goto("/brand/policy")
    page.fill("#text", before)
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Save and learn").click()
    expect(page.locator(".note.done").first).to_be_visible(timeout=60_000)
    assert (folder / "policy.yaml").read_text() == before


def test_rules_are_found_and_lead_to_what_cites_them(home: House, opened: Any) -> None:
    page = opened(home, "anna")
    page.goto("/brand")
    page.fill("#words", "Nantou")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("ul.book > li")).to_have_count(1)
    page.locator("ul.book a.code").click()
    page.wait_for_url("**/brand/rule/**")
    page.goto("/brand/versions")
    expect(page.locator("ins").first).to_contain_text("twenty-four")


def test_results_and_moods_with_filters_and_files(home: House, opened: Any) -> None:
    page = opened(home, "anna")
    for path, choose in (("/mood", ("#account", "sandbox:cn")), ("/results", ("#account", "sandbox:main"))):
        page.goto(path)
        expect(page.locator("svg").first).to_be_visible()
        page.select_option(*choose)
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**account=sandbox**")
        page.locator("details.table summary").first.click()
        with page.expect_download() as found:
            page.locator("details.table a[download]").first.click()
        text = found.value.path().read_text(encoding="utf-8-sig")
        assert text.count("\n") > 1
    page.goto("/report")
    expect(page.locator("main h2").first).to_be_visible()


def test_the_language_is_changed_and_stays(home: House, opened: Any) -> None:
    page = opened(home, "ben")
    page.goto("/you")
    page.select_option("#language", "zh")
    page.locator("main form button").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.goto("/calendar")
    expect(page.locator("h1")).to_contain_text("日历")
    page.goto("/new")
    expect(page.locator("#kind option[value=post]")).to_have_text("帖子")


def test_single_keys_can_be_turned_off(home: House, opened: Any) -> None:
    page = opened(home, "ben")
    page.goto("/you")
    page.select_option("#keys", "off")
    page.locator("main form button").first.click()
    page.goto("/")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url == home.url + "/"


def test_all_that_matters_without_scripts(home: House, opened: Any) -> None:
    version = home.draft("Signed without any script.")
    page = opened(home, "li", java_script_enabled=False)
    page.goto(f"/draft/{version.draft_id}")
    page.click("#approve")
    expect(page.locator(".note.done")).to_be_visible()
    page.goto("/calendar")
    page.goto("/inbox")
    page.locator("#queue a.row").first.click()
    expect(page.locator("#card")).to_be_visible()
    page.goto("/brand/try")
    page.get_by_text("Calendar").first.click()
    expect(page.locator("h1")).to_contain_text("Calendar")


def test_a_proposed_rule_is_accepted_and_another_refused(home: House, opened: Any) -> None:
    author, page = opened(home, "anna"), opened(home, "sam")
    author.goto("/brand/proposals")
    expect(author.get_by_text("It is worth its price.").first).to_be_visible()
    expect(author.get_by_role("button", name="Accept and learn")).to_have_count(0)
    page.goto("/brand/proposals")
    said = page.locator("section", has_text="We are sorry that it came late.")
    said.get_by_role("button", name="Accept and learn").click()
    expect(page.locator(".note.done").first).to_be_visible(timeout=60_000)
    page.locator("section", has_text="It is worth its price.").get_by_role("button", name="Refuse").click()
    expect(page.locator("ul.book > li")).to_have_count(2)
    page.goto("/brand?words=sorry+that+it+came+late")
    expect(page.locator("ul.book > li")).to_have_count(1)
