"""The queue in pages, several signatures with one press, and asking for drafts from the desk."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

from bot.domain.draft import Part
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Kind, PolicyRule
from bot.store import approvals, drafts
from bot.workflow import bulk, propose, schedule
from tests.unit.fake_endpoint import endpoint, like_hosted
from tests.web.served import Browser
from tests.world import World, brand

Opens = Callable[..., Browser]
TOGETHER = PolicyRule("threads-alone", Conditions(kind=(Kind.POST,)), Ask(together=True))


def many(world: World, n: int) -> list[str]:
    """Store so many drafts that wait, in one go; the newest comes last."""
    with world.db.read() as conn:
        value, policy = world.desk.brand(conn, "lumen")
    batch = bulk.Batch(world.desk, value, policy, world.clock.now())
    for k in range(n):
        batch.add(propose.Proposal("sandbox:main", (Part(f"Tea number {k} of the house."),), "anna"))
    bulk.store(batch, set(), "a file", lambda _: None)
    return [m.draft.id for m in batch.made]


def shown(page: str) -> list[str]:
    return re.findall(r'class="row" href="/draft/(\w+)', page)


# --- pages ---------------------------------------------------------------------------------------------------


def test_a_long_list_comes_in_pages_that_leave_nothing_out(desk: World, browser: Opens) -> None:
    made, one = many(desk, 120), browser("li")
    for show in ("mine", "open"):
        first = one.get("/", params={"show": show}).text
        assert '<span class="count">120</span>' in first
        assert "1 to 50 of 120" in first
        found = [shown(one.get("/", params={"show": show, "page": n}).text) for n in range(3)]
        assert [len(page) for page in found] == [50, 50, 20]
        assert sorted(d for page in found for d in page) == sorted(made)
        assert len(first) < 300_000
    # A page that is no more is the last one; what is no number is the first.
    assert len(shown(one.get("/?page=99").text)) == 20
    assert len(shown(one.get("/?page=-1").text)) == 50
    # A card's address keeps the page of the list beside it.
    last = shown(one.get("/?page=2").text)
    assert shown(one.get(f"/draft/{last[0]}?show=mine&page=2").text) == last


def test_what_is_done_comes_in_pages(desk: World, browser: Opens) -> None:
    made, one = many(desk, 60), browser("li")
    for draft in made[:55]:
        schedule.cancel(desk.desk, draft, "li")
    first = one.get("/?show=done").text
    (behind,) = re.findall(r'rel="next" href="/\?([^"]+)"', first)
    second = one.get("/?" + behind.replace("&amp;", "&")).text
    assert (len(shown(first)), len(shown(second))) == (50, 5)
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert sorted(shown(first) + shown(second)) == sorted(made[:55])
    assert len(shown(one.get("/?show=open").text)) == 5


def test_only_whoever_may_sign_sees_it_wait(desk: World, browser: Opens) -> None:
    desk.learn(brand(), ApprovalPolicy((PolicyRule("sam-signs", Conditions(), Ask(signers=("sam",))),)))
    named = desk.draft("Only Sam.").draft_id
    assert named not in browser("li").get("/").text
    assert named in browser("sam").get("/").text
    desk.learn(brand())
    moved = desk.draft("Moved by Li.")
    schedule.reschedule(desk.desk, moved.draft_id, "2026-12-01T09:00", "li")
    # Whoever only moved it has changed it, too; the words are Anna's.
    assert moved.draft_id not in shown(browser("li").get("/").text)
    assert moved.draft_id in shown(browser("ben").get("/").text)


def test_an_empty_desk_says_what_to_do(desk: World, browser: Opens) -> None:
    page = browser("li").get("/").text
    assert "There are no drafts yet." in page
    assert 'href="/new"' in page
    assert 'href="/new"' in browser("anna").get("/?show=done").text


# --- several -------------------------------------------------------------------------------------------------


def test_several_are_signed_with_one_press_where_the_policy_says_so(desk: World, browser: Opens) -> None:
    desk.learn(brand(), ApprovalPolicy((TOGETHER,)))
    first, second = desk.draft("Oolong is here."), desk.draft("Pu-erh is here, as well.")
    alone = desk.draft("One.", "Two.")
    one = browser("li")
    page = one.get("/together").text
    for version in (first, second):
        assert version.hash in page
        assert version.content.parts[0].text in page
    assert alone.draft_id not in page
    fields = {f"one-{v.draft_id}": f"{v.version}:{v.hash}" for v in (first, second)}
    assert one.press("/together", **fields).status_code == 303
    with desk.db.read() as conn:
        for version in (first, second):
            (decision,) = approvals.decisions(conn, draft_id=version.draft_id)
            assert (decision.person, decision.hash) == ("li", version.hash)
            assert version.content.parts[0].text in decision.shown
    desk.drain()
    assert sorted(desk.live()) == ["Oolong is here.", "Pu-erh is here, as well."]


def test_each_of_several_is_held_to_its_own_hash_and_the_policy(desk: World, browser: Opens) -> None:
    desk.learn(brand(), ApprovalPolicy((TOGETHER,)))
    good, changed, alone = desk.draft("Good."), desk.draft("Before."), desk.draft("One.", "Two.")
    propose.revise(desk.desk, changed.draft_id, propose.Proposal("sandbox:main", (Part("After."),), "anna"))
    one = browser("li")
    found = one.press("/together", **{f"one-{v.draft_id}": f"{v.version}:{v.hash}" for v in (good, changed, alone)})
    assert found.status_code == 303
    page = one.get("/").text
    assert "wants draft" in page
    assert "You saw version 1" in page
    with desk.db.read() as conn:
        signed = {v.draft_id: len(approvals.decisions(conn, draft_id=v.draft_id)) for v in (good, changed, alone)}
    assert signed == {good.draft_id: 1, changed.draft_id: 0, alone.draft_id: 0}


def test_without_a_word_in_the_policy_each_is_signed_alone(desk: World, browser: Opens) -> None:
    version, one = desk.draft("Oolong."), browser("li")
    assert version.draft_id not in one.get("/together").text
    one.press("/together", **{f"one-{version.draft_id}": f"1:{version.hash}"})
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []
    assert one.press("/together").status_code == 422
    assert browser("anna").get("/together").status_code == 403


# --- asking for drafts ---------------------------------------------------------------------------------------


def wait(one: Browser, path: str) -> str:
    for _ in range(1800):
        page = one.get(path).text
        if "The model is writing" not in page:
            return page
        threading.Event().wait(0.05)
    raise AssertionError("it never ends")


def writes(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer as a model that has tools: propose one text."""
    tools = {t["function"]["name"]: t["function"] for t in asked.get("tools") or ()}
    said = [m for m in asked["messages"] if m["role"] == "tool"]
    if "draft_post" in tools and not said:
        given = {"account": "sandbox:main", "text": "The autumn oolongs are here on Friday.", "citations": []}
        call = {"id": "t1", "type": "function", "function": {"name": "draft_post", "arguments": json.dumps(given)}}
        return {"content": "", "tool_calls": [call]}
    return like_hosted(asked)


