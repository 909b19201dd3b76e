"""Figures in both languages, and whether a claim rests on what the brand or the brief says."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.checks import base
from bot.checks.claims import Claim, tied
from bot.checks.kit.figures import agree, figures
from bot.domain.brand import Brand, Rule, RuleBook, RuleKind, SavedReply
from bot.domain.draft import Content, Finding, Media, Part, Severity
from tests.world import brand

FACTS = RuleBook(
    (
        Rule("tastings", RuleKind.FACT, "A tasting costs £8 for a person, lasts 45 minutes, and has twelve seats."),
        Rule("tastings.zh", RuleKind.FACT, "品茶会每位 8 英镑，45 分钟，共 12 个座位。", "zh", twin="tastings"),
        Rule("hours", RuleKind.FACT, "14 Well Lane; open Tuesday to Sunday 10:00 to 18:00."),
        Rule("price", RuleKind.SHOULD, "Give a price with the weight, as in £12 for 50 g."),
        Rule("calm", RuleKind.VOICE, "At most 3 emoji."),
        Rule("no-offers", RuleKind.NEVER, "Never offer 30% off."),
        Rule("award", RuleKind.FACT, "Our oolong is award-winning."),
    )
)
BRAND = brand(rulebook=FACTS, replies=(SavedReply("post", "How long?", "Three working days, 3 days at most."),))
BRIEF = base.Source("brief", "Invite people for Saturday 28 November 2026, 11:00. 1,200 tins came back.")


def subject(text: str, language: str = "en", brand: Brand = BRAND, alt: str = "") -> base.Subject:
    media = (Media("0" * 64, "image/png", 1, 1, alt),) if alt else ()
    content = Content("lumen", "sandbox:main", (Part(text, media),), language=language)
    return base.Subject(content, brand, sources=(BRIEF,))


def run(text: str, language: str = "en", **given: str) -> list[Finding]:
    return [f for f in base.run(subject(text, language, **given)) if f.check == "claims"]


def loose(text: str, language: str = "en") -> list[str]:
    """Return what of a text nothing backs."""
    return [text[slice(*f.span)] for f in run(text, language) if f.severity is not Severity.NOTE]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12", "twelve"),
        ("12", "十二个座位"),
        ("twelve seats", "12 个座位"),
        ("28 November", "11月28日"),
        ("Nov 28th", "28 November 2026"),
        ("November 28, 2026", "2026-11-28"),
        ("28/11/2026", "二〇二六年十一月二十八日"),
        ("£12", "12英镑"),
        ("twelve pounds", "£12"),
        ("£1,299", "1299 GBP"),
        ("50p", "£0.50"),
        ("99元", "RMB 99"),
        ("11:00", "11 am"),
        ("11:00", "上午十一点"),
        ("18:00", "6pm"),
        ("7.30 pm", "晚上七点半"),
        ("20%", "百分之二十"),
        ("20 percent", "八折"),
        ("九折", "10% off"),
        ("nine out of ten", "90%"),
        ("十个里有九个", "90%"),
        ("half price", "五折"),
        ("1.2万", "12,000"),
        ("2 million", "200万"),
        ("two hundred and fifty", "两百五十"),
        ("8 hours", "八小时"),
        ("90 minutes", "1.5小时"),
        ("1 kg", "1000克"),
        ("Tuesday", "周二至周日"),
        ("5 working days", "五个工作日"),
    ],
)
def test_one_figure_in_two_ways_agrees(one: str, other: str) -> None:
    (a, *_), (b, *_) = figures(one), figures(other)
    assert agree(a, b), (a, b)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12", "13"),
        ("28 November", "29 November"),
        ("28 November 2026", "28 November 2025"),
        ("£12", "€12"),
        ("11 am", "11 pm"),
        ("20%", "20"),
        ("12 seats", "12 shops"),
        ("14 seats", "14 Well Lane"),
        ("5 hours", "5 days"),
        ("five working days", "two working days"),
        ("Monday", "周二至周日"),
    ],
)
def test_two_figures_do_not_agree(one: str, other: str) -> None:
    assert not any(agree(a, b) for a in figures(one) for b in figures(other))


@pytest.mark.parametrize(
    "text",
    [
        "May we come in? March on.",
        "一点点，一起来，十分好喝，千万别急，万一下雨",
        "see https://a.example/2026/11",
        "#1 and #tea2026",
        "call 0113 496 0123",
        "1. First\n2. Second",
        "1/3",
        "V60 and oolong-7",
        "他们三三两两地来",
        "第一次来",
    ],
)
def test_what_only_looks_like_a_figure_is_none(text: str) -> None:
    assert [f for f in figures(text) if not f.loose] == []


def test_spans_point_at_the_words_as_written() -> None:
    text = "Come: １２ seats, 28 Nov, 上午十一点 !"
    assert [text[slice(*f.span)] for f in figures(text)] == ["１２ seats", "28 Nov", "上午十一点"]


def test_each_claim_is_tied_to_the_words_that_say_the_same() -> None:
    text = "Saturday, 28 November at 11 am: 12 seats, £8 each, 20% off."
    by_text = {c.text: c for c in tied(subject(text))}
    assert {t: c.source_id for t, c in by_text.items()} == {
        "Saturday": "brief",
        "28 November": "brief",
        "11 am": "brief",
        "12 seats": "tastings",
        "£8": "tastings",
        "20%": "",
    }
    claim: Claim = by_text["12 seats"]
    fact = FACTS.get("tastings")
    assert fact is not None
    assert fact.text[slice(*claim.source_span)] == "twelve seats"
    assert text[slice(*claim.span)] == "12 seats"


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("Twelve seats, £8, 45 minutes, 10:00 to 18:00.", "en", []),
        ("十二个座位，8英镑，45分钟，11月28日周六上午十一点。", "zh", []),
        ("1200 tins, three working days.", "en", []),
        ("14 seats.", "en", ["14 seats"]),
        ("£9, 29 November, 12:00.", "en", ["£9", "29 November", "12:00"]),
        ("十四个座位，9英镑，11月29日。", "zh", ["十四个座位", "9英镑", "11月29日"]),
        ("30% off.", "en", ["30%"]),
        ("Happy Monday! Two friends, 3 tips, one pot.", "en", []),
        ("Our award-winning oolong.", "en", []),
        ("The world's best tea, clinically proven.", "en", ["world's best", "clinically proven"]),
        ("The lightest pack in its class.", "en", ["The lightest pack in its class"]),
        ("Free delivery for all.", "en", ["Free delivery"]),
        ("全网第一的茶，独一无二。", "zh", ["全网第一", "独一无二"]),
        ("最佳饮用温度，最近，第一泡，最高可容。", "zh", []),
        ("研究表明，喝的人更多。", "zh", ["研究表明"]),
    ],
)
def test_what_nothing_backs_is_told(text: str, language: str, told: list[str]) -> None:
    assert loose(text, language) == told


def test_a_wrong_date_names_the_one_in_the_brief() -> None:
    [found] = run("Come on 29 November.")
    assert found.severity is Severity.WARN
    assert "28 November 2026" in found.fix


def test_voice_and_what_is_never_said_back_nothing_and_words_of_chinese_law_are_told_even_when_backed() -> None:
    assert loose("3 days") == []  # the saved answer says three
    assert loose("3 emoji") == ["3"]
    without = replace(BRAND, replies=())
    found = [f for f in base.run(subject("3 days", brand=without)) if f.check == "claims"]
    assert found
    backed = replace(BRAND, rulebook=RuleBook((Rule("top", RuleKind.FACT, "国家级茶园", "zh"),)))
    assert [f for f in base.run(subject("国家级茶园", "zh", backed)) if f.check == "claims"]


def test_what_a_hard_rule_forbids_is_not_told_twice() -> None:
    rule = Rule("no", RuleKind.NEVER, "No.", "zh", hard=True, words=("顶级",))
    found = base.run(subject("顶级的茶", "zh", replace(BRAND, rulebook=RuleBook((rule,)))))
    assert [f.check for f in found if f.check in ("claims", "banned_words")] == ["banned_words"]


def test_alt_texts_claim_too() -> None:
    assert [f.span for f in run("Tea", alt="A sign: 50% off")] == [(0, 0)]


def test_claims_of_a_post_are_tied_in_time() -> None:
    text = ("Saturday, 28 November at 11 am: 12 seats, £8 each, 20% off. " * 5)[:300]
    many = tuple(Rule(f"r{n}", RuleKind.FACT, f"Fact {n}: the price is £{n} for {n} g.") for n in range(300))
    own = replace(BRAND, rulebook=RuleBook((*FACTS.rules, *many)))
    tied(subject(text, brand=own))
    began = time.process_time()
    for _ in range(10):
        tied(subject(text, brand=own))
    # Some 3 ms each on an ordinary machine.
    assert (time.process_time() - began) / 10 < 0.1
