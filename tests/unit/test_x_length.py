"""The length of a text as X counts it, compared with X's own library on thousands of texts."""

from __future__ import annotations

import random
import time

import pytest

from bot.platforms.kit.x_emoji import sequences
from bot.platforms.kit.x_text import cashtags, links_in, same, weighted, without_mentions
from bot.platforms.kit.x_tld import COUNTRIES, GENERIC
from bot.platforms.x import X
from tests.servers.x_network import links
from tests.servers.x_network import weighted as by_x

WORDS = [
    "Hello", "wörld", "café", "cafe\u0301", "Привет", "مرحبا", "नमस्ते", "茶", "你好，世界。", "ｆｕｌｌ", "…", "“q”",
    "—", "\r\n", "\n", "\r", "\t", "\u3000", "$TSLA", "#tag", "@brand", "＠x", "＃x", "user@example.com", "e.g.",
    "1.2.3.4", "foo.bar", "a.b.c.co.uk", "example.com.", "-example.com", "_example.com", ".example.com", "/example.com",
    "中example.com文", "éx.com", "http://x.com中", "https://t.co/abc?x=1", "https://t.co/abc/def",
    "http://t.co/" + "a" * 41, "http://twitter.com/これは日本語です。example.com中国語",
]  # fmt: skip
HOSTS = ["example", "a-b", "x_y.sub", "日本語", "mañana", "t", "xn--fiqs8s", "a" * 70, "www.🍵"]
ENDS = ["", "/", "/path", "/a(b)c", "/a(b(c)d)e", "/é/ñ?x=1&y=2", "?q=1", "?", "/path.", "/path).", ":80/x", ":8080",
        "#f", "/@me/", "/a…", "中文", "/中文", "-", "@x", "+"]  # fmt: skip
PIECES = "\u200d\ufe0f\u20e3🏻🏿©®™1#*🇨🇭👩❤🤝👨⚕♂♀🏴\U000e0067\U000e0062\u200e\u202a\ufeff-_./@:,;!?()[]{}&%$+=~|'\" "


def texts(seed: int, count: int) -> list[str]:
    """Return texts put together from what is counted in different ways."""
    dice, emoji = random.Random(seed), sorted(sequences())
    tops = [*GENERIC, *COUNTRIES, *["com"] * 300, "notatld", "xn--p1ai"]

    def piece() -> str:
        match dice.randrange(9):
            case 0 | 1:
                return dice.choice(WORDS)
            case 2:
                return "".join(dice.choices(emoji, k=dice.randrange(1, 4)))
            case 3:
                protocol = dice.choice(["http://", "https://", "HTTPS://", ""])
                return protocol + dice.choice(HOSTS) + "." + dice.choice(tops) + dice.choice(ENDS)
            case 4:
                return chr(dice.randrange(0x20, 0x3000))
            case 5:
                return chr(dice.choice([dice.randrange(0x3000, 0xD7FF), dice.randrange(0xE000, 0x10FFFF)]))
            case 6:
                return dice.choice(PIECES)
        return " "

    return ["".join(piece() for _ in range(dice.randrange(1, 25))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_a_text_is_as_long_as_x_says(seed: int) -> None:
    wrong = [(ascii(text), weighted(text), by_x(text)) for text in texts(seed, 500) if weighted(text) != by_x(text)]
    assert wrong == []


def test_every_emoji_counts_two() -> None:
    assert len(sequences()) == 2563
    assert [ascii(one) for one in sequences() if not weighted(one) == 2 == by_x(one)] == []


def test_links_are_those_that_x_finds() -> None:
    for text in texts(9, 300):
        composed = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\u0301" not in text:
            assert [link.url for link in links_in(text)] == [link["url"] for link in links(composed)], ascii(text)


@pytest.mark.parametrize(
    "text", ["a." * 5000, "a.com/" + "(" * 5000, "1" * 9000 + ".", "a.b_" * 2000, "x.com/" + "(a" * 2000]
)
def test_an_unkind_text_is_counted_in_no_time(text: str) -> None:
    began = time.thread_time()
    weighted(text)
    assert time.thread_time() - began < 2.0


def test_cashtags() -> None:
    assert cashtags("$TSLA and $brk.b, but not US$5, $5 or a$b") == ["TSLA", "brk.b"]


def test_every_address_that_would_be_a_link_is_named_for_the_checks() -> None:
    assert X.link_uris("See example.com/a and https://x.com.") == ["http://example.com/a", "https://x.com"]


def post(text: str, *urls: tuple[str, str, str], note: str = "") -> dict[str, object]:
    entities = {"urls": [{"url": short, "expanded_url": full, "display_url": shown} for short, full, shown in urls]}
    said: dict[str, object] = {"id": "1", "text": text, "entities": entities}
    return said | ({"note_tweet": {"text": note}} if note else {})


def test_a_rewritten_text_is_known_again_and_another_is_not() -> None:
    tea, more = (
        ("https://t.co/aB1", "https://example.com/?a=1&b=2", "example.com"),
        ("https://t.co/aB12", "http://b.org", "b.org"),
    )
    live = post("R &amp; D https://t.co/aB1 and https://t.co/aB12", tea, more)
    assert same(live, "R & D https://example.com/?a=1&b=2 and b.org", reply=False)
    assert not same(live, "R & D https://example.com/?a=1 and b.org", reply=False)
    assert not same(live, "R & D https://example.com/?a=1&b=2 and B", reply=False)
    with_picture = post(
        "Tea https://t.co/pic", ("https://t.co/pic", "https://x.com/b/status/1/photo/1", "pic.x.com/pic")
    )
    assert same(with_picture, "Tea", reply=False)
    assert same(post("@fan @other Thanks"), "Thanks", reply=True)
    assert not same(post("@fan Thanks"), "Thanks", reply=False)
    assert same(post("short…", note="The whole long text"), "The whole long text", reply=False)
    assert same(post("Caf\u00e9"), "Cafe\u0301 ", reply=False)


def test_only_mentions_before_an_answer_are_taken_off() -> None:
    assert without_mentions("@brand @fan When? @brand") == "When? @brand"
    assert without_mentions("Hello @brand") == "Hello @brand"
