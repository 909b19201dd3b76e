"""What is written so that a program overlooks it, and ordinary writing that looks the same."""

# One list a line, however long.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.checks import base
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Part, Severity
from tests.world import brand

WORDS = (
    "no tears no fears",
    "miracle",
    "cure",
    "money-back",
    "next day",
    "superfood",
    "无痕",
    "难吃",
    "零风险",
    "guaranteed returns",
)
BRAND = replace(
    brand(),
    rulebook=RuleBook(
        (
            Rule("no-hype", RuleKind.NEVER, "No hype.", hard=True, words=WORDS),
            Rule("apn", RuleKind.FACT, "The access point is called sunny.data. Ring 0113 496 0455."),
        )
    ),
    link_hosts=("lumen.example",),
)


def run(text: str) -> tuple[Finding, ...]:
    return base.run(base.Subject(Content("lumen", "sandbox:main", (Part(text),)), BRAND))


def worst(text: str, check: str) -> Severity | None:
    return next((f.severity for f in run(text) if f.check == check), None)


@pytest.mark.parametrize(
    "text",
    [
        "m.i.r.a.c.l.e", "m*racle", "mir**le", "m!racle", "guar*nteed returns", "No tears, no fears!", "9uaranteed returns", "m - i - r - a - c - l - e", "m  i  r  a  c  l  e", "m\ni\nr\na\nc\nl\ne", "a m i r a c l e",
        "m 1 r 4 c l e", "g.u.a.r.a.n.t.e.e.d r.e.t.u.r.n.s", "g u a r a n t e e d   r e t u r n s", "m o n e y - b a c k",
        "mir-acle", "mir.acle", "mir🌱acle", "mira/cle", "m1r-acle", "mira cle", "mira\ncle", "super food", "super-food",
        "moneyback", "money back", "money.back", "#MoneyBack", "#NextDay", "#nextday", "next-day", "next🔥day",
        "#MiracleTea", "#AMiracle", "#OurCureForCold", "#GuaranteedReturns2026", "零，风，险", "零、风、险", "零-风-险",
    ],
)  # fmt: skip
def test_a_banned_word_in_pieces_or_as_one_is_held_back(text: str) -> None:
    assert worst(f"Tea. {text}", "banned_words") is Severity.BLOCK
    assert worst(text, "banned_words") is Severity.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "s-e-c-u-r-e", "s e c u r e", "c u r e d", "the next. Day two", "What next? Day one", "next, day by day",
        "She won money. Back to work", "m.i.r.a.", "A superb food", "cu re", "We met next daybreak", "McCure",
        "a.b.c.d.e", "He said: is it a cur, every time?", "#Secured", "Procure", "m*r*", "5 * 3 = 15", "f*r*l", "No fears. No tears",
    ],
)  # fmt: skip
def test_words_that_only_share_letters_pass(text: str) -> None:
    assert worst(text, "banned_words") is None


@pytest.mark.parametrize("text", ["#ourmiraclecup", "mi ra cle", "零，风险", "她很难吃出区别"])
def test_what_may_be_a_banned_word_is_shown(text: str) -> None:
    assert worst(text, "banned_words") is Severity.WARN


def test_what_is_ugly_stays_ugly_beside_what_is_hard_to_tell() -> None:
    assert worst("这茶难吃极了", "banned_words") is Severity.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "看evil点com", "evil点com/tea", "evil 点 com", "evil·com", "evil丶com", "evil•net", "evil .com", "evil . org", "evil-dot-com",
        "evil_dot_com", "evil。shop/tea", "evil[.]store", "evil(dot)top", "evil dot shop/tea", "evil[.]wang",
    ],
)  # fmt: skip
def test_links_with_other_dots_are_held_back(text: str) -> None:
    assert worst(f"茶在 {text} 。", "links") is Severity.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "the dot com years", "a dot com boom", "8点com", "下午3点开门", "salt · pepper · com", "好用的App。top up 很简单", "Tea·Time",
        "sunny.data", "Set the access point to sunny.data now", "One dot here", "Lumen·Shop",
    ],
)  # fmt: skip
def test_ordinary_dots_and_names_among_the_facts_are_no_links(text: str) -> None:
    assert worst(text, "links") is None


_HEX = "3754f9a573a6c95f" + "79eab9b402779faa"


