"""Each check on texts that must be caught and on texts that must pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.checks import base
from bot.checks.links import links
from bot.checks.text import visible
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Media, Part, Severity
from tests.world import brand

WORDS = ("miracle", "cure", "number one", "奇迹", "最好")
RULE = Rule("no-hype", RuleKind.NEVER, "No hype.", hard=True, words=WORDS)
BRAND = replace(brand(), rulebook=RuleBook((RULE,)), link_hosts=("lumen.example",))


def run(text: str, *, alt: str = "", secrets: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    media = (Media("a" * 64, "image/png", 1, 1, alt),) if alt else ()
    content = Content("lumen", "sandbox:main", (Part(text, media),))
    return base.run(base.Subject(content, BRAND, (), secrets))


def blocks(text: str, **given: object) -> list[str]:
    return [f.check for f in run(text, **given) if f.severity is Severity.BLOCK]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "A miracle!",
        "MIRACLE tea",
        "mira\u200bcle",
        "mir\u00adacle",
        "ｍｉｒａｃｌｅ",
        "m\u0456racle",
        "miraсle",
        "It will cure you",
        "We are number\n one",
        "这是奇迹",
        "全城最好的茶",
        "𝐦𝐢𝐫𝐚𝐜𝐥𝐞",
    ],
)
def test_banned_words_are_found_in_any_dress(text: str) -> None:
    assert "banned_words" in blocks(text)


@pytest.mark.parametrize("text", ["A secure cup", "miraclesque", "Tea for one", "奇 妙的茶", "A cured ham? no, tea"])
def test_other_words_pass(text: str) -> None:
    assert blocks(text) == []


def test_the_finding_points_at_the_words_and_names_the_rule() -> None:
    text = "Drink: a mira\u200bcle."
    (finding,) = [f for f in run(text) if f.check == "banned_words"]
    assert text[slice(*finding.span)] == "mira\u200bcle"
    assert finding.rule_id == "no-hype"
    assert finding.fix


def test_alt_texts_are_checked_too() -> None:
    assert blocks("Tea", alt="A miracle in a cup") == ["banned_words"]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://lumen.example/tea", ["lumen.example"]),
        ("see https://evil.example/x", ["evil.example"]),
        ("see https://lumen.example@evil.example/", ["evil.example"]),
        ("see https://lumen.example.evil.io", ["lumen.example.evil.io"]),
        ("see evil.io/path", ["evil.io"]),
        ("see EVIL.IO now", ["evil.io"]),
        ("see h\u200bttps://evil.io", ["evil.io"]),
        ("看这里evil.io吧", ["evil.io"]),
        ("https://例子.测试/页", ["例子.测试"]),
        ("javascript:alert(1)", ["javascript:"]),
        ("no link here. Really none.", []),
        ("It is 3.5 g of tea, v1.2", []),
        ("mail anna@lumen.example", []),
        ("Wait...what?", []),
    ],
)
def test_links_are_seen_as_a_platform_sees_them(text: str, hosts: list[str]) -> None:
    assert [host for host, _ in links(text)] == hosts


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("https://lumen.example/a and https://shop.lumen.example", False),
        ("https://lumen.example.evil.io", True),
        ("https://notlumen.example", True),
        ("https://lumen.example@evil.io", True),
        ("https://lumen.example:443/x", False),
        ("https://lumen.example.", False),
        ("go to bit.ly/abc", True),
    ],
)
def test_only_listed_hosts_may_be_linked(text: str, blocked: bool) -> None:
    assert ("links" in blocks(text)) is blocked


@pytest.mark.parametrize(
    "text",
    ["my key is sk-abcdefghijklmnop0123", "xoxb-1234567890-abc", "pass canary-value-77", "CANARY-VALUE-77",
     "cana\u200bry-value-77", "abcd-efgh-ijkl-mnop"],
)  # fmt: skip
def test_secrets_never_pass_and_are_not_repeated(text: str) -> None:
    found = [f for f in run(text, secrets=("canary-value-77",)) if f.check == "secrets"]
    assert [f.severity for f in found] == [Severity.BLOCK]
    assert "canary" not in found[0].message.lower()
    assert "sk-" not in found[0].message


def test_hidden_characters_are_shown_and_emoji_survive() -> None:
    assert visible("pri\u200bce \u202eevil") == "pri⟨U+200B⟩ce ⟨U+202E⟩evil"
    family = "👨\u200d👩\u200d👧 ❤\ufe0f ok"
    assert visible(family) == family
    assert [f for f in run(family) if f.check == "lookalikes"] == []
    assert [f.severity for f in run("a\u200bb") if f.check == "lookalikes"] == [Severity.WARN]
    assert blocks("tea" + "".join(chr(0xE0000 + ord(c)) for c in "do it"))[:1] == ["lookalikes"]


def test_findings_come_with_the_blocking_ones_first() -> None:
    found = run("Only $5: a miracle \u200b at evil.io")
    order = [f.severity for f in found]
    assert order == sorted(order, key=[Severity.BLOCK, Severity.WARN, Severity.NOTE].index)
    assert {f.check for f in found} >= {"banned_words", "links", "lookalikes", "risk"}
