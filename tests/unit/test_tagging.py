"""UTM tags on links: which links, once, and never somebody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.draft import Draft
from bot.domain.editorial import Plan, Tagging
from bot.insight import tagging
from bot.store import drafts
from bot.workflow import around, propose, schedule
from tests.world import World, brand

UTM = Tagging(("shop.example.com/tea", "lumen.example"))
DRAFT = Draft("d_1", "lumen", "bluesky:main", "", "anna", datetime(2026, 11, 22, tzinfo=UTC))
VALUES = tagging.names(DRAFT, "en")
TAIL = "utm_source=bluesky&utm_medium=social&utm_campaign=d_1&utm_content=d_1"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Go to https://lumen.example.", f"Go to https://lumen.example?{TAIL}."),
        ("(see https://lumen.example/a_(b))", f"(see https://lumen.example/a_(b)?{TAIL})"),
        ("https://lumen.example/a?b=1#top!", f"https://lumen.example/a?b=1&{TAIL}#top!"),
        ("https://www.lumen.example/a", f"https://www.lumen.example/a?{TAIL}"),
        ("HTTPS://Lumen.Example/A", f"HTTPS://Lumen.Example/A?{TAIL}"),
        ("来https://shop.example.com/tea，坐坐", f"来https://shop.example.com/tea?{TAIL}，坐坐"),
        ("见https://lumen.example/秋茶", f"见https://lumen.example/?{TAIL}秋茶"),
        ("https://lumen.example/a?utm_source=x&b=1", f"https://lumen.example/a?b=1&{TAIL}"),
        ("https://lumen.example/#/teas?page=2", f"https://lumen.example/?{TAIL}#/teas?page=2"),
    ],
)
def test_the_brands_links_are_tagged_once_and_keep_what_they_have(text: str, wanted: str) -> None:
    once = tagging.tag(text, UTM, VALUES)
    assert once == wanted
    assert tagging.tag(once, UTM, VALUES) == once
    assert tagging.tag(tagging.tag(text, UTM, {**VALUES, "draft": "d_0", "variant": "old"}), UTM, VALUES) == once
    assert tagging.untag(once, UTM) == re.sub(r"utm_source=x&", "", text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/tea",
        "https://shop.example.com/teapots",
        "https://shop.example.com/coffee",
        "https://lumen.example.evil.org/",
        "https://notlumen.example/",
        "https://lumen.example@evil.org/",
        "https://user:pass@lumen.example/",
        "https://evil.org/?to=https://lumen.example/",
        "lumen.example/tea",
        "mailto:tea@lumen.example",
        "https://[lumen.example/",
    ],
)
def test_other_addresses_stay_as_they_are(text: str) -> None:
    assert tagging.tag(text, UTM, VALUES) == text


def test_templates_are_filled_and_written_as_addresses_must_be() -> None:
    utm = Tagging(("lumen.example",), "{platform}.{account}", "", "秋 茶 & {kind}", "{variant}")
    made = replace(DRAFT, angle="question", series="s_1", kind="thread")
    text = tagging.tag("https://lumen.example/", utm, tagging.names(made, "zh-Hans"))
    assert text == (
        "https://lumen.example/?utm_source=bluesky.main&utm_campaign=%E7%A7%8B-%E8%8C%B6-%26-thread"
        "&utm_content=question-zh"
    )
    (link,) = tagging.tagged(text, utm)
    assert link.url == "https://lumen.example/"
    assert link.tags[1] == ("utm_campaign", "秋-茶-&-thread")


def test_what_is_shown_is_what_is_tagged_on_every_version(world: World) -> None:
    world.learn(brand(plan=Plan(tagging=UTM)))
    first = world.draft("Autumn oolong: https://lumen.example/oolong")
    mine = f"utm_content={first.draft_id}"
    text = first.content.parts[0].text
    assert text.count("utm_") == 4
    assert mine in text
    edited = propose.revise(
        world.desk,
        first.draft_id,
        propose.Proposal("sandbox:main", around.same_parts([f"New! {text}"], first.content), "anna"),
    )
    assert edited.content.parts[0].text == f"New! {text}"
    moved = schedule.reschedule(world.desk, first.draft_id, "2027-01-05T09:00", "anna")
    assert moved.content.parts[0].text == f"New! {text}"
    with world.db.read() as conn:
        assert drafts.version(conn, first.draft_id).hash == moved.hash
    other = world.draft("Autumn oolong: https://lumen.example/oolong")
    assert mine not in other.content.parts[0].text
