"""What a card shows is what leaves: read back from the card of Slack and of the web desk, character by character."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checks.text import hidden, spelled, visible
from bot.clock import FixedClock
from bot.domain.draft import DraftVersion
from bot.surfaces.slack.cards import review
from bot.surfaces.slack.cards.pieces import Reader
from bot.surfaces.web.words import pieces
from bot.workflow import card as cards
from bot.workflow.desk import Desk
from tests import slack_blocks
from tests.web.served import Browser, served
from tests.world import World

#: Texts that are drafted, shown, signed and sent; `make bypass` takes a thousand.
EXAMPLES = int(os.environ.get("SHOWN_EXAMPLES", "15"))
#: What markup, scripts, bidi, tags, joiners and look-alikes are made of; and what only looks written out.
HOSTILE = (
    *"<>&|*_~`'\"@#!:;{}[]()%\\/ \n\t\r\0\x1b", "<!channel>", "<@U0LI>", "<https://evil.example|bank.example>",
    "&lt;", "&#8203;", "*bold*", "`code`", ":tada:", "```", "> ", "</blockquote>", "<script>", "{{ x }}",
    "{% x %}", "%s", "\u200b", "\u200d", "\u200c", "\ufe0f", "\ufe0e", "\u2060", "\ufeff", "\u00ad", "\u202e",
    "\u202d", "\u2066", "\u2069", "\u061c", "\u3164", "\u115f", "\u034f", "\U000e0041", "\U000e007f",
    "\U0001f3f4", "\u0301", "\u20e3", "1\ufe0f\u20e3", "\u0430", "\uff41", "\u2028", "\u2029", "\u00a0",
    "\u3000", "\u2003", "\x85", "\ue000", "\U0010ffff", "\ufdd0", "👩\u200d💻", "❤\ufe0f\u200d🔥", "—", "…", "⟨",
    "⟩", "U+", "⟨U+200B⟩", "200B", "茶", "ا", "क\u094d\u200dष", "é", "e\u0301", "한", "z\u0335",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6)), min_size=1, max_size=25).map("".join)
#: What no database of ours stores, and no platform takes.
STORABLE = TEXTS.filter(lambda t: t.strip() and not any("\ud800" <= c <= "\udfff" for c in t))
_OUT = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")


def read_back(shown: str) -> str:
    """Return the text that a card shows: what is written out stands for its character, everything else for itself."""
    return _OUT.sub(lambda m: chr(int(m[1], 16)), shown)


class Quotes(HTMLParser):
    """Gathers the words of the texts that will be sent, part by part."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._stack: list[str] = []
        self._in = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and ("class", "part") in attrs:
            self._stack = ["part"]
        elif tag == "blockquote" and self._stack == ["part"]:
            self._in = True
            self.parts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote" and self._in:
            self._in, self._stack = False, []

    def handle_data(self, data: str) -> None:
        if self._in:
            self.parts[-1] += data


def of_slack(blocks: list[Any]) -> str:
    """Return the words of every quote of a Slack card, which hold the text that will be sent."""
    found = []
    for block in blocks:
        for element in block.get("elements", ()) if block["type"] == "rich_text" else ():
            if element["type"] == "rich_text_quote":
                found += [piece["text"] for piece in element["elements"] if piece["type"] == "text"]
    return "".join(found)


@pytest.fixture
def unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, Browser]]:
    """A desk whose checks hold nothing back, so that even what they forbid is shown, signed and sent."""
    monkeypatch.setattr(Desk, "findings", lambda *_, **__: ())
    monkeypatch.setattr(Desk, "blocks", lambda *_, **__: ())
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, FixedClock()) as world, served(world) as url:
        with closing(Browser(world, url, "li")) as browser:
            yield world, browser


def shown(world: World, browser: Browser, version: DraftVersion) -> tuple[str, str]:
    """Return the text of one draft as Slack and as the web desk show it."""
    with world.db.read() as conn:
        card = cards.card(world.desk, conn, version.draft_id)
    blocks = review.blocks(card, Reader())
    slack_blocks.check_message(blocks, review.fallback(card, Reader()))
    assert review.complete(blocks)
    page = Quotes(browser.get(f"/draft/{version.draft_id}").text)
    assert len(page.parts) == 1
    return of_slack(blocks), page.parts[0]


def _hold(unchecked: tuple[World, Browser], text: str) -> None:
    world, browser = unchecked
    version = world.draft(text)
    in_slack, on_the_web = shown(world, browser, version)
    post = world.approve(version)
    world.advance(60)
    world.drain()
    sent = version.content.parts[0].text
    if world.states(post.id) == ["live"]:
        last = world.app.sandbox.timeline("lumen.sandbox")[-1]
        sent = last.sent if last.sent is not None else last.text
    else:
        # No network takes these: nothing left at all.
        assert any(unicodedata.category(c) in ("Cc", "Cn") for c in sent)
    assert sent == version.content.parts[0].text
    assert read_back(in_slack) == sent
    assert read_back(on_the_web) == sent


@pytest.mark.timeout(3600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=STORABLE)
def test_what_the_cards_show_is_what_leaves(unchecked: tuple[World, Browser], text: str) -> None:
    _hold(unchecked, text)


@settings(max_examples=400, deadline=None)
@given(one=TEXTS, other=TEXTS)
def test_two_texts_are_shown_alike_only_where_they_are_one(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)
    for text in (one, other):
        assert read_back(visible(text)) == text
        assert "".join(p.text for p in pieces(text)) == visible(text) == "".join(spelled(text))


@pytest.mark.parametrize(
    "text",
    ["—\u200d", "…\ufe0f\ufe0f", "🙂\u200d", "🙂\ufe0f\ufe0f", "🙂\u200d\u200d🙂", "\u200d🙂", "\ufe0f", "🙂 \u200d🙂"],
)
def test_joiners_and_selectors_that_join_nothing_are_written_out(text: str) -> None:
    assert "⟨U+" in visible(text)


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻",
        "❤\ufe0f\u200d🔥",
        "🏳\ufe0f\u200d🌈",
        "👁\ufe0f\u200d🗨\ufe0f",
        "🧑🏽\u200d🚀",
        "1\ufe0f\u20e3",
        "👨\u200d👩\u200d👧\u200d👦",
        "🏴\u200d☠\ufe0f",
        "↔\ufe0f",
        "〰\ufe0f",
    ],
)
def test_emoji_stay_emoji(text: str) -> None:
    assert visible(text) == text
    assert not any(hidden(text, n) for n in range(len(text)))
