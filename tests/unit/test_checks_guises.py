"""Words half in pinyin, drawn out or in another form; spaced addresses, spoken numbers; and what one number counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checks import base
from bot.checks.kit.guises import guises
from bot.checks.kit.nearness import same_thing
from bot.checks.kit.pinyin import pinyin
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Part, Severity
from bot.evaluation import checks as evaluation
from tests.world import brand

DATA = Path(__file__).parents[1] / "bench" / "data" / "checks"


def worst(text: str, *words: str, language: str = "en") -> dict[str, Severity]:
    rule = Rule("no", RuleKind.NEVER, "Never.", hard=True, words=words)
    content = Content("lumen", "sandbox:main", (Part(text),), language=language)
    found = base.run(base.Subject(content, brand(rulebook=RuleBook((rule,) if words else ()))))
    return {f.check: f.severity for f in reversed(found)}


def test_common_characters_are_said_as_the_order_of_the_standard_says() -> None:
    assert [pinyin(c) for c in "啊安包痛治绿座"] == ["a", "an", "bao", "tong", "zhi", "lv", "zuo"]
    assert pinyin("龘") == pinyin("a") == pinyin("。") == ""


@pytest.mark.parametrize(
    ("word", "text", "sure"),
    [
        ("包治", "包zhi拉扯", True),
        ("包治好", "bao zhi hao!", True),
        ("包治", "bao zhi", False),
        ("包治", "包zhier", None),
        ("包治", "包治", None),
        ("risk-free", "riiisk-freee", True),
        ("coffee", "coffeee", True),
        ("coffee", "coffee", None),
        ("painless", "painlessly", True),
        ("detox", "detoxing", False),
        ("cure", "cured ham", None),
        ("hurry", "hurried", False),
    ],
)
def test_a_guise_is_sure_or_only_comes_close(word: str, text: str, sure: bool | None) -> None:
    found = [certain for _, certain in guises(word, text)]
    assert found == ([] if sure is None else [sure])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("百分之百安全", "百分百安全"),
        ("100%安全", "百分百安全"),
        ("0风险", "零风险"),
        ("It is 100% safe.", "100 per cent safe"),
        ("it is risk 🌊 free", "risk-free"),
        ("it is unsink-\nable", "unsinkable"),
        ("🅱🅴🆂🆃 🅿🆁🅸🅲🅴", "best price"),
    ],
)
def test_a_listed_word_is_held_back_in_these_guises(text: str, word: str) -> None:
    assert worst(text, word)["banned_words"] is Severity.BLOCK


def test_two_sentences_with_a_picture_between_are_no_phrase() -> None:
    assert "banned_words" not in worst("There is a risk 🌊 Free parking behind the slip.", "risk free")


@pytest.mark.parametrize(
    ("check", "text", "clean"),
    [
        ("lookalikes", "This c&#117;res it.", "Fish & chips; #1 in town."),
        ("lookalikes", "这锅汤排氵毒。", "偏旁“氵”怎么念？"),
        ("links", "Menus at w w w . cook-share . n e t now.", "W. W. Jacobs wrote it."),
        ("links", "菜谱在 cook-share【点】net。", "三【点】半开门。"),
        ("secrets", "Log in with staff / Marsh!2026 today.", "Log in on your phone / tablet today."),
        ("secrets", "船库门禁码 5591#，进门左转。", "门禁码请问前台。"),
        ("personal_data", "Ring oh double-seven double-oh, nine hundred, one two three.", "One two three, paddle!"),
        ("personal_data", "想约船的加薇：tidejo_88。", "加薇薇的茶。"),
        ("personal_data", "扣扣 2233 445 566 找我。", "衣服扣扣 3 颗。"),
        ("personal_data", "电话 壹叁捌 零零壹叁 捌零零零。", "大写：壹佰叁拾元。"),
        ("profanity", "洋葱辣哭人，尼玛真香。", "尼玛县的羊毛到了。"),
    ],
)
def test_a_kind_of_fault_is_found_and_its_neighbour_is_not(check: str, text: str, clean: str) -> None:
    assert check in worst(text)
    assert check not in worst(clean)


def same(text: str, said: str, source: str, there: str) -> bool:
    at, to = text.index(said), source.index(there)
    chinese = not text.isascii()
    return same_thing(text, (at, at + len(said)), source, (to, to + len(there)), chinese=chinese)


@pytest.mark.parametrize(
    ("text", "number", "source", "there", "known"),
    [
        ("our 24 guides", "24", "we have 24 single kayaks.", "24", False),
        ("24 kayaks are dry", "24", "we have 24 single kayaks.", "24", True),
        ("fourteen farms grow for us", "fourteen", "14 growers on farms.", "14", True),
        ("kayaks are back. all 24 are dry", "24", "we have 24 kayaks.", "24", True),
        ("children from 6 can come", "6", "a course has 6 people.", "6", False),
        ("14 recipes", "14", "14 growers. the recipes are free.", "14", False),
        ("ring 999", "999", "in an emergency ring 999.", "999", True),
        ("我们的24名教练", "24", "我们有24条单人艇。", "24", False),
        ("24条单人艇", "24", "我们有24条单人艇。", "24", True),
    ],
)
def test_a_number_rests_only_on_a_sentence_about_the_same_thing(
    text: str, number: str, source: str, there: str, known: bool
) -> None:
    assert same(text, number, source, there) is known


@pytest.mark.parametrize(("folder", "missed"), [("third", 2), ("fourth", 4)])
def test_no_more_is_missed_of_the_later_sets_and_nothing_good_is_held_back(folder: str, missed: int) -> None:
    report = evaluation.measure(*evaluation.load(DATA / folder))
    assert not report.blocked
    assert not report.warned
    assert len(report.missed) <= missed
