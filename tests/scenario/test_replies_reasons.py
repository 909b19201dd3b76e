"""Why a comment stands as it does is stored in English and read in the reader's language."""

from __future__ import annotations

import re

import pytest

from bot import words
from bot.domain.replies import ReplyAction, ReplyPolicy, ReplyRule
from bot.store import comments
from tests.scenario.test_replies_rules import ASKED, THANKS, Desk
from tests.world import World

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_reason_of_a_day_reads_in_chinese(world: World) -> None:
    rules = (THANKS, ASKED, ReplyRule("abuse", ReplyAction.HIDE, ASKED.when.__class__(intent=("abuse",))),
             ReplyRule("rest", ReplyAction.ESCALATE))  # fmt: skip
    desk = Desk(world, ReplyPolicy(rules))
    for n, text in enumerate(("I love it", "Where is it sold?", "My lawyer calls", "idiot", "It costs $900, no?", "Hm",
                              "Check out my bio for free crypto")):  # fmt: skip
        desk.says(text, f"fan{n}.sandbox")
    with words.speaking("zh-CN"):
        desk.look()
        desk.drain()
        desk.look()
        desk.says("Where is it sold, please?", "fan1.sandbox")
        desk.look()
    with world.db.read() as conn:
        found = {one.why for one in comments.recent(conn, "lumen", None, only=comments.Filter(aside=True)) if one.why}
    assert len(found) > 4
    assert not [why for why in found if HAN.search(why)], "stored in English"
    with words.speaking("zh-CN"):
        assert [why for why in found if not HAN.search(words.retold(why))] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the rule thanks; somebody else was told nearly the same", "规则 thanks；已对别人说过几乎相同的话"),
        ("it concerns legal", "涉及法律"),
        ("it speaks of money: 2500", "提到金额：2500"),
        ("3 of its last 4 answers were accepted: surely 30%, not 80%",
         "最近 4 条回复中有 3 条原样通过：可确信 30%，未到 80%"),
    ],
)  # fmt: skip
def test_a_reason_with_names_and_several_in_one(said: str, told: str) -> None:
    with words.speaking("zh-CN"):
        assert words.retold(said) == told
    with words.speaking("en"):
        assert words.retold(said) == said
