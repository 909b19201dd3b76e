"""Each check on texts that must be caught and on texts that must pass."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from string import ascii_lowercase

import pytest

from bot.checks import base
from bot.checks.links import links
from bot.checks.risk import risks
from bot.checks.text import visible
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Media, Part, Severity
from bot.logs import APP_PASSWORD, Redact
from bot.platforms.bluesky import Bluesky
from bot.workflow import card
from tests.world import World, brand

WORDS = ("miracle", "cure", "number one", "奇迹", "最好", "café")
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
        "这款茶真是miracle茶",
        "the_miracle_tea",
        "cure2 and 2cure",
        "ᴄure",
        "c-u-r-e",
        "m i r a c l e",
        "c\u0336u\u0336r\u0336e",
        "caf\u00e9 time",
        "cafe\u0301 time",
        "cafe\u200b\u0301 time",
        "our number_one tea",
        "最 好",
        "最\u200b·好",
        "最🔥好的茶",
    ],
)
def test_banned_words_are_found_in_any_dress(text: str) -> None:
    assert "banned_words" in blocks(text)


@pytest.mark.parametrize(
    "text",
    ["A secure cup", "miraclesque", "Tea for one", "奇 妙的茶", "A cured ham? no, tea", "Number. One more", "manicure"],
)
def test_other_words_pass(text: str) -> None:
    assert blocks(text) == []


@pytest.mark.parametrize("text", ["cu\u0301re", "a cafe", "它是之最，好茶", "最。好"])
def test_what_comes_close_to_a_banned_word_is_shown(text: str) -> None:
    assert [f.severity for f in run(text) if f.check == "banned_words"] == [Severity.WARN]


def test_the_finding_holds_the_accents_too() -> None:
    text = "A cafe\u0301!"
    (finding,) = [f for f in run(text) if f.check == "banned_words"]
    assert text[slice(*finding.span)] == "cafe\u0301"


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


#: Addresses of which one reader sees an allowed host and another reader another.
BYPASSES = [
    "https://evil.com，@lumen.example",
    "https://evil.com\\@lumen.example",
    "https://evil.com\u200b.lumen.example",
    "https://evil.com．lumen.example/x",
    "https://evil.com。lumen.example/x",
    "https://evil.com😀@lumen.example",
    "https://evil.com|@lumen.example",
    "https://evil.com;@lumen.example",
    "https://evil.com%2F@lumen.example",
    "https://lum\u0435n.example",
    "https://lumen.exampl\u0435",
    "https://lum\u00adn.example",
    "https://ｌumen.example",
    "https://lumen.example．evil.com",
    "https://lumen.example。evil.com",
    "https://lumen.example，@evil.com",
    "https://lumen.example\u200b.evil.com",
    "https://lumen.example\u200b",
    "https://lumen.example了.com，更多",
    "https://lumen.example|evil.com",
    "https://lumen.example/a|evil.com",
    "https://lumen.example:80@evil.com",
    "https://lumen.example/?to=https://evil.com",
    "https://user@[::1]/",
    "http://0x7f000001",
    "https:／／evil.com",
    "https:\\\\evil.com",
    "//evil.com",
    "see -evil.com now",
    "evil.com- now",
    "evil.com\u0445 now",
    "...evil.com",
    "_evil.com_",
    "evil.рф",
    "EVIL.COM",
    "Evil.Com",
    "mailto:a@evil.com",
    "看javascript:alert(1)",
    "data:text/html;base64,xx",
]


@pytest.mark.parametrize("text", BYPASSES)
def test_what_readers_read_differently_is_blocked(text: str) -> None:
    assert "links" in blocks(text)
    assert "links" in blocks("Tea", alt=text)
    assert "links" in blocks(f"访问{text}吧 ok")


def test_what_bluesky_would_link_is_what_was_judged() -> None:
    fine = [
        "访问https://lumen.example，了解更多",
        "(https://lumen.example/a_(b))",
        "https://lumen.example:443/x?y=1#z。",
    ]
    for text in [*BYPASSES, *fine]:
        for uri in Bluesky.link_uris(text):
            host = uri.partition("://")[2].split("/")[0].split(":")[0]
            seen = [h for h, _ in links(text)]
            assert host in seen or "links" in blocks(text), (text, uri)
    for text in fine:
        assert {u.split("/")[2].split(":")[0] for u in Bluesky.link_uris(text)} == {"lumen.example"}
        assert blocks(text) == []


@pytest.mark.parametrize("uri", ["https://evil.com", "https://lumen.example\\@evil.com", "javascript:x", "https://b"])
def test_every_address_that_the_platform_links_is_judged(uri: str) -> None:
    content = Content("lumen", "sandbox:main", (Part("Tea"), Part("More tea")))
    found = base.run(base.Subject(content, BRAND, links=[(1, uri), (0, "https://shop.lumen.example/x")]))
    assert [(f.check, f.part, f.severity) for f in found] == [("links", 1, Severity.BLOCK)]


@pytest.mark.parametrize(
    "text",
    ["tea.We love", "No.1", "3.5kg", "e.g. tea", "Node.js", "Dr.Smith", "See St.John", "U.S.based", "p.m.Today",
     "7.30pm", "data:more", "data: we looked", "Tel:123", "访问https://lumen.example，了解更多",
     "请看https://lumen.example。谢谢", "官网https://lumen.example了解更多", "“https://lumen.example”",
     "「https://lumen.example」", "https://lumen.example—our shop", "https://lumen.example❤️", "官网lumen.example。",
     "https://lumen.example，v1.2上线", "https://lumen.example/best.it/index.html", "**https://lumen.example**",
     "https://shop.lumen.example，shop.lumen.example", "https://LUMEN.example", "left-over-rice-bowl",
     "https://lumen.example/best-teas-this-fall", "gift-card-2026-sale", "1800-2345-6789-0000"],
)  # fmt: skip
def test_ordinary_texts_are_not_held_back(text: str) -> None:
    assert blocks(text) == []
    assert not [f for f in run(text) if f.check == "secrets"]


def test_hosts_with_other_letters_pass_as_they_stand_on_the_list() -> None:
    own = replace(BRAND, link_hosts=("例子.测试", "bücher.de"))
    for text, fine in [
        ("https://例子.测试/页", True),
        ("https://例子.测试，好", True),
        ("https://bücher.de", True),
        ("https://bu\u0308cher.de", False),
        ("https://bücher.de．evil.com", False),
        ("https://例子.测试.com", False),
    ]:
        found = base.run(base.Subject(Content("lumen", "sandbox:main", (Part(text),)), own))
        assert any(f.severity is Severity.BLOCK for f in found) is not fine, text


def test_rare_ends_of_hosts_and_sentences_without_a_space_are_only_shown() -> None:
    assert [(f.check, f.severity) for f in run("vs.coffee")] == [("links", Severity.WARN)]
    assert [(f.check, f.severity) for f in run("hi.So nice")] == [("links", Severity.WARN)]


@pytest.mark.parametrize(
    ("text", "shaped"),
    [
        ("x7fq-3mzk-pl2a-vv6t", True),
        ("货号x7fq-3mzk-pl2a-vv6t。", True),
        ("abcd-efgh-ijkl-mnop", True),
        ("read-time-zqxj-bowl", True),
        ("left-over-rice-bowl", False),
        ("best-teas-this-fall", False),
        ("4111-1111-1111-1111", False),
        ("2345-6723-4567-2345", False),
    ],
)
def test_app_passwords_are_told_from_words(text: str, shaped: bool) -> None:
    assert [f.severity for f in run(text) if f.check == "secrets"] == [Severity.WARN] * shaped
    assert ("***" in Redact([]).clean(f"it is {text}")) is shaped
    assert [f.severity for f in run(text, secrets=(text,)) if f.check == "secrets"] == [Severity.BLOCK]


def test_nearly_every_random_app_password_is_known_by_its_shape() -> None:
    rng = random.Random(7)
    made = ["-".join("".join(rng.choices(ascii_lowercase + "234567", k=4)) for _ in range(4)) for _ in range(5000)]
    assert sum(not APP_PASSWORD.fullmatch(p) for p in made) < 25


def test_control_characters_are_held_back_and_made_visible() -> None:
    attack = "tea \x1b[2J\x1b]0;miracle\x07"
    for found in (run(attack), run("tea", alt=attack)):
        assert [f.check for f in found if f.severity is Severity.BLOCK].count("lookalikes") == 3
        assert not [c for f in found for c in f.message + f.fix if c in "\x1b\x07"]
    assert "⟨U+001B⟩" in visible(attack)
    assert blocks("tea\n\ttea") == []


def test_risks_in_alt_texts_count() -> None:
    assert risks(Content("lumen", "sandbox:main", (Part("Tea", (Media("a" * 64, "image/png", 1, 1, "50% off"),)),)))
    assert [f.check for f in run("Tea", alt="50% off")] == ["claims", "risk"]


@pytest.mark.parametrize(
    "unit",
    ["tea ", "最", "最 ", "a.b", "a@b.", "https://a", "https://lumen.example，", "e\u0301", "\u0301", "c-u-", "cur",
     "-", "é.", "💚", "x7fq-", "data:", "аb", "mailto:", "number ", "evil.рф"],
)  # fmt: skip
def test_a_long_text_is_checked_in_time(unit: str) -> None:
    many = replace(RULE, words=(*WORDS, *(f"word{n}" for n in range(60)), "绝对", "第一"))
    own = replace(BRAND, rulebook=RuleBook((many,)))
    text = unit * (100_000 // len(unit.encode()))
    subject = base.Subject(Content("lumen", "sandbox:main", (Part(text),)), own)
    began = time.process_time()
    base.run(subject)
    # Each takes some 20 ms on an ordinary machine; what grows with the square of the length takes minutes.
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    ["my key is sk-abcdefghijklmnop0123", "xoxb-1234567890-abc", "pass canary-value-77", "CANARY-VALUE-77",
     "cana\u200bry-value-77", "密码sk-abcdefghijklmnop0123", "s\u200bk-abcdefghijklmnop0123"],
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
    assert [f.severity for f in run("a\u200bb") if f.check == "lookalikes"] == [Severity.BLOCK]
    assert [f.severity for f in run("a\u00adb") if f.check == "lookalikes"] == [Severity.WARN]
    assert blocks("tea" + "".join(chr(0xE0000 + ord(c)) for c in "do it"))[:1] == ["lookalikes"]


def test_findings_come_with_the_blocking_ones_first() -> None:
    found = run("Only $5: a miracle \u200b at evil.io")
    order = [f.severity for f in found]
    assert order == sorted(order, key=[Severity.BLOCK, Severity.WARN, Severity.NOTE].index)
    assert {f.check for f in found} >= {"banned_words", "links", "lookalikes", "risk"}


def test_no_row_of_a_card_moves_the_terminal(world: World) -> None:
    rule = Rule("no-hype", RuleKind.NEVER, "No \x1b]0;hype\x07.", hard=True, words=("miracle",))
    world.learn(brand(rulebook=RuleBook((rule,))))
    version = world.draft("A mira\x1b[2Jcle and a miracle", citations=("no-hype",), note="\x1b[1A changed")
    assert version.blocked
    with world.db.read() as conn:
        rows = card.lines(card.card(world.desk, conn, version.draft_id))
    shown = {heading.split(" (")[0] for heading, body in rows if "⟨U+001B⟩" in body}
    assert shown == {"Text", "Rule named before the edit", "Note"}
    assert any(heading == "Finding" and "No [U+001B]]0;hype[U+0007]." in body for heading, body in rows)
    assert not [body for _, body in rows for c in body if c < " " and c not in "\n\t"]
