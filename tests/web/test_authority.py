"""Who may do what is decided on the server: for every address, whatever a page shows or a form says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.store import approvals
from bot.store import desk as rows
from bot.surfaces.web.guard import HEADERS
from bot.surfaces.web.pages import ROUTES
from tests.web.served import Browser
from tests.world import PEOPLE, World, brand

Opens = Callable[..., Browser]
READ = ("/", "/?show=open", "/?show=done", "/calendar", "/calendar?as=week", "/calendar?as=list", "/inbox",
        "/inbox?show=all", "/accounts", "/you", "/together", "/new", "/calendar?as=day", "/brand",
        "/brand/rule/warm", "/brand/versions", "/brand/try", "/brand/policy", "/brand/people")  # fmt: skip
OUTSIDE = ("/sign-in", "/enter?token=x", "/nowhere", "/static/desk.css", "/static/desk.js", "/static/nothing",
           "/calendar/secret.ics", "/live")  # fmt: skip
POSTS = tuple(route.path for route in ROUTES if route.method == "POST")


def at(path: str, world: World) -> str:
    return path.replace("{draft}", world.draft().draft_id).replace("{digest}", "0" * 64)


def test_every_page_answers(desk: World, browser: Opens) -> None:
    version = desk.draft()
    for language in ("en", "zh"):
        one = browser("li", language)
        for path in (*READ, f"/draft/{version.draft_id}"):
            found = one.get(path)
            assert found.status_code == 200, path
            assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in found.text


@pytest.mark.parametrize("route", [(r.method, r.path) for r in ROUTES], ids=str)
def test_nobody_does_anything_without_signing_in(desk: World, browser: Opens, route: tuple[str, str]) -> None:
    method, path = route[0], at(route[1], desk)
    nobody = browser()
    found = nobody.get(path) if method == "GET" else nobody.send_form(path)
    assert found.status_code == (303 if method == "GET" else 401)
    assert "oolong" not in found.text


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_sessions_token_does_nothing(desk: World, browser: Opens, path: str) -> None:
    one, other = browser("sam"), browser("ben")
    where = at(path, desk)
    for given in ({}, {"csrf": ""}, {"csrf": other.csrf()}, {"csrf": "é" * 64}):
        assert one.send_form(where, **given).status_code == 403
    with desk.db.read() as conn:
        assert rows.stopped(conn) == ""


@pytest.mark.parametrize("path", POSTS)
def test_a_form_from_another_site_does_nothing(desk: World, browser: Opens, path: str) -> None:
    one = browser("sam")
    token, where = one.csrf(), at(path, desk)
    for origin, site in (
        ("https://evil.example", "cross-site"), ("https://evil.example", ""), ("null", ""), ("null", "cross-site"),
        ("", ""), (one.origin, "cross-site"), ("null", "same-site"), (one.origin + ".evil.example", ""),
    ):  # fmt: skip
        found = one.send_form(where, csrf=token, headers={"origin": origin, "sec-fetch-site": site})
        assert found.status_code == 403, (origin, site)
    with desk.db.read() as conn:
        assert rows.stopped(conn) == ""


def test_a_browser_that_tells_no_origin_says_where_a_form_came_from(desk: World, browser: Opens) -> None:
    one = browser("li")
    given = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert one.send_form("/stop", csrf=one.csrf(), headers=given).status_code == 303
    with desk.db.read() as conn:
        assert "li" in rows.stopped(conn)


def test_another_name_for_this_address_is_refused(browser: Opens) -> None:
    one = browser("li")
    for host in ("evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example"):
        assert one.get("/", headers={"host": host}).status_code == 421


def test_nothing_is_decided_by_get(desk: World, browser: Opens) -> None:
    version, one = desk.draft(), browser("li")
    for path in POSTS:
        found = one.get(path.replace("{draft}", version.draft_id), params={"csrf": one.csrf(), "hash": version.hash})
        assert found.status_code in (200, 404, 405, 422), path
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert one.request(method, f"/draft/{version.draft_id}/approve").status_code == 403
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []
        assert rows.stopped(conn) == ""


def test_roles_count_on_the_server(desk: World, browser: Opens) -> None:
    reader = replace(PEOPLE[0], id="rose", name="Rose", roles=frozenset())
    desk.learn(brand(people=(*PEOPLE, reader)))
    version = desk.draft()
    anna, rose = browser("anna"), browser("rose")
    for deed in ("approve", "now", "reject", "undo"):
        assert anna.on_card(version, deed).status_code == 403, deed
    for route in ROUTES:
        if route.method == "POST" and "{draft}" in route.path:
            deed = route.path.rpartition("/")[2]
            found = rose.on_card(version, deed, **{"part-0": "Other words"})
            assert found.status_code == 403, deed
            assert "needs the role" in found.text
    assert rose.press("/resume").status_code == 403
    assert rose.press("/accounts/resume", account="sandbox:main").status_code == 403
    page = rose.get(f"/draft/{version.draft_id}").text
    assert f"/draft/{version.draft_id}/" not in page
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []


def test_anybody_stops_and_an_approver_starts_again(desk: World, browser: Opens) -> None:
    anna, li = browser("anna"), browser("li")
    assert anna.press("/stop", reason="a storm").status_code == 303
    assert "a storm" in li.get("/calendar").text
    assert anna.press("/resume").status_code == 403
    assert li.press("/resume").status_code == 303
    with desk.db.read() as conn:
        assert rows.stopped(conn) == ""


def test_what_was_seen_is_what_is_signed(desk: World, browser: Opens) -> None:
    one = browser("li")
    version = desk.draft()
    newer = one.on_card(version, "edit", **{"part-0": "The winter oolongs are here."})
    assert newer.status_code == 303
    late = one.on_card(version, "approve")
    assert late.status_code == 409
    assert "You saw version 1" in late.text
    assert late.headers["hx-replace-url"] == f"/draft/{version.draft_id}"
    for wrong in ({"hash": "0" * 64}, {"hash": ""}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 30}):
        bound = {"version": "2", "hash": "0" * 64, **wrong}
        found = one.press(f"/draft/{version.draft_id}/approve", **bound)
        assert found.status_code in (409, 422)
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []


def test_four_eyes_hold_here_too(desk: World, browser: Opens) -> None:
    policy = ApprovalPolicy((PolicyRule("two", outcome=Ask(four_eyes=True)),))
    desk.learn(brand(), policy)
    version = desk.draft(author="ben")
    ben, li = browser("ben"), browser("li")
    page = ben.get(f"/draft/{version.draft_id}").text
    assert "somebody else must sign them" in page
    assert 'id="approve"' not in page
    assert version.draft_id not in ben.get("/").text
    assert ben.on_card(version, "approve").status_code == 403
    assert version.draft_id in li.get("/").text
    assert li.on_card(version, "approve").status_code == 303


def test_of_fifty_who_approve_at_once_one_does(desk: World, browser: Opens) -> None:
    version, one = desk.draft(), browser("li")
    fields = {"csrf": one.csrf(), "version": str(version.version), "hash": version.hash}
    codes: list[int] = []
    cookies = dict(one.cookies)

    def sign() -> None:
        with httpx.Client(base_url=one.origin, cookies=cookies, timeout=120) as client:
            found = client.post(f"/draft/{version.draft_id}/approve", data=fields, headers={"origin": one.origin})
            codes.append(found.status_code)

    threads = [threading.Thread(target=sign) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count(303) == 1
    assert codes.count(409) == 49
    with desk.db.read() as conn:
        assert len(approvals.decisions(conn, draft_id=version.draft_id)) == 1


def test_every_answer_carries_the_headers(desk: World, browser: Opens) -> None:
    one, nobody = browser("li"), browser()
    found = [one.get(path) for path in (*READ, *OUTSIDE[:-1], "/draft/d_nothing")]
    found += [nobody.get(path) for path in (*READ, *OUTSIDE)]
    found += [one.send_form("/stop"), nobody.send_form("/stop"), nobody.get("/", headers={"host": "evil.example"}),
              one.request("PUT", "/"), one.press("/draft/d_nothing/approve")]  # fmt: skip
    for answer in found:
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (answer.url, name)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.status_code < 500


def test_a_form_that_is_too_large_is_refused(browser: Opens) -> None:
    one = browser("li")
    found = one.send_form("/stop", csrf=one.csrf(), reason="x" * (2 << 20))
    assert found.status_code == 413


def test_a_draft_of_another_brand_is_not_there(desk: World, browser: Opens) -> None:
    from sqlalchemy import text

    version, one = desk.draft(), browser("li")
    with desk.db.write() as conn:
        conn.execute(text("update draft set brand = 'other'"))
        rows.save_brand(conn, brand(id="other", accounts=()), ApprovalPolicy(), "elsewhere", desk.clock.now())
    desk.app.settings.brand = "lumen"
    assert one.get(f"/draft/{version.draft_id}").status_code == 404
    assert one.on_card(version, "approve").status_code == 404
