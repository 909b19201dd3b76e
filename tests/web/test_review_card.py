"""The card: how a post will look on its network, what it rests on, whose words are whose, and a lost answer settled."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import insert

from bot.domain.brand import Account, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftVersion, Part
from bot.domain.post import PostState
from bot.store import events, tables
from bot.surfaces.web import likeness
from bot.workflow import card as cards
from bot.workflow import propose
from tests.web.served import Browser
from tests.world import RULES, World, brand

Opens = Callable[..., Browser]
ADDRESS = "https://www.lumen.example.com/autumn/oolongs/all-of-them-in-one-long-address"
FACT = Rule("arrivals", RuleKind.FACT, "We have 24 oolongs this autumn, from 39 euros.", file="facts.md", line=7)


def looks(world: World, platform: str, text: str) -> likeness.Likeness:
    """Return how a text looks on a network."""
    account = Account(platform, "main", "lumen", "en", "Europe/Berlin")
    world.learn(brand(accounts=(*brand().accounts, account)))
    version = world.draft(text, account=account.key)
    with world.db.read() as conn:
        return likeness.of(cards.card(world.desk, conn, version.draft_id), {})


@pytest.mark.parametrize(
    ("platform", "shown", "used"),
    [
        ("x", "lumen.example.com/autumn/oo…", 23 + 11),
        ("mastodon", "lumen.example.com/autumn/oolon…", 23 + 11),
        ("bluesky", ADDRESS, len(ADDRESS) + 11),
    ],
)
def test_an_address_is_shown_and_counted_as_there(desk: World, platform: str, shown: str, used: int) -> None:
    (part,) = looks(desk, platform, f"{ADDRESS} #tea today").parts
    assert [(p.text, p.kind) for p in part.pieces] == [(shown, "link"), (" ", ""), ("#tea", "tag"), (" today", "")]
    assert part.used == used
    assert part.pieces[0].title == ("" if platform == "bluesky" else ADDRESS)
    assert part.host == ("" if platform == "bluesky" else "www.lumen.example.com")


def test_names_are_shown_as_there(desk: World) -> None:
    (part,) = looks(desk, "mastodon", "Thanks @mia@tea.example!").parts
    assert [(p.text, p.kind) for p in part.pieces] == [("Thanks ", ""), ("@mia", "name"), ("!", "")]
    (part,) = looks(desk, "x", "谢谢@mia_tea，a@b.example #24 #茶").parts
    assert [p.text for p in part.pieces if p.kind == "name"] == ["@mia_tea"]
    assert [p.text for p in part.pieces if p.kind == "tag"] == ["#茶"]


def test_a_card_shows_the_likeness_of_each_part_and_the_exact_bytes(desk: World, browser: Opens) -> None:
    desk.learn(brand(accounts=(Account("x", "main", "lumen_tea", "en", "Europe/Berlin"),)))
    version = desk.draft(f"One: {ADDRESS}", "Two, and that is all of it.", account="x:main")
    page = browser("li").get(f"/draft/{version.draft_id}").text
    assert page.count('class="post goes-on"') == 1
    assert page.count('class="words"') == 2
    assert "@lumen_tea" in page
    assert "28 / 280" in page
    assert "lumen.example.com/autumn/oo…" in page
    # The exact text stands there, too: nothing of the address is left out.
    assert f"One: {ADDRESS}" in re.sub(r"<[^>]+>", "", page[page.index("Exactly what is sent") :])


def test_claims_lead_to_their_source_and_rules_to_their_text(desk: World, browser: Opens) -> None:
    desk.learn(brand(rulebook=RuleBook((*RULES.rules, FACT))))
    version = desk.draft("24 oolongs. Only 17 euros each!", citations=("arrivals", "warm"))
    page = browser("li").get(f"/draft/{version.draft_id}").text
    assert '<a class="m m-claim" href="#claim-1" title="arrivals · facts.md:7">24</a>' in page
    assert re.search(r'id="claim-1".*?facts\.md:7.*?We have <mark class="m-note">24</mark> oolongs', page, re.DOTALL)
    assert re.search(r'href="#(finding|claim)-\d+"[^>]*>17 euros', page)
    assert re.search(r'id="claim-2" tabindex="-1" class="unbacked"', page)
    # A rule of which no stretch speaks holds for the whole; one that a claim shows does not stand there again.
    whole = page[page.index("All of it follows:") :].split("</p>")[0]
    assert re.findall(r"#rule-(\d)", whole) == ["2"]
    assert re.search(r'id="rule-2".*?Write as to a friend\.', page, re.DOTALL)


def test_a_strangers_words_stand_apart(desk: World, browser: Opens) -> None:
    version = propose.new(desk.desk, propose.Proposal(
        "sandbox:main", (Part("Thank you, we will look."),), "anna", kind="reply",
        evidence={"to": {"words": "My tea never came\nand I am <b>angry</b>"}},
    ))  # fmt: skip
    page = browser("li").get(f"/draft/{version.draft_id}").text
    box = page[page.index('<figure class="outside">') :].split("</figure>")[0]
    assert "a stranger&#39;s words" in box
    assert "My tea never came\nand I am &lt;b&gt;angry&lt;/b&gt;" in box
    assert page.count("My tea never came") == 1


# --- a lost answer -------------------------------------------------------------------------------------------


def lost(world: World) -> tuple[DraftVersion, str]:
    """Return a draft whose post was sent without an answer, and its post."""
    version = world.draft("Did this arrive?")
    post = world.approve(version)
    now = world.clock.now()
    with world.db.write() as conn:
        conn.execute(insert(tables.attempt).values(
            post_id=post.id, n=0, attempt=1, worker="w", started=now, once_key="k", outcome="unknown", ended=now,
            detail="no answer", fence=1,
        ))  # fmt: skip
        events.move_part(conn, post.id, 0, PostState.DUE, PostState.ASKED, at=now, who="w", why="no clear answer",
                         attempts=1)  # fmt: skip
    return version, post.id


def test_what_nobody_knows_is_settled_on_its_card(desk: World, browser: Opens) -> None:
    version, post = lost(desk)
    one = browser("li")
    page = one.get("/").text
    assert "is it there?" in page
    assert "It is live" in page
    assert one.on_card(version, "settle", part="0", attempt="1", found="yes", url="nowhere").status_code == 422
    assert one.on_card(version, "settle", part="0", attempt="7", found="no").status_code == 409
    assert one.on_card(version, "settle", part="9", attempt="1", found="no").status_code == 422
    assert desk.states(post) == ["asked"]
    assert browser("anna").on_card(version, "settle", part="0", attempt="1", found="no").status_code == 403
    assert one.on_card(version, "settle", part="0", attempt="1", found="no").status_code == 303
    assert desk.states(post) == ["due"]
    desk.drain()
    assert desk.live() == ["Did this arrive?"]


def test_what_somebody_found_is_live(desk: World, browser: Opens) -> None:
    version, post = lost(desk)
    there = desk.app.sandbox.post("lumen.sandbox", "Did this arrive?")
    assert there is not None
    one = browser("li")
    assert (
        one.on_card(
            version, "settle", part="0", attempt="1", found="yes", url=f"https://sandbox.local/{there.id}"
        ).status_code
        == 303
    )
    assert desk.states(post) == ["live"]
    assert "is live" in one.get(f"/draft/{version.draft_id}").text
    desk.drain()
    assert desk.live() == ["Did this arrive?"]


def test_rows_of_people_without_the_right_hold_no_buttons(desk: World, browser: Opens) -> None:
    version, _ = lost(desk)
    page = browser("anna").get(f"/draft/{version.draft_id}").text
    assert "is it there?" not in page
