"""Comments are read without a language model: mood, intent, aspects, urgency, and the words that show it."""

from __future__ import annotations

import pytest

from bot.domain.comment import MOODS, Intent, Priority
from bot.insight import intent, language, sentiment, triage
from bot.insight.features import features, second_embedder, second_features, shipped_embedder
from bot.insight.linear import WEIGHTS, Linear, shipped
from bot.words import retold, speaking
from memory.base import EmbeddingFailed
from memory.embeddings import Usem3Embedder
from tests.bench.bench_sentiment import f1, words
from tests.bench.train_sentiment import rows


@pytest.fixture(scope="module")
def unseen() -> list[tuple[str, str, str, str]]:
    return rows("unseen")


@pytest.fixture(scope="module")
def found(unseen: list[tuple[str, str, str, str]]) -> list[triage.Read]:
    return triage.read([row[3] for row in unseen])


@pytest.mark.parametrize("tag", ["en", "zh"])
def test_moods_of_unseen_texts_are_told_better_than_by_a_list_of_words(tag, unseen, found) -> None:
    mine = [n for n, row in enumerate(unseen) if row[0] == tag]
    said = [unseen[n][1] for n in mine]
    own = f1(said, [found[n].triage.sentiment for n in mine])
    assert own > 0.7
    assert own > f1(said, [words(unseen[n][3]) for n in mine]) + 0.2


def test_no_text_to_measure_on_was_trained_on() -> None:
    trained = {" ".join(row[3].lower().split()) for row in rows("train")}
    assert not [row[3] for row in rows("unseen") if " ".join(row[3].lower().split()) in trained]


def test_confidence_is_honest(unseen, found) -> None:
    right = [read.triage.sentiment == row[1] for read, row in zip(found, unseen, strict=True)]
    sure = [ok for ok, read in zip(right, found, strict=True) if read.triage.confidence >= 0.75]
    unsure = [ok for ok, read in zip(right, found, strict=True) if read.triage.confidence < 0.5]
    assert sum(sure) / len(sure) > 0.85 > sum(unsure) / len(unsure)


def test_a_reason_quotes_words_of_the_text(found) -> None:
    for read in found:
        start, end = read.triage.span
        assert 0 <= start <= end <= len(read.text)
        if end:
            assert " ".join(read.text[start:end].split()) in read.triage.reason
        assert -1 <= read.triage.score <= 1
        assert read.triage.sentiment in MOODS


def test_a_reason_is_told_in_the_readers_language() -> None:
    reason = sentiment.classify(["the soup was wonderful"])[0].reason
    with speaking("zh"):
        assert retold(reason) == "听起来是正面的：“the soup was wonderful”。"


@pytest.mark.parametrize("text", ["Thanks for nothing, you lost my bag", "呵呵，您可真行", "Great, another delay"])
def test_what_may_mean_its_opposite_is_not_settled(text: str) -> None:
    read = sentiment.classify([text])[0]
    assert read.confidence < 0.75 or read.label == "negative"
    assert read.label != "positive" or read.confidence < 0.6


def test_praise_and_blame_in_one_text_are_not_settled() -> None:
    plain, mixed = sentiment.classify(["The soup was great.", "The soup was great but the waiter was horrible."])
    assert mixed.confidence < 0.75 < plain.confidence


@pytest.mark.parametrize("text", ["", " ", "\u200b", "...", "！？"])
def test_nothing_to_read_is_neutral(text: str) -> None:
    read = triage.read([text])[0].triage
    assert (read.sentiment, read.language, read.span) == ("neutral", "und", (0, 0))


def test_order_and_number_are_kept_over_batches() -> None:
    texts = [f"parcel {n} is late again and nobody answers" if n % 2 else f"今天第{n}天，吃了面" for n in range(50)]
    found = triage.read(texts)
    assert [read.text for read in found] == texts
    assert {read.triage.language for read in found[::2]} == {"zh"}
    assert {read.triage.sentiment for read in found[1::2]} == {"negative"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Your charger caught fire on my desk", Intent.CRISIS),
        ("孩子吃了你们的饼干送急诊了", Intent.CRISIS),
        ("My lawyer will write to you", Intent.LEGAL),
        ("我已经向12315投诉", Intent.LEGAL),
        ("I'm a reporter and would like a comment", Intent.PRESS),
        ("do you ship to Norway?", Intent.QUESTION),
        ("加微信领优惠券", Intent.SPAM),
    ],
)
def test_what_must_not_be_missed_is_told_by_its_words(text: str, wanted: Intent) -> None:
    read = triage.read([text])[0].triage
    assert read.intent is wanted
    delicate = wanted in (Intent.CRISIS, Intent.LEGAL, Intent.PRESS)
    assert (read.priority is Priority.URGENT) == delicate
    assert read.urgency
    assert read.sentiment != "positive"


