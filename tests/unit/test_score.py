"""The score of a text: its parts move the right way, in both languages, and say why."""

from __future__ import annotations

import pytest

from bot.insight.asking import calls_to_action
from bot.insight.changes import changes
from bot.insight.headline import headline, opening
from bot.insight.score import Goal, measure

GOOD = (
    "Free oolong tasting this Saturday! Join us on 3 October at 3 pm in the Harbour Street shop. It tastes of chestnut "
    "and honey. Book your seat today. #LumenTea"
)
BAD = (
    "We are pleased to announce that in consideration of seasonal availability our establishment will commence the "
    "commercial distribution of autumn oolong varieties!!!! #lumenteaautumn #tea #deals #autumn 🎉🎉🎉🎉"
)
GOOD_ZH = "秋天的乌龙茶到了！周六下午三点，来海港街店里一起泡一壶吧。免费品尝，带着淡淡的栗子香，你会喜欢的。#秋茶#"
BAD_ZH = (
    "近日，本公司根据市场需求情况，对现有产品结构进行了优化调整，并将于近期推出系列化乌龙茶产品组合以满足消费者日益增长的多元化"
    "品质需求！！！！😀😀😀😀"
)


def part(text: str, name: str, **goal: object) -> int:
    found = measure(text, Goal(**goal)).part(name)  # type: ignore[arg-type]
    assert found is not None
    assert 0 <= found.score <= 100
    assert found.why
    assert found.fix or found.score >= 95
    return found.score


@pytest.mark.parametrize(
    ("good", "bad", "language", "tags"), [(GOOD, BAD, "en", ("#LumenTea",)), (GOOD_ZH, BAD_ZH, "zh-Hans", ("秋茶",))]
)
def test_a_good_post_scores_more_than_a_pompous_one_in_every_part_that_tells_them_apart(
    good: str, bad: str, language: str, tags: tuple[str, ...]
) -> None:
    goal = Goal(language=language, hashtags=tags, limit=300)
    better, worse = measure(good, goal), measure(bad, goal)
    assert better.score >= 85
    assert worse.score <= 65
    for name in ("title", "readability", "hashtags", "call", "accessibility", "tone"):
        one, other = better.part(name), worse.part(name)
        assert one is not None
        assert other is not None
        assert one.score > other.score, name


def test_the_weights_make_the_score() -> None:
    report = measure(GOOD, Goal(language="en"))
    assert sum(p.weight for p in report.parts) == 100
    assert report.score == round(sum(p.score * p.weight for p in report.parts) / 100)


@pytest.mark.parametrize("text", ["", "  \n", "🎉", "#tag", "https://example.com"])
def test_no_text_scores_nothing(text: str) -> None:
    assert measure(text, Goal()).score == 0


def test_what_the_platform_does_not_take_is_no_text_yet() -> None:
    goal = Goal(language="en", limit=40)
    assert measure(GOOD, goal).score < 50
    assert part(GOOD, "length", language="en", limit=40) == 0
    assert "too long" in next(p.fix for p in measure(GOOD, goal).parts if p.name == "length")
    # In the platform's own counting: two for each character.
    assert part("Come and taste the new tea with us on Saturday at three, it is free for all.", "length", limit=100) > 0
    twice = Goal(limit=100, count=lambda text: 2 * len(text))
    assert measure("Come and taste the new tea with us on Saturday at three, it is free for all.", twice).score < 50


def test_each_part_of_a_thread_is_held_to_the_limit() -> None:
    goal = Goal(kind="thread", language="en", limit=120)
    assert measure((GOOD[:100], GOOD[:110]), goal).score > 49
    assert measure(("Short.", GOOD), goal).score <= 49


def test_named_keywords_are_wanted_early_and_not_too_often() -> None:
    words = {"language": "en", "keywords": ("oolong", "chestnut")}
    assert part(GOOD, "keywords", **words) == 100
    assert part(GOOD.replace("chestnut", "nuts"), "keywords", **words) == 50
    late = "Come to us on Saturday. There is a free tasting of oolong with a note of chestnut."
    assert part(late, "keywords", **words) == 85
    stuffed = "Oolong, oolong, oolong: our oolong shop sells oolong. Chestnut."
    assert part(stuffed, "keywords", **words) < 100


