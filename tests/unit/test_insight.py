"""Measures of texts, on texts whose answer is known, in both languages."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.insight import emotion, keywords, mood, readability
from bot.insight import keyword as kw
from bot.insight import text as texts

ROOT = Path(__file__).parents[2]

#: From easy to hard.
ENGLISH = [
    "The cat sat on the mat. The dog ran to the cat. They had fun in the sun.",
    "Autumn oolong is here! Join us on Saturday at 3 pm in the Harbour Street shop for a free tasting of our new tea.",
    "The city council voted on Tuesday to extend the opening hours of public libraries, a move that officials say will "
    "cost two million pounds a year and help students who have no quiet place to work.",
    "This investigation demonstrates that heterogeneous institutional configurations significantly moderate the "
    "relationship between organisational innovation capabilities and competitive performance.",
]
CHINESE = [
    "小兔子乖乖，把门儿开开。快点儿开开，我要进来。",
    "秋天的乌龙茶到了！带着淡淡的栗子香，周六下午三点来海港街店里，我们一起泡一壶。免费品尝，名额三十个。",
    "市交通局昨天宣布，从下月一日起，地铁二号线将延长运营时间到晚上十一点半。负责人表示，这一调整主要考虑到周边居民夜间出行的"
    "需要，预计每天可以多运送两万名乘客。",
    "本研究基于面板数据构建双重差分模型，考察数字普惠金融对中小企业融资约束的异质性影响及其传导机制，实证结果表明，数字基础设施"
    "完善程度显著调节了该效应的边际强度，稳健性检验亦支持上述结论。",
]


@pytest.mark.parametrize("texts_", [ENGLISH, CHINESE])
def test_a_harder_text_needs_more_years_of_school_and_scores_lower(texts_: list[str]) -> None:
    found = [readability(text) for text in texts_]
    assert [r.school_years for r in found] == sorted({r.school_years for r in found})
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    assert found[0].school_years < 4
    assert found[-1].school_years > 13


def test_links_tags_and_emoji_do_not_change_how_hard_a_text_is() -> None:
    bare = readability("Join us on Saturday for a free tasting.")
    dressed = readability("Join us on Saturday 🎉 for a free tasting. https://example.com/a-long-address #LumenTea")
    assert dressed == bare


@pytest.mark.parametrize(
    "text", ["🎉" * 9_000, " \n" * 20_000 + "x", "#tea " * 5_000, "茶很好" * 3_000, "Nice. " * 3_000]
)
def test_a_strange_long_text_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    readability(text)
    mood(text)
    keywords(text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉", "#tag https://example.com", "\u200b"])
def test_a_text_without_words_has_measures_too(text: str) -> None:
    assert readability(text).score == 100
    assert mood(text).label in {"neutral", "positive"}
    assert emotion(text).strongest == ""
    assert isinstance(keywords(text), list)


def test_sentences_end_where_a_reader_ends_them() -> None:
    assert texts.sentences("Dr. Smith came at 3 p.m. today. Tea is 3.50 at lumen.tea. “Go!” he said.") == [
        "Dr. Smith came at 3 p.m. today.",
        "Tea is 3.50 at lumen.tea.",
        "“Go!” he said.",
    ]
    assert texts.sentences("今天开业！价格3.5元；你来吗？“好。”") == ["今天开业！", "价格3.5元；", "你来吗？", "“好。”"]


@pytest.mark.parametrize(
    ("text", "language", "chinese"),
    [
        ("Hello 你好", "zh", True),
        ("Our shop on 海港街 is open until eight", "en", False),
        ("来 Harbour Street 喝茶吧", "zh", True),
        ("123", "zh-Hans", True),
        ("123", "en", False),
    ],
)
def test_the_letters_tell_the_language(text: str, language: str, chinese: bool) -> None:
    assert texts.is_chinese(text, language) is chinese


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("We love this wonderful tea!", "positive"),
        ("This is not good, sorry for the delay.", "negative"),
        ("The shop opens at nine.", "neutral"),
        ("太开心了，谢谢大家！", "positive"),
        ("一点也不好吃，太失望了", "negative"),
        ("今天周六下午三点开门", "neutral"),
        ("不好意思，请问几点开门", "neutral"),
        ("服务很好，但是茶太难喝了，气死我了", "negative"),
        ("不难过，一起加油", "positive"),
        ("好久没来了", "neutral"),
    ],
)
def test_the_mood_of_a_text(text: str, label: str) -> None:
    found = mood(text)
    assert found.label == label
    assert -1 <= found.score <= 1


def test_more_feeling_is_more_mood() -> None:
    assert mood("非常开心").score > mood("开心").score > mood("有点开心").score > 0
    assert mood("不开心").score < 0


@pytest.mark.parametrize(
    ("text", "strongest"),
    [
        ("We celebrate with our happy guests.", "joy"),
        ("Sorry, we regret the loss.", "sadness"),
        ("Beware: this is a dangerous threat.", "fear"),
        ("What an outrageous, unacceptable scam.", "anger"),
        ("没想到竟然收到惊喜！", "surprise"),
        ("太生气了，骗子，我要投诉", "anger"),
        ("好害怕，好紧张", "fear"),
        ("伤心难过，想哭", "sadness"),
        ("敬请期待，拭目以待", "anticipation"),
    ],
)
def test_the_strongest_emotion(text: str, strongest: str) -> None:
    found = emotion(text)
    assert found.strongest == strongest
    assert sum(found.shares.values()) == pytest.approx(1, abs=0.01)


def test_a_negated_word_carries_no_emotion() -> None:
    assert emotion("Do not worry.").strongest == ""
    assert emotion("不害怕").strongest == ""


def test_keywords_are_what_the_text_is_about() -> None:
    english = keywords("Join us for an oolong tasting in the Harbour Street shop. The oolong tastes of chestnut. #Tea")
    assert english[0].word == "oolong"
    assert (english[0].count, english[0].weight) == (2, 1.0)
    assert "harbour street" in [k.word for k in english]
    assert not {"join", "us", "the"} & {w for k in english for w in k.word.split()}
    chinese = keywords("秋天的乌龙茶到了！来店里一起泡一壶乌龙茶。", "zh", 3)
    assert chinese[0].word == "乌龙茶"
    assert chinese[0].density > chinese[1].density > 0


def test_a_keyword_is_found_in_any_case_and_number() -> None:
    assert kw.of("Two Tastings and one tasting.", "tasting") == (2, 0.4)
    assert kw.of("Contest tastes", "test")[0] == 0
    assert kw.of("品茶会就是品茶", "品茶", "zh")[0] == 2


def test_hashtags_and_links_of_every_way_to_write_them() -> None:
    text = "Come #LumenTea #春茶# and #1 https://example.com/a#frag 见 lumen.tea。"
    assert [t.text for t in texts.hashtags(text)] == ["LumenTea", "春茶"]
    assert [text[a:b] for a, b in (t.span for t in texts.hashtags(text))] == ["#LumenTea", "#春茶#"]
    assert [t.text for t in texts.links(text)] == ["https://example.com/a#frag", "lumen.tea"]


def test_an_emoji_of_several_characters_is_one() -> None:
    assert [m.text for m in texts.emoji("👩‍👩‍👧 🇬🇧 👍🏽 1️⃣")] == ["👩‍👩‍👧", "🇬🇧", "👍🏽", "1️⃣"]
    runs = texts.emoji_runs("Hi 🎉🎉 there 🎉 🎉🎉")
    assert [(r.count, r.span) for r in runs] == [(3, (12, 16))]
    assert [m.text for m in texts.emoji_within("I ❤️ tea 🍵")] == ["❤️"]


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("wearethechampions", "WeAreTheChampions"),
        ("teatasting", "TeaTasting"),
        ("autumnoolong", "AutumnOolong"),
        ("harbourstreet", "HarbourStreet"),
    ],
)
def test_a_hashtag_of_several_words_is_taken_apart(tag: str, written: str) -> None:
    assert [m.text for m in texts.run_together(f"Come! #{tag}")] == [tag]
    assert texts.camel_case(tag) == written


@pytest.mark.parametrize("tag", ["photography", "TeaTasting", "tea", "春茶会", "sustainability", "wellbeing"])
def test_a_hashtag_of_one_word_stays(tag: str) -> None:
    assert texts.run_together(f"#{tag}") == []


def test_shouting_is_counted() -> None:
    assert [m.text for m in texts.capitals("SALE at the BBC, see https://EXAMPLE.COM/NOW")] == ["SALE"]
    assert texts.exclamations("Now! 来！‼") == 3


def test_measuring_writes_and_shares_nothing() -> None:
    """jieba would keep its dictionary in the temp folder, where anybody may have put one, and log to the terminal."""
    code = (
        "import tempfile, pathlib, sys; folder = tempfile.mkdtemp(); tempfile.tempdir = folder;"
        "from bot.insight import keywords, readability; import logging;"
        "assert 'jieba' not in sys.modules; keywords('秋天的乌龙茶到了'); readability('秋天的乌龙茶到了');"
        "print(list(pathlib.Path(folder).iterdir()), logging.getLogger('jieba').handlers)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[] []\n", "")