def test_intents_of_unseen_texts(unseen, found) -> None:
    right = sum(read.triage.intent.value == row[2] for read, row in zip(found, unseen, strict=True))
    assert right / len(unseen) > 0.6


def test_no_pattern_takes_for_ever() -> None:
    for text in ("a" * 20_000, "great, " * 3_000, "加" * 20_000, "not " * 5_000 + "good"):
        intent.by_words(text)
        sentiment.irony(text)


def test_aspects_carry_their_own_mood() -> None:
    read = triage.read(["Delivery was terrible, but the soup tasted wonderful"])[0].triage
    assert dict(read.aspects) == {"delivery": "negative", "taste": "positive"}
    assert dict(triage.read(["快递太慢了，味道很好"])[0].triage.aspects)["taste"] == "positive"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("where is my parcel", "en"), ("我的包裹呢", "zh"), ("荷物はどこですか", "ja"), ("소포 어디 있어요", "ko"),
        ("wo ist mein Paket und warum ist es nicht da", "de"), ("où est mon colis, je ne suis pas content", "fr"),
        ("iPhone 15 Pro 好用吗", "zh"), ("😀😀", "und"), ("где моя посылка", "ru"),
    ],
)  # fmt: skip
def test_languages_are_told(text: str, tag: str) -> None:
    assert language.tell(text) == tag


def test_a_classifier_survives_being_kept() -> None:
    model = shipped("sentiment")
    again = Linear.of_bytes(model.to_bytes())
    assert again.classes == model.classes
    assert abs(again.weights - model.weights).max() < 1e-3
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) < 2_000_000


def test_what_is_unsure_is_read_a_second_time_and_nothing_else(monkeypatch, unseen) -> None:
    texts = [row[3] for row in unseen]
    languages = [row[0] for row in unseen]
    rows = features(texts, languages, shipped_embedder())
    first = sentiment.chances(rows)
    asked: list[str] = []
    second = second_embedder()

    class Listening:
        name = second.name

        def beside(self, given, known):
            asked.extend(given)
            return second.beside(given, known)

    monkeypatch.setattr(sentiment, "second_embedder", Listening)
    again = first.copy()
    sentiment.look_again(texts, rows, again)
    unsure = {n for n, row in enumerate(first) if row.max() < sentiment.UNSURE}
    assert 5 < len(unsure) < len(texts) // 2
    assert asked == [texts[n] for n in sorted(unsure)]
    for n, (before, after) in enumerate(zip(first, again, strict=True)):
        assert (before != after).any() == (n in unsure)
        assert after.sum() == pytest.approx(1, abs=1e-5)


def test_the_sentence_encoder_reads_each_text_once(monkeypatch, unseen) -> None:
    texts = [row[3] for row in unseen]
    asked: list[str] = []
    embed = Usem3Embedder.embed

    def listening(self, given):
        asked.extend(given)
        return embed(self, given)

    monkeypatch.setattr(Usem3Embedder, "embed", listening)
    triage.read(texts)
    assert asked == texts
    asked.clear()
    sentiment.classify(texts)
    assert asked == texts


def test_what_the_second_classifier_reads_is_what_it_was_trained_on(unseen) -> None:
    texts, languages = [row[3] for row in unseen[:40]], [row[0] for row in unseen[:40]]
    second = second_embedder()
    rows = features(texts, languages, shipped_embedder())
    assert abs(second_features(texts, rows, second) - features(texts, languages, second)).max() < 1e-5


def test_a_brands_own_reader_is_not_overruled(unseen) -> None:
    texts, languages = [row[3] for row in unseen], [row[0] for row in unseen]
    rows = features(texts, languages, shipped_embedder())
    found = sentiment.chances(rows)
    before = found.copy()
    sentiment.look_again(texts, rows, found, range(len(texts)))
    assert (found == before).all()


def test_without_the_second_encoder_the_first_classifier_stands(monkeypatch, unseen) -> None:
    class Missing:
        name = "missing"

        def beside(self, given, known):
            raise EmbeddingFailed("not installed")

    monkeypatch.setattr(sentiment, "second_embedder", Missing)
    texts, languages = [row[3] for row in unseen], [row[0] for row in unseen]
    rows = features(texts, languages, shipped_embedder())
    found = sentiment.chances(rows)
    before = found.copy()
    sentiment.look_again(texts, rows, found)
    assert (found == before).all()
    assert triage.read(texts[:3])[0].triage.sentiment in MOODS