@pytest.mark.parametrize(
    ("tone", "warm", "sad", "better"),
    [
        ("positive", "We love our wonderful guests!", "Sorry, we must close: a terrible loss.", True),
        ("neutral", "The shop is open until six.", "We love, love our wonderful amazing guests!", True),
        ("sadness", "We are so sorry for your loss.", "We celebrate with joy.", True),
        ("trust", "We promise: safe, tested and reliable.", "Surprise, what a secret!", True),
    ],
)
def test_the_tone_is_held_against_what_is_intended(tone: str, warm: str, sad: str, better: bool) -> None:
    assert (part(warm, "tone", tone=tone) > part(sad, "tone", tone=tone)) is better


def test_the_brands_style_sets_the_bounds() -> None:
    assert part("Hello there!!! Come and see.", "tone", most_exclamations=3) == 100
    assert part("Hello there!!! Come and see.", "tone", most_exclamations=0) < 100
    assert part("Come #A #B", "hashtags", most_hashtags=2) > part("Come #A #B", "hashtags", most_hashtags=1)
    assert part("Come and see us.", "hashtags", most_hashtags=0) == 100
    assert part("Come #Tea", "hashtags", hashtags=("Tea",)) > part("Come #Deals", "hashtags", hashtags=("Tea",))
    assert part(BAD, "readability", school_years=20) > part(BAD, "readability", school_years=6)


def test_a_picture_needs_its_alt_text() -> None:
    assert part(GOOD, "accessibility", alts=("A cup",)) == 100
    assert part(GOOD, "accessibility", alts=("",)) == 60
    assert part("𝐁𝐢𝐠 𝐬𝐚𝐥𝐞 today, come by.", "accessibility") < 100


@pytest.mark.parametrize(
    ("strong", "weak"),
    [
        ("7 ways to brew oolong at home", "Oolong"),
        ("How to keep your tea fresh for a year", "You won't believe what this tea did"),
        ("Meet the growers of our autumn oolong", "We are pleased to announce our new product range"),
        ("新手泡乌龙茶，记住这3步就够了", "震惊！竟然还能这样喝"),
        ("秋茶上新：3款乌龙茶免费品尝", "关于公司近期产品调整的通知"),
    ],
)
def test_a_strong_title_beats_a_weak_one(strong: str, weak: str) -> None:
    assert headline(strong).score >= headline(weak).score + 20
    assert measure(strong, Goal("title")).score > measure(weak, Goal("title")).score


def test_the_opening_is_the_heading_or_the_first_sentence() -> None:
    assert opening("# Our autumn\n\nTea is here.") == "Our autumn"
    assert opening("\n🎉\nTea is here! Come.") == "Tea is here!"


@pytest.mark.parametrize(
    "text",
    [
        "Join us.", "It is here. Come and taste!", "What do you think?", "Please book a seat", "快来品尝吧",
        "欢迎预约", "点击链接了解更多", "周六来店里一起泡茶吧", "评论区告诉我们",
    ],
)  # fmt: skip
def test_a_call_to_action_is_seen(text: str) -> None:
    assert calls_to_action(text)


@pytest.mark.parametrize(
    "text", ["The tea has come.", "We joined them.", "It is a book.", "秋天的茶很香。", "店里来了新茶"]
)
def test_what_asks_for_nothing_is_none(text: str) -> None:
    assert calls_to_action(text) == []


def test_a_reply_and_a_statement_need_no_hashtag_and_no_call() -> None:
    for kind in ("reply", "holding_statement"):
        names = {p.name for p in measure("We are looking into it and will tell you by noon.", Goal(kind)).parts}
        assert not names & {"hashtags", "call"}


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Our oolong, at 3 pm.", "Oolong is here at 3 pm.", "[-Our oolong,-]{+Oolong is here+} at 3 pm."),
        ("秋天的茶到了", "秋茶到了", "秋[-天的-]茶到了"),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
    ],
)
def test_changes_are_shown_by_words_and_by_characters(before: str, after: str, shown: str) -> None:
    found = changes(before, after)
    marks = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    assert "".join(marks[c.kind].format(c.text) for c in found) == shown
    assert "".join(c.text for c in found if c.kind != "new") == before
    assert "".join(c.text for c in found if c.kind != "gone") == after