def test_a_brief_becomes_a_draft_that_waits(desk: World, browser: Opens) -> None:
    one = browser("anna")
    form = one.get("/new?account=sandbox:main&wall=2026-12-01T09:00").text
    assert 'value="2026-12-01T09:00"' in form
    assert re.search(r'value="sandbox:main" checked', form)
    work = re.search(r'name="work" value="(w_\w+)"', form)
    assert work is not None
    with endpoint(writes) as model:
        desk.app.settings.llm_base_url, desk.app.settings.llm_model = model.url, "fake"
        given = {"brief": "Autumn oolongs, Friday", "account-0": "sandbox:main", "when": "wall", "kind": "post",
                 "wall": "2026-12-01T09:00", "work": work[1]}  # fmt: skip
        found = one.press("/new", **given)
        assert (found.status_code, found.headers["location"]) == (303, f"/new/{work[1]}")
        # Sent twice by a hasty hand, it is written once.
        assert one.press("/new", **given).headers["location"] == f"/new/{work[1]}"
        page = wait(one, f"/new/{work[1]}")
    assert 'class="faults"' not in page, page[page.index("<main") :]
    with desk.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen")
    assert f"/draft/{draft.id}" in page
    assert (draft.author, version.content.window.wall) == ("anna", "2026-12-01T09:00")
    assert browser("li").get(f"/new/{work[1]}").status_code == 404
    assert draft.id in browser("li").get("/").text