@pytest.mark.parametrize(
    "text",
    [
        f"AppSecret：{_HEX}", f"corpsecret={_HEX}", "clientToken: Zk81qpLm", f"we use {_HEX} now", "密码是 Zk7果!88tea", "密码：茶香2026",
        "Wi-Fi password: teapot", "密码：chahu。", 'The password is "teapot"', "密码改为“teapot”", "passphrase is heron-violet-dune-sand",
        "door code is 4821", "暗号：48213", "The passcode is 90210.", "password is now Tea4two", "密码2468", "user crew, pass Plat4orm!9", "pass: teapot9", "sk.eyJ" + "1Ijoic" * 5 + "." + "q7Zk3Vb0Xy" * 2, "https://lumen.example/cgi 和 qyapi.weixin.qq.com/cgi-bin/webhook/send?key=3f2a9c1e",
    ],
)  # fmt: skip
def test_what_follows_the_word_for_a_password_is_held_back(text: str) -> None:
    assert worst(text, "secrets") is Severity.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "Your password is printed on the back", "The password is wrong", "密码是印在背面的那一个", "密码：请问店员", "A passcode is never shared",
        f"SHA-256 checksum {_HEX}{_HEX}", f"https://lumen.example/p/{_HEX}", "password, please", "A day pass 2026!", "Pass the salt", "pass it on: tea", "Password: none", "Password: ask at the till", "The passphrase is up-to-date",
        "Our secretary is in", "密码是什么？", "Change your password every 90 days", "the secret is good water", "the secret is tea",
    ],
)  # fmt: skip
def test_talk_of_passwords_passes(text: str) -> None:
    assert worst(text, "secrets") is None


@pytest.mark.parametrize(
    "text",
    [
        "3101 0419 9106 1242 18", "手机 一三八 零零一三 八零零零", "310104.19910612.4218", "310104/1991-06-12/4218", "310104 1991 0612 4218",
        "4539.5787.6362.1486", "4539 - 5787 - 6362 - 1486", "GB82-WEST-1234-5698-7654-32",
        "Priti, 14 Elder Close, born 4 May 1988", "住址：茶山路 12 号 3 单元 402 室，出生日期：1988-05-04",
    ],
)  # fmt: skip
def test_numbers_of_persons_are_known_in_any_grouping(text: str) -> None:
    assert worst(text, "personal_data") is Severity.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "Ring us, build 20260311",
        "2026 0612 1430 1500 22",
        "born 4 May 1988",
        "座位号 12345678 的号码",
        "Contact us. Order number 1234567890",
        "3.1.2026 - 4.1.2026",
    ],
)
def test_dates_and_builds_are_no_numbers_of_persons(text: str) -> None:
    assert worst(text, "personal_data") is not Severity.BLOCK


@pytest.mark.parametrize("text", ["茶壶又他妈坏了", "谁他妈知道", "他妈烂透了", "别他妈说了"])
def test_chinese_swearing_is_known_behind_more_words(text: str) -> None:
    assert worst(text, "profanity") is Severity.BLOCK


@pytest.mark.parametrize("text", ["他妈妈来了", "又见他妈妈", "他妈今天生日", "妈妈的味道"])
def test_his_mother_passes(text: str) -> None:
    assert worst(text, "profanity") is None


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("The mill paid for our new oven.", "disclosures"),
        ("Lena got two tins from us for nothing.", "disclosures"),
        ("We sent a tin to a blogger in York.", "disclosures"),
        ("我们给博主阿茶寄了两罐。", "disclosures"),
        ("嫌慢就去别家。", "tone"),
        ("不缺你一个。", "tone"),
        ("全省最低的投诉率。", "claims"),
    ],
)
def test_a_person_is_told_of_gifts_contempt_and_superlatives(text: str, check: str) -> None:
    assert worst(text, check) is Severity.WARN


@pytest.mark.parametrize(
    "text",
    [
        "That was all. 3/3 #Tea",
        "That was all. 3/3 #Tea @lumen",
        "茶最好趁热喝",
        "最好每天换水",
        "You paid for our tea last year",
    ],
)
def test_counters_and_advice_claim_nothing(text: str) -> None:
    assert worst(text, "claims") is None


@pytest.mark.parametrize("text", ["You paid for our tea", "我们给茶客寄了两罐", "She got a letter from us"])
def test_sales_are_no_gifts(text: str) -> None:
    assert worst(text, "disclosures") is None
