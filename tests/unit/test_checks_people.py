"""Checks that protect people: personal data, advertising that is not marked, insults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.checks import base
from bot.domain.brand import Brand, Rule, RuleBook, RuleKind, SavedReply
from bot.domain.draft import Content, Finding, Part, Severity
from tests.world import brand

CONTACT = Rule("contact", RuleKind.FACT, "14 Well Lane, Leeds; 0113 496 0999, shop@partner.example, 微信 lumentea_cn.")
BRAND = brand(
    rulebook=RuleBook((CONTACT,)),
    replies=(SavedReply("r", "q", "Write to care@post.example."),),
    link_hosts=("lumen.example",),
)


def run(
    check: str, *texts: str, brand: Brand = BRAND, language: str = "en", brief: str = "", **given: Any
) -> list[Finding]:
    content = Content("lumen", "sandbox:main", tuple(Part(t) for t in texts), language=language)
    sources = (base.Source("brief", brief),) if brief else ()
    return [f for f in base.run(base.Subject(content, brand, sources=sources, **given)) if f.check == check]


def told(check: str, text: str, severity: Severity | None = None, **given: Any) -> list[str]:
    return [text[slice(*f.span)] for f in run(check, text, **given) if severity in (None, f.severity)]


# --- personal data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("身份证11010519491231002X，谢谢", "11010519491231002X"),
        ("Card 4111 1111 1111 1111 works", "4111 1111 1111 1111"),
        ("IBAN GB82 WEST 1234 5698 7654 32 please", "GB82 WEST 1234 5698 7654 32"),
        ("SSN 219-09-9999", "219-09-9999"),
        ("NHS number 943 476 5919", "943 476 5919"),
        ("NI AB 12 34 56 C", "AB 12 34 56 C"),
        ("护照号 E12345678 已收到", "E12345678"),
        ("Sort code 12-34-56, account 12345678", "12-34-56, account 12345678"),
        ("手机13800138000找他", "13800138000"),
        ("手机 138-0013-8000 找他", "138-0013-8000"),
        ("手机１３８００１３８０００", "１３８００１３８０００"),
        ("电话一三八零零一三八零零零", "一三八零零一三八零零零"),
        ("Ring Anna on 07700 900123.", "07700 900123"),
        ("Ring +44 7700 900123", "+44 7700 900123"),
        ("Ring (212) 555-0198 now", "(212) 555-0198"),
        (
            "Ring zero seven seven zero zero nine zero zero one two three",
            "zero seven seven zero zero nine zero zero one two three",
        ),
        ("Mail anna.berg@gmail.com", "anna.berg@gmail.com"),
        ("Mail anna.berg [at] post [dot] example", "anna.berg [at] post [dot] example"),
        ("邮箱chenxiao_88@qq.com", "chenxiao_88@qq.com"),
        ("加微信 chenxiao_88 吧", "微信 chenxiao_88"),
        ("QQ：123456789", "QQ：123456789"),
    ],
)
def test_private_data_is_held_back(text: str, found: str) -> None:
    assert told("personal_data", text, Severity.BLOCK) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "Ring 0113 496 0999 or +44 113 496 0999",
        "Mail shop@partner.example, care@post.example, anna@lumen.example",
        "微信：lumentea_cn",
        "Come to 14 Well Lane, Leeds",
        "热线 400-820-8820",
        "致电 0800 300 44",
        "Ring 0800 123 4567 or 1-800-555-0199",
        "Order 1234567890, lot 2026112800",
        "On 2026-11-28, 10:00-18:00, 1,200,000 cups",
        "Order 4400-1182-7735-0091",
        "4111 1111 1111 1112",
        "2026年11月28日十一点半，共十二席",
        "GB is great, 12 34 56",
        "At noon we rest. Dot by dot.",
        "Passport to tea",
    ],
)
def test_the_brands_own_data_and_other_numbers_pass(text: str) -> None:
    assert told("personal_data", text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He lives at 22 Acacia Avenue, LS1 4AB", "22 Acacia Avenue, LS1 4AB"),
        ("她家住文三路123号5栋602室", "她家住文三路123号5栋602室"),
        ("京A·12345 的车主请挪车", "京A·12345"),
        ("Whose car is AB12 CDE?", "AB12 CDE"),
        ("Anna, born on 12 May 1990", "born on 12 May 1990"),
        ("Write to press@partner2.example", "press@partner2.example"),
        ("Report it to security@partner2.example", "security@partner2.example"),
    ],
)
def test_what_may_be_private_is_shown(text: str, found: str) -> None:
    assert told("personal_data", text, Severity.WARN) == [found]


def test_what_the_brief_names_is_shown_and_not_held_back_but_identity_numbers_are() -> None:
    text = "Ring Anna on 07700 900123, card 4111 1111 1111 1111"
    found = run("personal_data", text, brief=text)
    assert [(f.severity, text[slice(*f.span)]) for f in found] == [
        (Severity.BLOCK, "4111 1111 1111 1111"),
        (Severity.WARN, "07700 900123"),
    ]


# --- disclosures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "telling"),
    [
        ("Thanks to Copper Mill for sending us these mugs.", "en", ["Thanks to Copper Mill for sending"]),
        ("In partnership with Copper Mill we made a mug.", "en", ["In partnership with"]),
        ("We earn a little when you buy here.", "en", ["We earn a little"]),
        ("Use my code ANNA10 for tea.", "en", ["Use my code"]),
        ("Ad: in partnership with Copper Mill.", "en", []),
        ("#ad We were gifted these mugs.", "en", []),
        ("A gift for your mum: gift cards from the shop.", "en", []),
        ("You were given a cup. Work with us.", "en", []),
        ("感谢铜坊寄来的杯子，真好用。", "zh", ["感谢铜坊寄来"]),
        ("【广告】感谢铜坊寄来的杯子。", "zh", []),
        ("用我们的专属邀请码注册。", "zh", ["专属邀请码"]),
        ("送妈妈的礼物，和朋友一起喝。", "zh", []),
        ("一支球队来拉赞助，赞助商很多。", "zh", []),
    ],
)
def test_what_sounds_paid_for_wants_a_marker_in_front(text: str, language: str, telling: list[str]) -> None:
    assert told("disclosures", text, Severity.WARN, language=language) == telling


def test_a_marker_that_comes_late_does_not_do() -> None:
    text = "In partnership with Copper Mill we made a mug. " + "It is blue and holds a lot of tea. " * 3 + "#ad"
    [found] = run("disclosures", text)
    assert "too late" in found.message


def test_the_brands_own_rule_is_named_holds_the_text_back_when_hard_and_says_which_marker_does() -> None:
    rule = Rule("ads", RuleKind.MUST, "Mark gifts and paid partnerships as advertising (“Ad” or “Gifted”).")
    text = "We were gifted these mugs."
    [found] = run("disclosures", text, brand=replace(BRAND, rulebook=RuleBook((rule,))))
    assert (found.rule_id, found.severity) == ("ads", Severity.WARN)
    [found] = run("disclosures", text, brand=replace(BRAND, rulebook=RuleBook((replace(rule, hard=True),))))
    assert found.severity is Severity.BLOCK
    assert run("disclosures", f"Gifted: {text}", brand=replace(BRAND, rulebook=RuleBook((rule,)))) == []
    assert run("disclosures", f"Gifted: {text}")


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Enter to win a tin!", "en", True),
        ("Enter to win a tin! Closes on Friday, terms apply.", "en", False),
        ("转发抽奖，送一罐茶。", "zh", True),
        ("转发抽奖，送一罐茶。周五截止，规则见主页。", "zh", False),
        ("A win-win for tea and milk.", "en", False),
    ],
)
def test_competitions_say_until_when(text: str, language: str, found: bool) -> None:
    assert bool(run("disclosures", text, language=language)) is found


# --- profanity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("What a fucking day", Severity.BLOCK),
        ("What a f.u.c.k.i.n.g day", Severity.BLOCK),
        ("What a f*ck up", Severity.BLOCK),
        ("What a sh1t day", Severity.BLOCK),
        ("Ｓｈｉｔ", Severity.BLOCK),
        ("sh\u200bit", Severity.BLOCK),
        ("the retards", Severity.BLOCK),
        ("这客服真是傻逼", Severity.BLOCK),
        ("这客服真是傻.逼", Severity.BLOCK),
        ("真他妈好喝", Severity.BLOCK),
        ("ＴＭＤ", Severity.BLOCK),
        ("你是智障吗", Severity.BLOCK),
        ("Damn, that is good", Severity.WARN),
        ("卧槽，好喝", Severity.WARN),
    ],
)
def test_offence_is_seen_in_any_dress(text: str, severity: Severity) -> None:
    assert {f.severity for f in run("profanity", text)} == {severity}


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe, Penistone, Essex and Sussex",
        "a cocktail in the class, assess the bass",
        "shiitake, Pissarro, Dickens, Hitchcock",
        "faggots and peas",
        "a chink in the armour, spic-and-span, a Maine coon",
        "flame retardant",
        "pussy willow",
        "therapist, analyst",
        "电脑操作，操场，体操，操心",
        "干杯，饼干，干净",
        "他妈妈和你妈妈",
        "妈妈的味道",
        "独特么？",
        "这支那么香",
        "智障人士",
        "傻瓜相机",
        "废物利用",
        "尼玛县",
        "杂种狗，杂种水稻",
        "草莓，日常",
        "我操作一下",
        "绿茶",
    ],
)
def test_innocent_words_pass(text: str) -> None:
    assert run("profanity", text) == []


def test_what_the_brand_is_called_passes() -> None:
    assert run("profanity", "Bitch Tea", brand=replace(BRAND, name="Bitch Tea")) == []