def test_own_words_become_a_draft_without_a_model(desk: World, browser: Opens) -> None:
    desk.app.settings.model_download = False
    desk.app.settings.llm_base_url = "http://127.0.0.1:9/v1"
    one = browser("anna")
    work = re.search(r'name="work" value="(w_\w+)"', one.get("/new").text)
    assert work is not None
    own = {"words": "own", "brief": "The oolongs are here.\n---\nCome by <b>today</b>.", "account-0": "sandbox:main"}
    timed = {**own, "when": "wall", "wall": "2026-12-01T09:00", "work": work[1]}
    found = one.press("/new", **timed)
    assert one.press("/new", **timed).headers["location"] == found.headers["location"]
    with desk.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen")
    assert (found.status_code, found.headers["location"]) == (303, f"/draft/{draft.id}")
    assert [p.text for p in version.content.parts] == ["The oolongs are here.", "Come by <b>today</b>."]
    assert (draft.author, draft.kind, version.content.window.wall) == ("anna", "thread", "2026-12-01T09:00")
    assert version.state.value == "in_review"
    page = one.get(f"/draft/{draft.id}").text
    assert "words by Anna" in page
    # The same words for two accounts; a check reads them like any other.
    both = one.press("/new", **{**own, "brief": "A miracle of a tea.", "account-1": "sandbox:cn"})
    assert both.headers["location"] == "/?show=open"
    with desk.db.read() as conn:
        made = [v for d, v in drafts.current(conn, "lumen") if d.id != draft.id]
    assert [(v.content.account, v.blocked) for v in made] == [("sandbox:cn", True), ("sandbox:main", True)]
    for given, why in (({**own, "brief": "Tea\n---\n"}, "The text is empty."),
                       ({"words": "own", "brief": "Tea"}, "No account was chosen."),
                       ({**own, "when": "wall", "wall": "2020-01-01T09:00"}, "is past")):  # fmt: skip
        wrong = one.press("/new", **given)
        assert wrong.status_code == 422, given
        assert why in wrong.text
        assert 'value="own" checked' in wrong.text


def test_what_cannot_be_asked_is_said_beside_what_was_typed(desk: World, browser: Opens) -> None:
    one = browser("anna")
    for given, why in (
        ({"brief": ""}, "The brief is empty."),
        ({"brief": "Tea", "account-0": "sandbox:other"}, "No account was chosen."),
        ({"brief": "Tea", "account-0": "sandbox:main", "when": "wall", "wall": "2020-01-01T09:00"}, "is past"),
        ({"brief": "Tea", "account-0": "sandbox:main", "when": "wall", "wall": "soon"}, "is not a time"),
        ({"brief": "T" * 4001, "account-0": "sandbox:main"}, "at most 4000"),
    ):
        found = one.press("/new", **given)
        assert found.status_code == 422, given
        assert why in found.text
    desk.learn(brand(), ApprovalPolicy())
    assert one.press("/new", brief="Tea & <b>", **{"account-0": "nobody:x"}).text.count("Tea &amp; &lt;b&gt;") == 1


def test_a_model_that_is_not_there_is_said_on_the_page(desk: World, browser: Opens) -> None:
    desk.app.settings.model_download = False
    desk.app.settings.llm_base_url = "http://127.0.0.1:9/v1"
    one = browser("anna")
    found = one.press("/new", brief="Tea", **{"account-0": "sandbox:main"})
    page = wait(one, found.headers["location"])
    assert 'class="faults"' in page
