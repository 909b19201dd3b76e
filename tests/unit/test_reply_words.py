"""The reply rules in plain words."""

from __future__ import annotations

import pytest

from bot.domain.replies import ReplyAction, ReplyPolicy, ReplyRule
from bot.words import speaking
from bot.workflow import reply_words
from tests.world import brand


@pytest.mark.parametrize(("language", "words"), [("en", "four eyes"), ("zh-CN", "四眼")])
def test_a_rule_that_signs_by_itself_says_that_four_eyes_do_not_bind_it(language: str, words: str) -> None:
    rules = [ReplyRule(a.value, a, owner="li") for a in (ReplyAction.AUTOMATIC, ReplyAction.PROPOSE)]
    with speaking(language):
        told = reply_words.sentences(ReplyPolicy(tuple(rules)), brand())
    said = {one.name: one.then for one in told}
    assert words in said["automatic"]
    assert words not in said["propose"]
