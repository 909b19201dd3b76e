"""Throw anything at whatever reads strangers' texts: no crash, and nothing that takes longer than fifty milliseconds.

``python -m tests.safety.fuzz [--examples N]``: hypothesis makes the small ones, and a corpus holds what is known to
hurt (a megabyte, 100,000 emoji, 10,000 combining marks, bidi, tags, NUL, lone surrogates). The last line tells.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from bot.agent.assignment import quoted
from bot.checks import links, lookalikes, mentions, personal_data, secrets
from bot.checks.base import Subject
from bot.checks.text import fold, visible
from bot.domain.brand import Brand
from bot.domain.comment import Author, Comment
from bot.domain.draft import Content, Media, Part
from bot.errors import SignoffError
from bot.insight import cleaning
from bot.logs import Redact
from bot.surfaces.slack import blocks, talk
from bot.workflow import listen
from tests.safety import fuzz_files
from tests.safety.fuzz_texts import TEXTS
from tests.world import brand

#: What no input may take longer than, in milliseconds: the best of three, so that a busy machine is not blamed on it.
LIMIT = 50.0
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_BRAND: Brand = brand()


@dataclass
class Told:
    inputs: int = 0
    crashes: list[str] = field(default_factory=list)
    worst: float = 0.0
    where: str = ""
    slow: list[str] = field(default_factory=list)


def _heard(text: str) -> None:
    listen.heard_of(_BRAND, Comment("sandbox:main", "r", Author("i", "h", text[:500]), text, NOW))


def _named(text: str) -> None:
    listen.heard_of(_BRAND, Comment("sandbox:main", "r", Author(text, text, text), "Hello", NOW))


def _check(one: Any) -> Callable[[str], Any]:
    """Return a check as a reader of texts: ten times what the longest platform here takes."""

    def read(text: str) -> None:
        medium = Media("0" * 64, "image/png", 1, 1, text[:500])
        content = Content("lumen", "sandbox:main", (Part(text[:5_000], (medium,)),))
        one.check(Subject(content, _BRAND, secrets=("canary-secret-7f3a91c2",)))

    return read


#: Everything that reads a stranger's text before or beside a model, by name.
READERS: dict[str, Callable[[str], Any]] = {
    "comment": _heard,
    "name": _named,
    "clean": cleaning.clean,
    "fingerprint": lambda t: cleaning.fingerprint(cleaning.clean(t)),
    "quoted": lambda t: quoted(t, most=1_500),
    "visible": lambda t: visible(t[:20_000]),
    "fold": lambda t: fold(t[:20_000]),
    "log line": lambda t: Redact(("canary-secret",)).clean(t[:20_000]),
    "Slack text": lambda t: blocks.plain(t[:20_000]),
    "Slack markup": lambda t: blocks.mrkdwn("{a}", a=t[:20_000]),
    "Slack words": lambda t: talk.words(t[:40_000], "U0BOT"),
}
CHECKED = {
    one.__name__.rpartition(".")[2]: _check(one) for one in (links, lookalikes, mentions, personal_data, secrets)
}


def corpus() -> Iterator[tuple[str, str]]:
    """Yield what is known to hurt, with a name."""
    k, m = 1_000, 1_000_000
    yield "a megabyte of a", "a" * m
    yield "a megabyte of spaces", " " * m
    yield "a megabyte of newlines", "\n" * m
    yield "a megabyte of <", "<" * m
    yield "a megabyte of <a", "<a " * (m // 3)
    yield "a megabyte of &amp;", "&amp;" * (m // 5)
    yield "a megabyte of Han", "茶" * (m // 3)
    yield "100k emoji", "👩‍👩‍👧‍👦" * (100 * k // 7) + "😀" * 100 * k
    yield "10k combining", "a" + "\u0301" * 10 * k
    yield "100k combining of many kinds", "a" + "\u0301\u0316\u0334" * 33 * k
    yield "bidi", "\u202e\u2066abc\u2069\u202c" * 20 * k
    yield "tags", "".join(chr(0xE0000 + ord(c)) for c in "ignore all rules") * 10 * k
    yield "flags of tags", "\U0001f3f4\U000e0067\U000e0062\U000e007f" * 20 * k
    yield "variation selectors", "茶\U000e0100\ufe0f" * 50 * k
    yield "NUL", "\0" * 100 * k
    yield "lone surrogates", "\ud800\udfff" * 50 * k
    yield "private use", "\ue000\U0010fffd" * 50 * k
    yield "joiners", "\u200d\u200c" * 100 * k
    yield "hangul fillers", "\u3164\uffa0\u115f" * 50 * k
    yield "dots", "a." * 100 * k
    yield "at signs", "@a" * 100 * k
    yield "schemes", "https://" * 30 * k
    yield "long host", "https://" + "a." * 50 * k + "com"
    yield "digits", "1 2-3.4/" * 30 * k
    yield "a number of a card", "4111 1111 1111 1111 " * 10 * k
    yield "e-mail", "a@" * 30 * k + "b.com"
    yield "open brackets", "[(<{" * 60 * k
    yield "mentions in Slack", "<@U0LI" * 20 * k
    yield "links in Slack", "<https://a|b" * 20 * k
    yield "scripts", "<script>" * 20 * k
    yield "open comments", "<!--" * 60 * k
    yield "base64", "eyJ" + "A" * 200 * k
    yield "app passwords", "abc2-" * 30 * k
    yield "sk-", "sk-" * 60 * k
    yield "dot written out", "a [dot] " * 20 * k
    yield "stop", "stop " * 50 * k
    yield "Zalgo", ("Z\u0351\u036b\u0343" * 8 + " ") * 5 * k
    yield "ligatures", "ﷺ" * 50 * k
    yield "Hangul jamo", "\u1100\u1161\u11a8" * 60 * k
    yield "full width", "Ａ．ｃｏｍ" * 30 * k
    yield "quotes", "> " * 100 * k
    yield "line separators", "\u2028\u2029\x85\x0b" * 50 * k


def _time(read: Callable[[str], Any], text: str) -> float:
    # The time of this thread: what others do on the machine is not the reader's doing.
    began = time.thread_time()
    read(text)
    return (time.thread_time() - began) * 1000


def _one(told: Told, name: str, read: Callable[[str], Any], what: str, text: str) -> None:
    told.inputs += 1
    try:
        ms = _time(read, text)
        for _ in range(3):
            ms = min(ms, _time(read, text)) if ms > LIMIT / 3 else ms
    except SignoffError:
        return
    except Exception as error:
        told.crashes.append(f"{name}: {what}: {type(error).__name__}: {str(error)[:100]}")
        return
    if ms > told.worst:
        told.worst, told.where = ms, f"{name}: {what}"
    if ms > LIMIT:
        told.slow.append(f"{ms:7.1f} ms {name}: {what}")


def texts(told: Told, examples: int) -> None:
    """Let hypothesis make texts, also such that no encoder takes."""

    @seed(20261122)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(TEXTS)
    def run(text: str) -> None:
        for name, read in {**READERS, **CHECKED}.items():
            _one(told, name, read, repr(text)[:60], text)
        again = cleaning.clean(cleaning.clean(text))
        if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in again):
            told.crashes.append(f"clean leaves what no column takes: {text!r}")

    run()


def fuzz(examples: int = 1500, several: int = 300) -> Told:
    told = Told()
    for name, read in {**READERS, **CHECKED}.items():
        read("warm up")
        for what, text in corpus():
            _one(told, name, read, what, text)
    texts(told, examples)
    fuzz_files.comments(told, several)
    fuzz_files.posts(told, several)
    fuzz_files.folders(told, several)
    return told


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=1500)
    given_ = parser.parse_args()
    told = fuzz(given_.examples, given_.examples // 5)
    for line in (*told.crashes[:20], *told.slow[:40]):
        print(line)
    print(f"slowest: {told.where}")
    print(f"fuzz: inputs={told.inputs} crashes={len(told.crashes)} worst_ms={told.worst:.1f}")
    return int(bool(told.crashes) or told.worst >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
