"""What the brand plans: read from brand.yaml, kept by the store, and refused where it cannot be used."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from bot import brand_folder
from bot.clock import FixedClock
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.document import Document
from bot.domain.draft import DraftState, Finding, Severity
from bot.domain.editorial import Phrase, Tagging
from bot.errors import NotFound
from bot.store import documents, drafts
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
LUMEN = ROOT / "examples" / "lumen-tea"


def folder(tmp_path: Path, more: str, rules: str = "") -> brand_folder.LoadedFolder:
    """Return a small brand folder with ``more`` behind its brand.yaml, as it is read."""
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines" / "voice.md").write_text("# Voice\n- Be warm.\n", encoding="utf-8")
    (tmp_path / "brand.yaml").write_text(
        "id: b\nname: B\nlanguages: [en, zh]\naccounts:\n  - key: sandbox:main\n"
        "people:\n  - id: a\n    roles: [author, approver]\n  - id: c\n    roles: [approver]\n" + more,
        encoding="utf-8",
    )
    if rules:
        (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    return brand_folder.load(tmp_path)


def test_the_example_brands_plan_survives_the_store(world: World) -> None:
    brand = dataclasses.replace(brand_folder.load(LUMEN).require().brand, id="lumen")
    world.learn(brand)
    with world.db.read() as conn:
        kept, _ = world.desk.brand(conn, brand.id)
    assert kept == brand
    assert [p.share for p in kept.plan.pillars] == [40, 30, 30]
    assert kept.plan.tagging.links == ("tickets.example.com", "lumentea.example/shop")
    assert kept.plan.style.school_years == 10
    segment = kept.plan.segment("beginners")
    assert segment is not None
    assert "茶包" in segment.text.text("zh-Hans")
    assert segment.text.text("de") == segment.text.text("en")


def test_an_older_signoffs_brand_has_an_empty_plan(world: World) -> None:
    from bot.store import rows

    body, rules = rows.brand_body(world.app.brand())
    del body["plan"]
    for rule in rules:
        del rule["when"]
    old = rows.brand(body, rules)
    assert old.plan.pillars == ()
    assert old.plan.tagging == Tagging()
    assert old.rulebook == world.app.brand().rulebook


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("pillars:\n  - {id: a, text: A, share: 70}\n  - {id: b, text: B, share: 40}\n", "110 percent"),
        ("pillars:\n  - {id: a}\n", "has no text"),
        ("segments:\n  - {id: s, text: 'Ann, ann@home.example'}\n", "a person's data"),
        ("segments:\n  - {id: s, text: 'call 13800138000'}\n", "a person's data"),
        ("holidays: [England]\n", "'England' cannot be read"),
        ('posting_times: ["9 am"]\n', "'9 am' cannot be read"),
        ("utm: {medium: social}\n", "not said which links"),
        ("utm: {links: [a.example], source: '{network}'}\n", "nothing named {network}"),
        ("style: {mood: grumpy}\n", "'grumpy' is not a known mood"),
        ("style: {emoji: -1}\n", "at least 0"),
        ("pillar: []\n", "no field 'pillar'"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path: Path, more: str, said: str) -> None:
    problems = folder(tmp_path, more).problems
    assert any(said in p.message and p.severity == "error" and p.line > 10 for p in problems), problems


def test_links_to_tag_are_read_without_their_scheme(tmp_path: Path) -> None:
    loaded = folder(tmp_path, "utm:\n  links: ['https://Shop.Example/tea/']\nmentions: ['@Ann', ann]\n").require()
    assert loaded.brand.plan.tagging.links == ("shop.example/tea",)
    assert loaded.brand.plan.mentions == ("ann",)


def test_when_calls_a_must_rule_in_and_changes_its_version(tmp_path: Path) -> None:
    text = "rules:\n  - id: vat\n    kind: must\n    text: Say that VAT is in it.\n    words: [incl. VAT]\n"
    loaded = folder(tmp_path, "", text + "    when: ['£', price]\n").require()
    rule = loaded.brand.rulebook.get("vat")
    assert rule is not None
    assert rule.when == ("£", "price")
    bare = Rule(rule.id, RuleKind.MUST, rule.text, rule.language, hard=True, words=rule.words)
    assert RuleBook((rule,)).version != RuleBook((bare,)).version


def test_when_makes_no_sense_for_what_is_never_said(tmp_path: Path) -> None:
    text = "rules:\n  - id: x\n    kind: never\n    text: No x.\n    words: [x]\n    when: [y]\n"
    assert any("it always holds" in p.message for p in folder(tmp_path, "", text).problems)


def test_a_phrase_without_words_is_empty() -> None:
    assert Phrase().text("en") == ""


def test_a_document_comes_back_as_it_was_stored_and_is_found_by_its_beginning(world: World) -> None:
    finding = Finding("banned_words", Severity.BLOCK, "no", span=(1, 2))
    one = Document(
        "c_abc1", "lumen", "article", "zh", "brief", "anna", world.clock.now(), {"title": "茶", "n": [1]}, "# 茶",
        ("warm",), (finding,), {"model": "m"},
    )  # fmt: skip
    two = Document("c_abd2", "lumen", "outline", "en", "brief", "anna", world.clock.now(), {}, "x")
    with world.db.write() as conn:
        documents.add(conn, one)
        documents.add(conn, two)
    with world.db.read() as conn:
        assert documents.find(conn, "c_abc") == one
        assert documents.listed(conn, "lumen", "outline") == [two]
        assert len(documents.listed(conn, "lumen")) == 2
        assert documents.listed(conn, "other") == []
        for start in ("c_ab", "c_x", "c%"):
            with pytest.raises(NotFound):
                documents.find(conn, start)


def test_what_an_account_said_is_what_stands_or_waits(world: World) -> None:
    assert isinstance(world.clock, FixedClock)
    live = world.draft("The first text of all.", kind="thread", series="s1", angle="story", segment="beginners")
    world.approve(live)
    world.drain()
    world.advance(60)
    waiting = world.draft("The second text waits.", series="s1")
    world.draft("Elsewhere.", account="sandbox:cn")
    now = world.clock.now()
    with world.db.read() as conn:
        said = drafts.said(conn, "sandbox:main", waiting.created.replace(year=2000), now)
        assert [(i, t) for i, _, t, _ in said] == [
            (waiting.draft_id, "The second text waits."),
            (live.draft_id, "The first text of all."),
        ]
        assert (
            drafts.said(conn, "sandbox:main", waiting.created.replace(year=2000), live.created)[0][0] == live.draft_id
        )
        assert drafts.said(conn, "sandbox:main", now + timedelta(seconds=1), now + timedelta(seconds=2)) == []
        pairs = drafts.series(conn, "s1")
        assert [d.id for d, _ in pairs] == [live.draft_id, waiting.draft_id]
        assert (pairs[0][0].kind, pairs[0][0].angle, pairs[0][0].segment) == ("thread", "story", "beginners")
        assert pairs[1][1].state is DraftState.IN_REVIEW
