"""How far a text is from a brand's voice: in its own terms, sentence by sentence, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import words
from bot.insight import alike, habits
from bot.insight.voice import LEAST, Profile, Sample, Voice

DATA = Path(__file__).parents[1] / "bench" / "data" / "voice"


@pytest.fixture(autouse=True)
def _english() -> Any:
    words.set_language("en")
    yield
    words._catalogue = None


def posts(lang: str, name: str = "kestrel") -> list[str]:
    found: list[str] = yaml.safe_load((DATA / f"{lang}.yaml").read_text(encoding="utf-8"))["brands"][name]
    return found


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    return {lang: Profile([Sample(t) for t in posts(lang)], lang) for lang in ("en", "zh")}


def why(voice: Voice, text: str) -> dict[str, list[str]]:
    return {text[slice(*odd.span)]: list(odd.why) for odd in voice.odd}


def test_too_few_texts_are_no_voice() -> None:
    with pytest.raises(ValueError, match=str(LEAST - 1)):
        Profile([Sample("Tea.")] * (LEAST - 1), "en")


def test_one_s_own_spread_is_the_measure(profiles: dict[str, Profile]) -> None:
    spread = profiles["en"].spread
    assert list(spread) == sorted(spread)
    assert len(spread) == 30
    assert all(0 <= x <= 1 for x in spread)
    # About half of the own posts are nearer than the middle.
    assert 8 <= sum(x < 0.5 for x in spread) <= 22


ODD = [
    ("en", "The Huila is back!! We open at nine.", "The Huila is back!!", "exclamation marks: 2; as many in 0 of"),
    ("en", "The Huila is back. Come and see 😀🎉.", "Come and see 😀🎉.", "emoji: 2; as many in 0 of your 30"),
    ("en", "We are delighted to facilitate a tasting.", "We are delighted to facilitate a tasting.", "“facilitate”"),
    ("en", "SALE today. We open at nine.", "SALE today.", "words in capitals: 1"),
    ("zh", "惠兰又到了。亲们快来呀！", "亲们快来呀！", "“呀”"),
    ("zh", "惠兰又到了。敬请光临～", "敬请光临～", "“敬请”"),
    ("zh", "惠兰又到了！！！周二开门。", "惠兰又到了！！！", "exclamation marks: 3"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "sentence", "said"), ODD)
def test_an_odd_sentence_is_named_with_the_reason(
    profiles: dict[str, Profile], lang: str, text: str, sentence: str, said: str
) -> None:
    found = why(profiles[lang].measure(Sample(text)), text)
    assert list(found) == [sentence]
    assert any(said in reason for reason in found[sentence])


def test_a_long_sentence_is_told_by_the_brand_s_own(profiles: dict[str, Profile]) -> None:
    text = "We open at nine. " + " and ".join(["the beans from the farm by the river are roasted"] * 4) + "."
    [(_, [reason, *_])] = why(profiles["en"].measure(Sample(text)), text).items()
    assert reason == "longer than 99 % of your sentences"


def test_hashtags_are_judged_for_the_whole_text(profiles: dict[str, Profile]) -> None:
    found = profiles["en"].measure(Sample("The Huila is back. #Coffee #Huila #Fresh"))
    assert found.remarks == ("hashtags: 3; as many in 0 of your 30 texts",)
    assert found.odd == ()
    tagged = Profile([Sample(f"{t} #Tea") for t in posts("en")], "en")
    assert tagged.measure(Sample("The Huila is back.")).remarks == ("no hashtag; 0 of your 30 texts have none",)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_own_posts_are_seldom_called_odd(lang: str) -> None:
    every = posts(lang)
    odd = 0
    for n, text in enumerate(every):
        rest = Profile([Sample(t) for t in [*every[:n], *every[n + 1 :]]], lang)
        odd += bool(rest.measure(Sample(text)).odd)
    assert odd <= len(every) // 3


def test_a_sentence_unlike_all_others_is_told_by_meaning() -> None:
    """Vectors of two directions: the brand's sentences point one way, a stranger's another."""
    texts = posts("en")

    def vectors(text: str, value: tuple[float, ...]) -> list[tuple[float, ...]]:
        return [value for _ in habits.sentences(text)]

    own = [Sample(t, vectors(t, (1.0, 0.01 * n, 0.0))) for n, t in enumerate(texts)]
    profile = Profile(own, "en")
    text = "The Huila is back. The moon is far."
    near, far = (1.0, 0.1, 0.0), (0.0, 0.0, 1.0)
    found = profile.measure(Sample(text, [near, far]))
    assert why(found, text) == {"The moon is far.": ["no sentence like this in 30 texts"]}
    assert set(found.parts) == {"habits", "letters", "meaning"}
    assert found.distance > profile.measure(Sample(text, [near, near])).distance
    assert profile.measure(Sample(text, [near])).parts.keys() == {"habits", "letters"}


def test_nothing_breaks_on_strange_texts(profiles: dict[str, Profile]) -> None:
    for text in ("", " ", "#Tag #Other", "😀", "https://x.example", "a" * 3000, "\n\n", "1 2 3", "é́́"):
        for profile in profiles.values():
            assert 0 <= profile.measure(Sample(text)).distance <= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One. Two!\nThree", ["One.", "Two!", "Three"]),
        ("周一休息。周二见！", ["周一休息。", "周二见！"]),
        ("Tea is here. #Tea #Oolong", ["Tea is here."]),
        ("Yes. Yes. Yes.", ["Yes.", "Yes.", "Yes."]),
        ("#Tag", []),
    ],
)
def test_sentences_have_their_places(text: str, said: list[str]) -> None:
    assert [text[a:b] for a, b in habits.sentences(text)] == said


def test_likeness_grows_with_shared_letters_and_knows_the_model_s_floor() -> None:
    a, b = "The last of the cold brew is gone.", "Our mugs are blue."
    assert alike.likeness(a, a, 1.0) == 1.0
    assert alike.likeness(a, b, 0.8, floor=0.8) < 0.3
    assert alike.likeness(a, b, 0.9, floor=0.8) == pytest.approx(0.5, abs=0.1)
    assert alike.likeness(a, a.upper() + " #Brew", 0.5) > 0.9
    assert alike.shared("冷萃结束了", "冷萃今年结束了") > 0.5 > alike.shared("冷萃结束了", "周一休息")
