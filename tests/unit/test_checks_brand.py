"""Checks that hold a text to the brand's own lists: words it demands, accounts and hashtags it uses, what it said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.checks import base
from bot.domain.brand import Account, Brand, Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Part, Severity
from bot.domain.editorial import Plan, Style
from tests.world import brand

ACCOUNTS = (
    Account("sandbox", "main", "lumentea", "en"),
    Account("bluesky", "main", "lumentea.example.com", "en"),
    Account("mastodon", "main", "lumen@tea.example", "zh-Hans"),
)
BRAND = brand(
    accounts=ACCOUNTS,
    hashtags=("#LumenTea", "#AutumnOolong", "#露明茶", "#秋乌龙"),
    plan=Plan(mentions=("leedslibrary", "露明茶"), style=Style(hashtags=2)),
    rulebook=RuleBook(),
)


def run(
    check: str, *texts: str, brand: Brand = BRAND, account: str = "sandbox:main", language: str = "en", **given: Any
) -> list[Finding]:
    content = Content("lumen", account, tuple(Part(t) for t in texts), language=language)
    return [f for f in base.run(base.Subject(content, brand, **given)) if f.check == check]


def said(found: list[Finding], text: str) -> list[str]:
    return [text[slice(*f.span)] for f in found]


# --- required words -----------------------------------------------------------------------------------------

VAT = Rule(
    "vat",
    RuleKind.MUST,
    "Give prices with VAT.",
    "en",
    hard=True,
    words=("incl. VAT", "VAT included"),
    twin="vat.zh",
    when=("£", "price"),
)
VAT_ZH = Rule(
    "vat.zh", RuleKind.MUST, "价格要写明含税。", "zh", hard=True, words=("含税",), twin="vat", when=("英镑", "元")
)
SIGN = Rule("sign", RuleKind.MUST, "Sign as the team.", "en", hard=True, words=("the tea team",))


@pytest.mark.parametrize(
    ("text", "language", "missing"),
    [
        ("A tin is £12.", "en", ["vat"]),
        ("A tin is £12 incl.  VAT.", "en", []),
        ("A tin is £12 (vat INCLUDED).", "en", []),
        ("Our prices stay.", "en", ["vat"]),
        ("A priceless evening.", "en", []),
        ("A tin for you.", "en", []),
        ("一罐12英镑。", "zh-Hans", ["vat.zh"]),
        ("一罐 £12。", "zh-Hans", ["vat.zh"]),
        ("一罐12英镑（含税）。", "zh-Hans", []),
        ("一罐12英镑 incl. VAT。", "zh-Hans", ["vat.zh"]),
        ("来喝茶。", "zh-Hans", []),
    ],
)
def test_a_must_rule_holds_in_the_language_of_the_text(text: str, language: str, missing: list[str]) -> None:
    own = replace(BRAND, rulebook=RuleBook((VAT, VAT_ZH)))
    found = run("required_words", text, brand=own, language=language)
    assert [f.rule_id for f in found] == missing
    assert all(f.severity is Severity.BLOCK and f.fix for f in found)


def test_a_rule_in_one_language_holds_for_every_text_and_any_part_may_say_it() -> None:
    own = replace(BRAND, rulebook=RuleBook((SIGN,)))
    assert run("required_words", "来喝茶。", brand=own, language="zh-Hans")
    assert run("required_words", "Hello", "More", brand=own)
    assert run("required_words", "Hello", "Yours, the Tea Team", brand=own) == []


def test_twins_without_words_in_a_language_ask_nothing_there() -> None:
    bare = replace(VAT_ZH, words=(), when=())
    own = replace(BRAND, rulebook=RuleBook((VAT, bare)))
    assert run("required_words", "一罐 £12。", brand=own, language="zh-Hans") == []
    soft = replace(BRAND, rulebook=RuleBook((replace(SIGN, hard=False),)))
    assert run("required_words", "Hello", brand=soft) == []


# --- mentions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Thanks @lumentea and @LeedsLibrary!", []),
        ("Thanks @someone.", ["@someone"]),
        ("By @other.bsky.social and @lumentea.example.com", ["@other.bsky.social"]),
        ("By @user@host.example and @lumen@tea.example", ["@user@host.example"]),
        ("Mail hello@lumen.example, 写信到hello@lumen.example", []),
        ("Two tins @ £5, open @3pm", []),
        ("https://lumen.example/@someone", []),
        ("谢谢@某人 和@露明茶 ，感谢＠某人二", ["@某人", "＠某人二"]),
        ("谢谢@lumentea的茶", []),
        ("不要求@好友，也不必@我们", []),
        ("@lum\u0435ntea", ["@lum\u0435ntea"]),
    ],
)
def test_only_known_accounts_are_mentioned(text: str, told: list[str]) -> None:
    found = run("mentions", text)
    assert said(found, text) == told
    assert all(f.severity is Severity.WARN and f.fix for f in found)


def test_a_mistyped_mention_and_one_that_runs_on_are_mended() -> None:
    assert [f.replacement for f in run("mentions", "Hi @leedslibary")] == ["@leedslibrary"]
    assert [f.replacement for f in run("mentions", "看@露明茶的新品")] == ["@露明茶 的新品"]


def test_a_brand_without_a_list_is_asked_to_look() -> None:
    own = replace(BRAND, plan=Plan())
    [found] = run("mentions", "Thanks @someone", brand=own)
    assert found.severity is Severity.WARN


# --- hashtags -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told", "instead"),
    [
        ("New #lumentea #秋乌龙", [], []),
        ("New #AutumOolong", ["#AutumOolong"], ["#AutumnOolong"]),
        ("来了 #乌龙茶", ["#乌龙茶"], ["#秋乌龙"]),
        ("来了 #露明茶#来坐坐", [], []),
        ("来了 #露明茶来坐坐", ["#露明茶来坐坐"], ["#露明茶 来坐坐"]),
        ("New #football", ["#football"], [None]),
        ("New #Lumen-Tea", ["#Lumen-Tea"], ["#LumenTea"]),
        ("New tea#LumenTea", ["#LumenTea"], [" #LumenTea"]),
        ("We are #1, see https://lumen.example/#tea and tom&#39;s", [], []),
    ],
)
def test_hashtags_come_from_the_list_and_are_whole(text: str, told: list[str], instead: list[str | None]) -> None:
    found = run("hashtags", text)
    assert said(found, text) == told
    assert [f.replacement for f in found] == instead


def test_too_many_hashtags_are_told_by_brand_and_by_platform() -> None:
    text = "#LumenTea #AutumnOolong #露明茶"
    assert len(run("hashtags", text)) == 1
    free = replace(BRAND, hashtags=(), plan=Plan())
    assert run("hashtags", text, brand=free) == []
    assert len(run("hashtags", text, brand=free, account="x:main")) == 1


def test_a_hashtag_that_a_hard_rule_demands_may_be_used() -> None:
    rule = Rule("ad", RuleKind.MUST, "Mark ads.", hard=True, words=("#ad",))
    assert run("hashtags", "#ad Tea", brand=replace(BRAND, rulebook=RuleBook((rule,)))) == []
    assert run("hashtags", "#ad Tea")
