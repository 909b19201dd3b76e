"""Every kind of content: its file is whole, its prompt and a recorded answer render to their goldens, its example fits.

``python -m tests.prompts.kinds_at_work`` writes the goldens anew.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.agent import kind_checks, kind_schema, kinds
from bot.agent.kind_schema import example, only
from bot.errors import NotFound, PromptError
from tests.prompts import kinds_at_work as work

NAMES = kinds.names()
DOCUMENTS = [name for name in NAMES if not kinds.load(name).is_post]
LANGS = list(work.TAGS)


def test_there_are_all_kinds_and_posts_come_first() -> None:
    posts = ["post", "comment_starter", "holding_statement", "reply", "thread"]
    documents = [
        "ad_copy", "article", "blog_titles", "campaign", "influencer_brief", "newsletter", "outline", "summary",
        "video_script",
    ]  # fmt: skip
    assert posts == [*NAMES[:1], *sorted(NAMES[1:5])]
    assert documents == sorted(DOCUMENTS)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", [n for n in NAMES if n != "post"])
def test_what_a_model_is_sent_is_its_golden(name: str, lang: str) -> None:
    golden = work.GOLDEN / f"{name}.{lang}.txt"
    assert work.conversation(kinds.load(name), lang) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_recorded_answer_passes_and_becomes_its_golden(name: str, lang: str) -> None:
    text, done, _ = work.play(kinds.load(name), lang)
    assert done.notes == []
    assert text == (work.GOLDEN / f"{name}.{lang}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_its_own_example_fits_its_schema(name: str, lang: str) -> None:
    kind, language = kinds.load(name), work.TAGS[lang]
    turns = kind.prompt.turns(language=language, form="")
    body = example(turns[-1][1])
    formats = [one for one in kind.formats if lang in (one.languages or (lang,))]
    for fields in [one.fields for one in formats] or [kinds.model_fields(kind.fields)]:
        material = kind_checks.Material(turns[-2][1], "", language)
        found = kind_checks.problems(fields, only(fields, body), ["distinct", "speakable"], material)
        assert [p.text for p in found] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_never_changes_is_short(name: str) -> None:
    """Read once by a model that reads 20 tokens a second; then its cache holds it."""
    kind = kinds.load(name)
    for lang, most in (("en", 1000), ("zh", 420)):
        if kind.is_post:
            turns = kind.prompt.turns(**{**kind.prompt.example, "language": work.TAGS[lang]})[:-1]
        else:
            turns = kind.prompt.turns(language=work.TAGS[lang], form="")
        assert sum(len(text) for _, text in turns) < most


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_text_has_its_words_and_limits_in_both_languages(name: str) -> None:
    kind = kinds.load(name)

    def look(fields: tuple[kinds.Field, ...]) -> None:
        for f in fields:
            assert set(f.what) == set(f.label) == {"en", "zh"}, f.name
            if f.type in ("text", "list") and not f.by:
                assert 0 < f.goal("zh") <= f.most("zh"), f.name
                assert 0 < f.goal("en") <= f.most("en"), f.name
            look(f.of)

    look(kind.fields)
    for one in kind.formats:
        look(one.fields)
        assert one.source.startswith("https://")
        assert one.read.startswith("20")


def test_advertisements_keep_the_limits_that_the_platforms_publish() -> None:
    formats = {f.name: {g.name: (g.most("zh"), g.unit) for g in f.fields} for f in kinds.load("ad_copy").formats}
    assert formats["google_search"]["headlines"] == (30, "width")
    assert formats["google_search"]["descriptions"] == (90, "width")
    assert formats["x"] == {"headline": (70, "weighted"), "body": (257, "weighted")}
    assert formats["wechat_moments"]["body"] == (40, "characters")
    assert formats["xiaohongshu"]["headline"] == (20, "characters")
    assert formats["meta_feed"]["body"] == (125, "characters")
    assert formats["linkedin"]["headline"] == (70, "characters")


def test_formats_are_those_of_the_language_unless_named() -> None:
    kind = kinds.load("ad_copy")
    assert [f.name for f in kind.usual_formats("en-GB")] == ["meta_feed", "google_search"]
    assert [f.name for f in kind.usual_formats("zh-Hans")] == ["xiaohongshu", "wechat_moments"]
    assert [f.name for f in kind.usual_formats("de")] == ["meta_feed", "google_search"]
    with pytest.raises(NotFound, match="It has: meta_feed"):
        kind.format("metafeed")


def test_an_unknown_kind_names_the_nearest_and_all() -> None:
    with pytest.raises(NotFound, match=r"Did you mean `article`.*There are: post, .*blog_titles"):
        kinds.load("artikle")
    with pytest.raises(NotFound, match="Did you mean `video_script`"):
        kinds.load("video script")


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ({"label": {"en": "x"}}, "label must be given in en and zh"),
        ({"delivers": "letter"}, "delivers must be post or document"),
        ({"checks": ["magic"]}, "the check magic is not known"),
        ({"colour": "red"}, "colour is not known"),
        ({"fields": [{"name": "a", "what": "b"}]}, "field a: max is missing"),
        ({"fields": [{"name": "a", "what": "b", "type": "list", "max": 5}]}, r"items must be \[fewest, most\]"),
        ({"fields": [{"name": "a", "what": "b", "by": "nobody"}]}, "by must be one of never_rules"),
        ({"fields": [{"name": "a", "what": "b", "max": 5, "type": "tree"}]}, "type must be one of text"),
        ({"formats": {"f": {"label": "F", "fields": []}}}, "format f lacks 'source'"),
    ],
)
def test_a_wrong_kind_is_refused_in_words(front: dict[str, object], said: str) -> None:
    prompt = kinds.load("outline").prompt
    with pytest.raises(PromptError, match=said):
        kinds.of_front("outline", replace(prompt, kind={**prompt.kind, **front}))


def test_another_schema_is_another_version() -> None:
    """The schema is sent with the text, so the lock covers both."""
    from bot import prompting

    text = (prompting.FOLDER / "kinds" / "outline.md").read_text(encoding="utf-8")
    one, other = (prompting.parse("kinds/outline", t) for t in (text, text.replace("items: [3, 5]", "items: [3, 6]")))
    assert one.hash == kinds.load("outline").prompt.hash
    assert one.hash != other.hash


def test_lengths_are_counted_as_each_place_counts() -> None:
    assert kind_schema.length("秋乌龙 tea", "characters") == 7
    assert kind_schema.length("秋乌龙 tea", "width") == 10
    assert kind_schema.length("秋 https://tickets.example.com/a/very/long/path", "weighted") == 2 + 1 + 23


def test_the_form_tells_lengths_as_people_count() -> None:
    fields = kinds.load("outline").fields
    assert "- promise: what the reader can do or knows afterwards, one sentence, at most 26 words" in kind_schema.form(
        fields, "en"
    )
    assert "  - heading：小标题，最多 16 字" in kind_schema.form(fields, "zh-Hans")


def test_a_gist_that_says_a_point_again_is_handed_back_and_not_cut() -> None:
    kind, found = kinds.load("summary"), work.recorded("summary")
    point = work.reading.Point(found["points"]["zh"][0]["text"], found["source"]["zh"])
    echo = {"title": "井巷的新规定", "gist": f"{point.text}请看原文。"}
    model, scripted = work.connected(*(work.call("write", citations=[], **echo) for _ in range(3)))
    done = work.written(work.wish(kind, "zh", found["brief"]["zh"], (point,)), model)
    assert len(scripted.sent) == 3
    assert "was said before" in " ".join(done.notes)
    assert done.body["gist"] == echo["gist"]
