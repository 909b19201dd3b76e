"""The brand's pages: rules, versions, citations, people; what strangers and other roles see of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.store import chat
from tests.web.served import Browser, signed_out
from tests.world import PEOPLE, RULES, World, brand

Opens = Callable[..., Browser]


def learn(desk: World, *rules: Rule) -> None:
    desk.advance(60)
    desk.learn(brand(rulebook=RuleBook(rules)))


def test_the_rules_are_shown_with_their_place_and_found_by_words_and_kind(desk: World, browser: Opens) -> None:
    one = browser("anna")
    page = one.get("/brand").text
    assert "Never promise miracles." in page
    assert "guidelines/voice.md:3" in page
    assert "checked by code" in page
    assert RULES.version in page
    for query, shown, hidden in (
        ("?words=FRIEND", "Write as to a friend.", "Never promise miracles."),
        ("?words=奇迹", "Never promise miracles.", "Write as to a friend."),
        ("?kind=voice", "Write as to a friend.", "Never promise miracles."),
        ("?words=friend+voice.md", "Write as to a friend.", "Never promise miracles."),
    ):
        page = one.get(f"/brand{query}").text
        assert shown in page, query
        assert hidden not in page, query
    assert "No rule says that." in one.get("/brand?words=zebra").text
    assert one.get("/brand?kind=nonsense&from=-3").status_code == 200
    assert one.get("/brand?from=99999").status_code == 200


def test_many_rules_come_page_by_page(desk: World, browser: Opens) -> None:
    learn(desk, *(Rule(f"r{n:03}", RuleKind.VOICE, f"Say {n}.") for n in range(130)))
    one = browser("anna")
    first, third = one.get("/brand").text, one.get("/brand?from=120").text
    assert "Say 0." in first
    assert "Say 129." not in first
    assert "from=60" in first
    assert "Say 129." in third
    assert "from=60" in third


def test_a_rule_says_where_it_is_cited(desk: World, browser: Opens) -> None:
    draft = desk.draft("Waiting words.", citations=("warm",))
    desk.draft("Others.", citations=("no-miracles",))
    live = desk.draft("Said words.", citations=("warm", "no-miracles"))
    desk.approve(live)
    desk.drain()
    one = browser("anna")
    page = one.get("/brand/rule/warm").text
    assert f"/draft/{draft.draft_id}" in page
    assert "Waiting words." in page
    assert "Said words." in page
    assert "Others." not in page
    assert '<span class="count">2</span>' in page
    assert "post ·" in page
    assert "Citations: 2" in one.get("/brand").text
    assert one.get("/brand/rule/nothing").status_code == 404


def test_versions_are_compared_word_by_word(desk: World, browser: Opens) -> None:
    one = browser("li")
    assert "There is one version so far" in one.get("/brand/versions").text
    warm = RULES.get("warm")
    assert warm is not None
    learn(desk, replace(warm, text="Write as to a dear friend."), Rule("short", RuleKind.MUST, "Be brief."))
    page = one.get("/brand/versions").text
    assert "New: 1. Changed: 1. Gone: 1." in page
    assert "<ins>dear </ins>" in page
    assert "<del>Never promise miracles.</del>" in page
    same = RULES.version
    assert "These two say the same." in one.get(f"/brand/versions?from={same}&to={same}").text
    assert one.get("/brand/versions?from=zz&to=<b>").status_code == 200
    gone = one.get("/brand/rule/no-miracles").text
    assert "This rule is gone" in gone
    changed = one.get("/brand/rule/warm").text
    assert "<ins>dear </ins>" in changed
    assert "<ins>Write as to a friend.</ins>" in changed


def test_what_a_rule_says_is_never_markup(desk: World, browser: Opens) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e"
    learn(desk, Rule("evil", RuleKind.FACT, evil, file="<b>.md", line=1, words=("<i>",), language="en"))
    one = browser("li")
    for path in ("/brand", "/brand/rule/evil", "/brand/versions"):
        page = one.get(path).text
        assert "<img src=x" not in page
        assert "<b>.md" not in page
        assert "\u202e" not in page
        assert "⟨U+202E⟩" in page


def test_people_are_shown_with_how_they_sign_in(desk: World, browser: Opens) -> None:
    people = tuple(replace(p, sign_in=("li@lumen.example", "sub:U1")) if p.id == "li" else p for p in PEOPLE)
    desk.learn(brand(people=people))
    with desk.db.write() as conn:
        chat.link(conn, "T1", "U77", "lumen", "anna")
    anna, sam = browser("anna"), browser("sam")
    page = anna.get("/brand/people").text
    assert "T1/U77" in page
    assert "li@lumen.example, sub:U1" in page
    assert "not set: signs in by link" in page
    assert "devices: 1, last used" in page
    assert "/brand/people/link" not in page
    assert "/brand/people/link" in sam.get("/brand/people").text


def test_an_admin_makes_a_link_that_works_once(desk: World, browser: Opens) -> None:
    sam, nobody = browser("sam"), browser()
    page = sam.press("/brand/people/link", person="anna")
    assert page.status_code == 200
    token = page.text.partition("/enter?token=")[2].partition('"')[0]
    assert nobody.send_form("/enter", token=token).status_code == 303
    assert "Anna" in nobody.get("/you").text
    assert browser().send_form("/enter", token=token).status_code == 403
    assert sam.press("/brand/people/link", person="nobody").status_code == 404


def test_only_an_admin_makes_links_and_ends_sessions(desk: World, browser: Opens) -> None:
    li, anna = browser("li"), browser("anna")
    for deed in ("link", "sign-out"):
        found = li.press(f"/brand/people/{deed}", person="anna")
        assert found.status_code == 403
        assert "/enter?token=" not in found.text
    assert anna.get("/you").status_code == 200


def test_ended_sessions_are_over_at_once_and_recorded(desk: World, browser: Opens) -> None:
    sam, anna, again = browser("sam"), browser("anna"), browser("anna")
    assert sam.press("/brand/people/sign-out", person="anna").status_code == 303
    assert "sessions ended: 2" in sam.get("/brand/people").text
    assert anna.get("/you").status_code == again.get("/you").status_code == 303
    assert sam.get("/you").status_code == 200
    assert signed_out(desk, "anna") == ["sam"]
