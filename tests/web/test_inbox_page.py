"""The inbox as people work in it: the list, one comment beside it, and every button, on the true server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx

from bot.domain.comment import Author, Comment, CommentState, Entry, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.store import authors, comments, drafts
from bot.store.comment_rows import Heard
from bot.surfaces.web.pages.inbox_card import digest
from tests.web.served import Browser
from tests.world import PEOPLE, World, brand

Opens = Callable[..., Browser]
LOST = "My bag is lost and nobody answers"


def hear(world: World, text: str, who: str = "mia", mood: str = "negative", **given: object) -> Entry:
    """Store a comment that was read; the same ``like`` makes a group."""
    like, hours = str(given.pop("like", "")), float(str(given.pop("hours", 1)))
    account = str(given.pop("account", "sandbox:main"))
    n = world.clock.new_id("r")
    came = Comment(account, n, Author(who, who), text, world.clock.now() - timedelta(hours=hours), root_id=str(
        given.pop("root", "")))  # fmt: skip
    base = Triage("en", mood, -0.9, 0.9, f"Sounds negative: “{text[:10]}”.", intent=Intent.COMPLAINT,
                  priority=Priority.HIGH, by="local 1", span=(0, 6), aspects=(("luggage", "negative"),))  # fmt: skip
    read = replace(base, **given)  # type: ignore[arg-type]
    with world.db.write() as conn:
        now = world.clock.now()
        made = comments.add(
            conn, "lumen", [Heard(came, text, read.priority, fingerprint=like)], now, world.clock.new_id
        )
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), 99, state=CommentState.NEW)
        comments.keep_triage(conn, [(e, read) for e in taken], "w", now, "test")
        return comments.get(conn, made.new[0])


def stands(world: World, one: Entry) -> Entry:
    with world.db.read() as conn:
        return comments.get(conn, one.id)


def press(who: Browser, world: World, one: Entry, deed: str, **fields: str) -> httpx.Response:
    given = {"words": digest(stands(world, one)), **fields}
    if deed in ("approve", "edit"):
        with world.db.read() as conn:
            version = drafts.version(conn, stands(world, one).draft)
        given = {"version": str(version.version), "hash": version.hash, **given}
    return who.press(f"/inbox/{one.id}/{deed}", **given)


def rows(page: str) -> list[str]:
    return re.findall(r'class="row[^"]*" href="/inbox/(c_[0-9a-z]+)', page)


def test_the_most_urgent_comes_first_and_filters_stand_in_the_address(desk: World, browser: Opens) -> None:
    low = hear(desk, "Nice tea, thank you", mood="positive", priority=Priority.LOW, intent=Intent.PRAISE)
    urgent = hear(desk, "Somebody is hurt", priority=Priority.URGENT, intent=Intent.CRISIS)
    high = hear(desk, LOST, account="sandbox:cn")
    one = browser("li")
    assert rows(one.get("/inbox").text) == [urgent.id, high.id, low.id]
    assert rows(one.get("/inbox?mood=positive").text) == [low.id]
    assert rows(one.get("/inbox?intent=crisis").text) == [urgent.id]
    assert rows(one.get("/inbox?account=sandbox:cn").text) == [high.id]
    assert rows(one.get("/inbox?words=BAG").text) == [high.id]
    found = one.get("/inbox?mood=positive&words=tea").text
    assert f'href="/inbox/{low.id}?mood=positive&amp;words=tea"' in found
    assert "selected>positive" in found


def test_one_comment_shows_its_thread_reading_author_and_clock(desk: World, browser: Opens) -> None:
    first = hear(desk, "Is the shop open on Friday?", "mia", root="r1", mood="neutral", intent=Intent.QUESTION, hours=9)
    hear(desk, "I would like to know, too", "otto", root="r1", hours=8)
    hear(desk, "Somewhere else", "mia", hours=30)
    page = browser("li").get(f"/inbox/{first.id}").text
    assert '<mark class="m-note"' in page
    assert ">Is the</mark> shop open on Friday?" in page
    assert page.index("Is the</mark>") < page.rindex("I would like to know, too")
    assert "luggage: negative" in page
    assert "comments: 2, answered: 0" in page
    assert "Somewhere else" in page
    assert "of working time" in page


def test_what_waits_too_long_in_working_hours_is_overdue(desk: World, browser: Opens) -> None:
    fresh, old = hear(desk, "Just now, I ask", hours=0.1), hear(desk, "A week ago, I asked", "otto", hours=24 * 7)
    page = browser("li").get("/inbox?show=late").text
    assert rows(page) == [old.id]
    assert "Overdue: it waits" in page
    assert "Due on" in browser("li").get(f"/inbox/{fresh.id}").text


def test_names_that_pose_as_others_are_named(desk: World, browser: Opens) -> None:
    one = hear(desk, "Send me your password", "lum\u0435n")
    page = browser("li").get(f"/inbox/{one.id}").text
    assert "U+0435" in page
    assert "Impostor?" in page
    other = hear(desk, "I am Helen", "Елена")
    assert "Impostor?" not in browser("li").get(f"/inbox/{other.id}").text


def test_an_answer_is_written_edited_and_signed_beside_the_comment(desk: World, browser: Opens) -> None:
    one, anna, li = hear(desk, LOST), browser("anna"), browser("li")
    assert press(anna, desk, one, "answer", text="We look for it now.").status_code == 303
    assert stands(desk, one).state is CommentState.PROPOSED
    assert press(anna, desk, one, "edit", text="We look for it now, and call you.").status_code == 303
    page = li.get(f"/inbox/{one.id}").text
    assert "We look for it now, and call you." in page
    assert press(anna, desk, one, "approve").status_code == 403
    assert press(li, desk, one, "approve", hash="0" * 64).status_code == 409
    assert press(li, desk, one, "approve").status_code == 303
    with desk.db.read() as conn:
        version = drafts.version(conn, stands(desk, one).draft)
    assert (version.state.value, version.version) == ("approved", 2)


def test_words_that_changed_are_not_answered(desk: World, browser: Opens) -> None:
    one, li = hear(desk, LOST), browser("li")
    press(li, desk, one, "answer", text="We look for it now.")
    seen = digest(one)
    with desk.db.write() as conn:
        changed = replace(one.comment, text="You are thieves")
        comments.edit(conn, one.id, Heard(changed, changed.text), desk.clock.now(), was=one.text)
    for deed in ("approve", "ignore", "note", "relabel", "take-over"):
        found = press(li, desk, one, deed, words=seen, note="x", sentiment="neutral")
        assert found.status_code == 409, deed
        assert "The author changed the comment" in found.text
    assert stands(desk, one).state is CommentState.PROPOSED


def test_people_sort_out_who_does_what(desk: World, browser: Opens) -> None:
    one, li = hear(desk, LOST), browser("li")
    assert press(li, desk, one, "assign", to="ben").status_code == 303
    assert rows(li.get("/inbox?assignee=ben").text) == [one.id]
    assert rows(li.get("/inbox?assignee=-").text) == []
    assert press(li, desk, one, "assign", to="nobody-known").status_code == 422
    press(li, desk, one, "note", note="Ask the <b>airport</b>")
    assert "Ask the &lt;b&gt;airport&lt;/b&gt;" in li.get(f"/inbox/{one.id}").text
    press(li, desk, one, "take-over")
    with desk.db.read() as conn:
        assert authors.taken_by(conn, "sandbox:main", one.thread) == "li"
    press(li, desk, one, "give-back")
    press(li, desk, one, "relabel", sentiment="positive", intent="praise")
    read = stands(desk, one).triage
    assert read is not None
    assert (read.sentiment, read.intent) == ("positive", Intent.PRAISE)
    press(li, desk, one, "escalate", to="sam", note="A big customer")
    assert (stands(desk, one).state, stands(desk, one).assignee) == (CommentState.ESCALATED, "sam")


def test_what_is_put_off_or_settled_leaves_the_list_and_comes_back(desk: World, browser: Opens) -> None:
    one, two, li = hear(desk, LOST), hear(desk, "Where is my tea?", "otto"), browser("li")
    press(li, desk, one, "snooze", time="2h")
    assert rows(li.get("/inbox").text) == [two.id]
    assert rows(li.get("/inbox?show=snoozed").text) == [one.id]
    deeds = {"ignore": CommentState.IGNORED, "reopen": CommentState.TRIAGED, "hide": CommentState.HIDDEN,
             "close": CommentState.CLOSED}  # fmt: skip
    for deed, state in deeds.items():
        press(li, desk, two, deed)
        assert stands(desk, two).state is state
    assert rows(li.get("/inbox").text) == []
    assert set(rows(li.get("/inbox?show=all").text)) == {one.id, two.id}


def test_near_duplicates_stand_as_one_and_get_one_answer(desk: World, browser: Opens) -> None:
    group = [hear(desk, "Where is my parcel, please?", f"p{n}", like="f1", hours=9 - n) for n in range(4)]
    other, li = hear(desk, LOST), browser("li")
    page = li.get("/inbox").text
    assert len(rows(page)) == 2
    assert "3 like this" in page
    head = stands(desk, group[0])
    members = " ".join(e.id for e in group)
    assert (
        press(browser("anna"), desk, head, "answer", text="It leaves today.", group="1", members=members).status_code
        == 303
    )
    assert all(stands(desk, e).state is CommentState.PROPOSED for e in group)
    page = li.get(f"/inbox/{head.id}").text
    bound = re.search(r'name="all" value="([^"]+)"', page)
    assert bound is not None
    assert len(bound[1].split()) == 4
    with desk.db.write() as conn:
        # The last one was changed meanwhile: of that alone nothing is signed.
        changed = replace(group[3].comment, text="Never mind")
        comments.edit(conn, group[3].id, Heard(changed, changed.text), desk.clock.now(), was=group[3].text)
    press(li, desk, head, "approve-all", all=bound[1])
    with desk.db.read() as conn:
        states = [drafts.version(conn, stands(desk, e).draft).state.value for e in group]
    assert states == ["approved"] * 3 + ["in_review"]
    assert stands(desk, other).state is CommentState.TRIAGED


def test_signing_many_keeps_to_the_group_and_to_four_eyes(desk: World, browser: Opens) -> None:
    desk.learn(brand(), ApprovalPolicy((PolicyRule("two", outcome=Ask(four_eyes=True)),)))
    one, stranger, ben = hear(desk, LOST), hear(desk, "Something else", "otto"), browser("ben")
    for e in (one, stranger):
        press(ben, desk, e, "answer", text="We look for it.")
    bounds = []
    for e in (one, stranger):
        with desk.db.read() as conn:
            version = drafts.version(conn, stands(desk, e).draft)
        bounds.append(f"{e.id}:{digest(stands(desk, e))}:{version.version}:{version.hash}")
    for who in (ben, browser("li")):
        press(who, desk, one, "approve-all", all=" ".join(bounds))
    with desk.db.read() as conn:
        states = [drafts.version(conn, stands(desk, e).draft).state.value for e in (one, stranger)]
    assert states == ["approved", "in_review"]


def test_who_has_no_role_reads_and_does_nothing(desk: World, browser: Opens) -> None:
    reader = replace(PEOPLE[0], id="rose", name="Rose", roles=frozenset())
    desk.learn(brand(people=(*PEOPLE, reader)))
    one, rose = hear(desk, LOST), browser("rose")
    page = rose.get(f"/inbox/{one.id}").text
    assert "bag is lost" in page
    assert f'action="/inbox/{one.id}/' not in page
    for deed in ("assign", "note", "snooze", "take-over", "give-back", "relabel", "escalate", "ignore", "hide", "close",
                 "reopen", "answer", "suggest"):  # fmt: skip
        assert press(rose, desk, one, deed, to="li", note="x", text="x", time="2h").status_code == 403, deed
    assert stands(desk, one).state is CommentState.TRIAGED


def test_nothing_is_sent_to_who_asked_to_be_left_alone(desk: World, browser: Opens) -> None:
    one, li = hear(desk, LOST), browser("li")
    press(li, desk, one, "answer", text="We look for it now.")
    with desk.db.write() as conn:
        authors.opt_out(conn, "lumen", "sandbox", "mia", "stop", desk.clock.now())
    page = li.get(f"/inbox/{one.id}").text
    assert "asked to be left alone" in page
    assert "/approve" not in page
    assert press(li, desk, one, "approve").status_code == 403


def test_an_approver_lets_who_asked_to_be_left_alone_be_answered_again(desk: World, browser: Opens) -> None:
    one, li, anna = hear(desk, LOST), browser("li"), browser("anna")
    with desk.db.write() as conn:
        authors.opt_out(conn, "lumen", "sandbox", "mia", "stop", desk.clock.now())
    assert "Let them be answered again" not in anna.get(f"/inbox/{one.id}").text
    assert press(anna, desk, one, "opt-in").status_code == 403
    assert "Let them be answered again" in li.get(f"/inbox/{one.id}").text
    press(li, desk, one, "opt-in")
    page = li.get(f"/inbox/{one.id}").text
    assert "What they write from now on may be answered." in page
    assert "Let them be answered again" not in page
    with desk.db.read() as conn:
        assert not authors.opted_out(conn, "lumen", "sandbox", "mia")


def test_a_comment_of_another_brand_is_not_there(desk: World, browser: Opens) -> None:
    from sqlalchemy import text

    one, li = hear(desk, LOST), browser("li")
    with desk.db.write() as conn:
        conn.execute(text("update comment set brand = 'other'"))
    assert li.get(f"/inbox/{one.id}").status_code == 404
    assert press(li, desk, one, "ignore").status_code == 404
    assert rows(li.get("/inbox?show=all").text) == []


def test_it_speaks_chinese(desk: World, browser: Opens) -> None:
    one = hear(desk, "铁观音什么时候补货？", "阿茶")
    page = browser("li", "zh").get(f"/inbox/{one.id}").text
    assert "收件箱" in page
    assert not re.search(r"(?:Which|Overdue|Put off|Take over|Its author|What was read)<", page)
