"""Checks of how a text reads, sounds and looks: tone, readability, repeats, accessibility; how long all take."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.checks import base
from bot.domain.brand import Brand, Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Media, Part, Severity
from bot.domain.editorial import Plan, Style
from tests.world import brand

BRAND = brand(rulebook=RuleBook(), plan=Plan(style=Style("positive", 9, 1, 1, 2)))
ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


def run(
    check: str, *texts: str, brand: Brand = BRAND, language: str = "en", alts: tuple[str, ...] = (), **given: Any
) -> list[Finding]:
    media = tuple(Media("0" * 64, "image/png", 1, 1, alt) for alt in alts)
    parts = tuple(Part(t, media if n == 0 else ()) for n, t in enumerate(texts))
    content = Content("lumen", "sandbox:main", parts, language=language)
    return [f for f in base.run(base.Subject(content, brand, **given)) if f.check == check]


# --- tone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Tea is here! Come! Now!", ["! Now!"]),
        ("茶到了！来！", ["！"]),
        ("Tea 🍵 and leaf 🍃 and cup 🫖", ["🍃 and cup 🫖"]),
        ("This is HUGE NEWS TODAY for us", ["HUGE NEWS TODAY"]),
        ("Buy it NOW please", ["NOW"]),
        ("ATM, BACS, CHAPS: what they mean. FAQ and BBC, too.", []),
        ("The tea is in. Come by!", []),
        ("Well, that is hardly our problem.", ["hardly our problem"]),
        ("等久了就抱怨？素质太差。", ["素质太差"]),
    ],
)
def test_what_breaks_the_style_is_told_where_it_does(text: str, told: list[str]) -> None:
    found = [f for f in run("tone", text) if f.span != (0, 0)]
    assert [text[slice(*f.span)] for f in found] == told
    assert all(f.severity is Severity.WARN for f in found)


def test_the_mood_is_held_against_what_the_brand_wants() -> None:
    sad = "Awful, miserable, disgusting weather, and we hate every horrible minute of it."
    assert run("tone", sad)
    assert run("tone", "又是令人绝望的雨，无聊透顶，恶心难喝，什么都讨厌。", language="zh")
    assert run("tone", sad, brand=replace(BRAND, plan=Plan())) == []
    assert [f.severity for f in run("tone", sad, kind="reply")] == [Severity.NOTE]
    calm = replace(BRAND, plan=Plan(style=Style(mood="neutral")))
    assert run("tone", sad, brand=calm)
    assert run("tone", "The desk opens at ten.", brand=calm) == []


# --- readability --------------------------------------------------------------------------------------------


def test_hard_texts_are_told_and_easy_or_short_ones_are_not() -> None:
    hard = (
        "Notwithstanding the considerable administrative complexities inherent in contemporary distribution "
        "infrastructures, our "
        "organisation unequivocally maintains comprehensive accountability throughout."
    )
    assert [f.severity for f in run("readability", hard)] == [Severity.WARN]
    assert run("readability", hard, brand=replace(BRAND, plan=Plan())) == []
    assert (
        run("readability", "The tea is in. It tastes of nuts and rain. Come by on Saturday and have a cup with us.")
        == []
    )
    assert run("readability", "Internationalisation accomplished.") == []


# --- duplicates ---------------------------------------------------------------------------------------------

SAID = "The first autumn oolong is in. It tastes of roasted chestnut and a little of rain. Come by on Saturday."


@pytest.mark.parametrize(
    ("text", "earlier", "found"),
    [
        (SAID, SAID, True),
        (SAID.upper() + " #LumenTea https://lumen.example/x", SAID, True),
        (
            "The first autumn oolong is in! It tastes of roasted chestnut and a little rain. Come by on Sunday.",
            SAID,
            True,
        ),
        ("Our tins are made of recycled steel. Bring them back and we fill them again.", SAID, False),
        ("The autumn oolong is nearly sold out; the next one comes in spring.", SAID, False),
        ("今年的秋乌龙到了，有炒栗子的香，周六来坐坐吧。", "今年的秋乌龙到了！有炒栗子的香，周日来坐坐。", True),
        ("罐子是再生钢做的，拿回来，我们给你装满。", "今年的秋乌龙到了！有炒栗子的香，周日来坐坐。", False),
        ("Thank you!", "Thank you!", False),
    ],
)
def test_what_was_said_before_is_told(text: str, earlier: str, found: bool) -> None:
    recent = (base.Said("d1", "sandbox:main", earlier, AT), base.Said("d2", "sandbox:cn", text, AT))
    told = run("duplicates", text, recent=recent)
    assert bool(told) is found
    if told:
        assert "d1" in told[0].message
        assert "2026-11-01" in told[0].message


def test_other_accounts_and_short_answers_may_say_the_same_and_parts_may_not() -> None:
    assert run("duplicates", SAID, recent=(base.Said("d2", "sandbox:cn", SAID, AT),)) == []
    thanks = "Thank you so much, that makes our day!"
    recent = (base.Said("d1", "sandbox:main", thanks, AT),)
    assert run("duplicates", thanks, recent=recent, kind="reply") == []
    assert run("duplicates", thanks, recent=recent)
    assert [f.part for f in run("duplicates", SAID, "Something else entirely is said here.", SAID)] == [2]


# --- accessibility ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alt", "found", "instead"),
    [
        ("", True, None),
        ("IMG_2041.jpg", True, None),
        ("photo", True, None),
        ("图片", True, None),
        ("Image of a red cup on a table", True, "A red cup on a table"),
        ("图片是一只红杯子", True, "一只红杯子"),
        ("A red cup on a table", False, None),
        ("一只红杯子放在桌上", False, None),
    ],
)
def test_pictures_are_described(alt: str, found: bool, instead: str | None) -> None:
    told = run("accessibility", "Tea", alts=(alt,))
    assert bool(told) is found
    assert [f.replacement for f in told] == [instead] * found


@pytest.mark.parametrize(
    ("text", "told", "instead"),
    [
        ("Tea 🍵🍵🍵🍵 time", "🍵🍵🍵🍵", None),
        ("New #autumnoolongtea", "#autumnoolongtea", "#AutumnOolongTea"),
        ("It is 𝓽𝓮𝓪 𝓽𝓲𝓶𝓮 now", "𝓽𝓮𝓪 𝓽𝓲𝓶𝓮", "tea time"),
        ("Oh well ¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯", None),
        ("━━━━━ Tea", "━━━━━", None),
        ("For more click here", "click here", None),
        ("详情点击这里", "点击这里", None),
    ],
)
def test_what_a_screen_reader_cannot_say_is_told(text: str, told: str, instead: str | None) -> None:
    [found] = run("accessibility", text)
    assert text[slice(*found.span)] == told
    assert found.replacement == instead


@pytest.mark.parametrize(
    "text", ["Tea 🍵🍃 time #LumenTea", "It is 5 – 6 pm (or so) ... 3 + 4 = 7", "#tea #oolong", "《茶》——好"]
)
def test_ordinary_signs_and_the_brands_own_spelling_pass(text: str) -> None:
    assert run("accessibility", text) == []
    assert run("accessibility", "#teaathome", brand=replace(BRAND, hashtags=("#teaathome",))) == []


# --- all of them --------------------------------------------------------------------------------------------


def test_all_checks_of_a_post_take_no_time() -> None:
    text = (
        "The first autumn oolong is in, from the Chen garden in Anxi. On Saturday 28 November we brew it from "
        "11:00 in the tasting room: twelve seats, £8 each, book at https://lumen.example/book. It tastes of chestnut "
        "and rain. Call us on 0113 496 0999 or ask @lumentea. 🍵 #LumenTea #AutumnOolong"
    )
    rules = tuple(
        Rule(f"f{n}", RuleKind.FACT, f"Fact {n}: a tin of {n} g costs £{n}, open from {n % 12}:00.") for n in range(60)
    )
    own = replace(BRAND, rulebook=RuleBook(rules))
    recent = tuple(
        base.Said(f"d{n}", "sandbox:main", f"Post {n} said something about the weather in week {n}.", AT)
        for n in range(60)
    )
    content = Content("lumen", "sandbox:main", (Part(text),))
    subject = base.Subject(content, own, sources=(base.Source("brief", "Saturday, 28 November, 11:00"),), recent=recent)
    base.run(subject)
    began = time.process_time()
    for _ in range(10):
        base.run(subject)
    # Below 15 ms on an ordinary machine; what grows with the square of something takes far longer.
    assert (time.process_time() - began) / 10 < 0.15


def test_importing_the_checks_loads_no_dictionary_and_no_table_of_numbers() -> None:
    code = (
        "import sys; from bot.checks import base; base._checks();"
        "slow = ('phonenumbers', 'stdnum', 'jieba', 'wordfreq', 'vaderSentiment', 'numpy', 'pyphen');"
        "print([m for m in slow if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_check_has_its_row_in_the_documents() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    files = {p.stem for p in (ROOT / "bot" / "checks").glob("*.py")} - {"__init__", "base", "tables", "text"}
    assert (
        set(re.findall(r"^\| (\w+) \|", page.partition("## What is looked for")[2].partition("\n## ")[0], re.M))
        - {"check"}
        == files
    )
