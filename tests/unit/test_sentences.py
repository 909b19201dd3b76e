"""Where sentences end: nothing is lost, and no address, mention or number is cut."""

# One case a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.agent import faithful, post_kinds
from bot.evaluation import marking
from bot.insight import text as taken
from bot.insight.sentence import cut

_WHOLE = (
    "https://saltmarsh.example/a?b=1!c&d=2.5", "www.saltmarsh.example/tide?now", "saltmarsh.example/x.y", "@jo.tern",
    "jo.tern@saltmarsh.example", "3,400.50", "£4.80", "11:30", "12.11.2026", "v2.0.1",
)  # fmt: skip
_LOOSE = (
    "Tea",
    "is",
    "e.g.",
    "incl.",
    "10 a.m.",
    "好茶",
    "来吧",
    ".",
    "!",
    "?!",
    "...",
    "……",
    "。",
    "”",
    "“",
    "；",
    "\n",
    "🎉",
    "1.",
)
_TEXTS = st.lists(st.sampled_from(_WHOLE + _LOOSE), max_size=24).map(
    lambda words: " ".join(words).replace(" \n ", "\n")
)


@given(st.one_of(_TEXTS, st.text(max_size=80)))
@settings(max_examples=400, deadline=None)
def test_the_pieces_join_to_the_text_and_none_is_empty(text: str) -> None:
    pieces = cut(text)
    assert "".join(pieces) == text
    assert all(pieces)


@given(_TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_address_mention_or_number_is_cut(text: str) -> None:
    ends, at = set(), 0
    for piece in cut(text):
        at += len(piece)
        ends.add(at)
    for whole in _WHOLE:
        for found in re.finditer(re.escape(whole) + r"(?=\s|$)", text):
            assert not any(found.start() < end < found.end() for end in ends), (whole, cut(text))


@given(_TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_divided_thread_says_all_that_was_said_in_its_order(text: str) -> None:
    parts = post_kinds.divided((text,), 3)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    assert len(parts) in (1, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See https://x.example/a?b=1!c. Next one. Yes?", ["See https://x.example/a?b=1!c.", "Next one.", "Yes?"]),
        ("Tea incl. cups, e.g. green, Nr. 5 and No. 7. No. Never.", ["Tea incl. cups, e.g. green, Nr. 5 and No. 7.", "No.", "Never."]),
        ("It costs £4.80. Wait... there is more. Well... Next.", ["It costs £4.80.", "Wait... there is more.", "Well...", "Next."]),
        ("“Really?” she said. “Yes.” He left.", ["“Really?” she said.", "“Yes.”", "He left."]),
        ("好吃!来吧。“你好。”他说；走", ["好吃!", "来吧。", "“你好。”", "他说；", "走"]),
        ("1. Boil water. 2. Add tea.", ["1. Boil water.", "2. Add tea."]),
        ("At 10 a.m. Saturday. Open at 10 a.m. Come early.", ["At 10 a.m. Saturday.", "Open at 10 a.m.", "Come early."]),
        ("Dr. Lee and J. Smith met. Take vitamin C. It is good.", ["Dr. Lee and J. Smith met.", "Take vitamin C.", "It is good."]),
        ("Am 3. Mai geht es los, z.B. um 10 Uhr. Ja!", ["Am 3. Mai geht es los, z.B. um 10 Uhr.", "Ja!"]),
        ("One line\nanother\n\nlast", ["One line", "another", "last"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_end_where_people_end_them(text: str, said: list[str]) -> None:
    assert taken.sentences(text) == said
    assert faithful.sentences(text) == said


def test_what_a_text_says_twice_is_found_behind_an_address_and_a_price() -> None:
    twice = "Book at saltmarsh.example/now for £4.80 each. Bring a towel. Book at saltmarsh.example/now for £4.80 each."
    assert marking._twice(twice) == ["Book at saltmarsh.example/now for £4.80 each."]


@pytest.mark.parametrize("bit", ["a", "-a", "a.b", "A. ", "http://a.", "…", " \n"])
def test_long_texts_take_no_longer_than_their_length(bit: str) -> None:
    text, began = bit * 20_000, time.thread_time()
    assert "".join(cut(text)) == text
    assert time.thread_time() - began < 2
