"""The brand's own words: what is live, remembered and saved, found again, told apart and judged by."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import own_words
from bot.domain.brand import Rule, RuleBook, RuleKind, SavedReply
from bot.errors import BadInput
from bot.own_words.corpus import worth_of
from bot.store import own
from bot.store.own import Own
from bot.store.tables import reading
from bot.workflow import measure, undo
from memory.in_memory import InMemory, TinyEmbedder
from tests.world import RULES, World, brand

DATA = Path(__file__).parents[1] / "bench" / "data" / "voice"


@pytest.fixture
def embedder(world: World) -> TinyEmbedder:
    """The memory in this process, with a model that counts what it embeds."""
    made = TinyEmbedder()
    world.app.__dict__["memory"] = InMemory(made)
    return made


@pytest.fixture
def kestrel() -> dict[str, Any]:
    return {lang: yaml.safe_load((DATA / f"{lang}.yaml").read_text(encoding="utf-8")) for lang in ("en", "zh")}


def publish(world: World, *texts: str, account: str = "sandbox:main", **given: Any) -> str:
    post = world.approve(world.draft(*texts, account=account, **given))
    world.drain(account)
    assert world.states(post.id) == ["live"] * len(texts)
    return post.id


def bring(world: World, tmp_path: Path, *texts: str, name: str = "old.jsonl", **given: Any) -> own_words.Report:
    row = {"date": "2026-01-05", "account": "sandbox:main", "language": "en", **given}
    lines = [json.dumps({**row, "text": text}, ensure_ascii=False) for text in texts]
    (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    return own_words.remember(world.app, tmp_path / name, "li")


def found(world: World, query: str, shelf: str = "posts") -> list[str]:
    own_words.refresh(world.app)
    return [hit.text for hit in world.app.memory.shelf(shelf).search("lumen", query)]


# --- the collections ---------------------------------------------------------------------------------------


def test_what_is_live_is_remembered_and_what_is_taken_down_is_not(world: World, embedder: TinyEmbedder) -> None:
    post_id = publish(world, "The autumn oolongs are here.")
    world.draft("A draft that nobody signed.")
    assert found(world, "autumn oolongs") == ["The autumn oolongs are here."]
    [hit] = world.app.memory.shelf("posts").search("lumen", "autumn oolongs")
    assert (hit.id, hit.metadata["provenance"], hit.metadata["kind"]) == (post_id, "brand", "post")
    assert str(hit.metadata["file"]).startswith("sandbox://")
    # Rules are elsewhere, and rules are not there.
    assert world.app.memory.search("lumen", "autumn oolongs") == []
    before = embedder.count
    own_words.refresh(world.app)
    assert embedder.count == before
    publish(world, "Closed on Monday.")
    own_words.refresh(world.app)
    assert embedder.count == before + 1
    undo.undo(world.desk, world.post(post_id).draft_id, "sam")
    assert found(world, "autumn oolongs") == ["Closed on Monday."]


def test_saved_answers_and_replies_that_went_live_are_a_collection_of_their_own(
    world: World, embedder: TinyEmbedder
) -> None:
    world.learn(brand(replies=(SavedReply("hours", "When are you open?", "From ten to six.", "en"),)))
    parent = world.app.sandbox.post("ada.fan.sandbox", "Do you ship to Oslo?")
    publish(world, "We do, within ten days.", reply_parent=parent.id)
    publish(world, "The autumn oolongs are here.")
    assert set(found(world, "when are you open", "replies")) == {"From ten to six.", "We do, within ten days."}
    assert found(world, "when are you open", "replies")[0] == "From ten to six."
    assert found(world, "oolongs") == ["The autumn oolongs are here."]


def test_two_brands_do_not_share_their_words(world: World, embedder: TinyEmbedder) -> None:
    publish(world, "The autumn oolongs are here.")
    own_words.refresh(world.app)
    assert world.app.memory.shelf("posts").search("other", "oolongs") == []
    with world.db.read() as conn:
        assert own.live(conn, "other") == []


# --- texts from before -------------------------------------------------------------------------------------


def read(world: World, tmp_path: Path, name: str, text: str) -> own_words.Report:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return own_words.remember(world.app, tmp_path / name, "li")


def kept(world: World) -> list[Own]:
    with world.db.read() as conn:
        return own.known(conn, "lumen")


FORMS = {
    "old.csv": (
        "date,account,text,language,likes,views,url\n"
        '2026-03-01,sandbox:main,"Spring teas, two of them.\nOpen till six.",en,"1,204",9000,https://x.example/1\n'
        "2026-03-02 09:30,sandbox:cn,春茶到了。,,,,\n"
    ),
    "old.md": (
        "# Old posts\n\n## 2026-03-01 sandbox:main en\nlikes: 1204\nviews: 9000\nurl: https://x.example/1\n\n"
        "Spring teas, two of them.\nOpen till six.\n\n## 2026-03-02 09:30 sandbox:cn zh-Hans\n\n春茶到了。\n"
    ),
    "old.jsonl": (
        '{"date": "2026-03-01", "account": "sandbox:main", "text": "Spring teas, two of them.\\nOpen till six.", '
        '"language": "en", "likes": 1204, "views": "9000", "url": "https://x.example/1"}\n\n'
        '{"日期": "2026年3月2日 09:30", "账号": "sandbox:cn", "正文": "春茶到了。"}\n'
    ),
    "zh.csv": (
        "\ufeff日期;账号;内容;语言;点赞;浏览量;链接\n"
        '2026/3/1;sandbox:main;"Spring teas, two of them.\nOpen till six.";en;1204;9000;https://x.example/1\n'
        "2026-03-02T09:30+08:00;sandbox:cn;春茶到了。;zh-Hans;;-;\n"
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_file_of_old_posts_is_read_in_each_form(world: World, tmp_path: Path, name: str) -> None:
    report = read(world, tmp_path, name, FORMS[name])
    assert (report.added, report.problems) == (2, ())
    second, first = kept(world)
    assert first.text == "Spring teas, two of them.\nOpen till six."
    assert (first.account, first.language, first.url) == ("sandbox:main", "en", "https://x.example/1")
    assert (first.likes, first.replies, first.views) == (1204, None, 9000)
    # Midnight in Berlin, half past nine in Shanghai.
    assert first.at.isoformat() == "2026-02-28T23:00:00+00:00"
    assert (second.text, second.language) == ("春茶到了。", "zh-Hans")
    assert second.at.isoformat() == "2026-03-02T01:30:00+00:00"
    again = read(world, tmp_path, name, FORMS[name])
    assert (again.added, len(again.skipped)) == (0, 2)
    assert len(kept(world)) == 2


BAD = {
    "2026-02-30,sandbox:main,Tea.,en,": "is no date",
    "soon,sandbox:main,Tea.,en,": "is no date",
    "2031-01-01,sandbox:main,Tea.,en,": "still to come",
    "2026-01-01,main,Tea.,en,": "is no account",
    "2026-01-01,sandbox:main, ,en,": "no text",
    "2026-01-01,sandbox:main,Tea.,english!,": "is no language",
    "2026-01-01,weibo:old,Tea.,,": "is no language",
    "2026-01-01,sandbox:main,Tea.,en,many": "is no count",
    "2026-01-01,sandbox:main,Tea.,en,-3": "is no count",
    "2026-01-01,sandbox:main,Tea.,en,99999999999": "is no count",
}


@pytest.mark.parametrize("row", BAD)
def test_one_bad_row_and_nothing_is_taken_over(world: World, tmp_path: Path, row: str) -> None:
    text = f"date,account,text,language,likes\n2026-01-01,sandbox:main,Good.,en,\n{row}\n"
    report = read(world, tmp_path, "old.csv", text)
    assert (report.added, [p.line for p in report.problems]) == (0, [3])
    assert BAD[row] in report.problems[0].message
    assert kept(world) == []


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("old.xlsx", b"PK", "no .csv, .jsonl or .md"),
        ("old.csv", "日期".encode("gbk"), "not UTF-8"),
        ("old.csv", b"when,what\n1,2\n", "no column date, account, text"),
        ("old.csv", b"", "no column"),
        ("old.csv", b"date,account,text\n", "holds no texts"),
        ("old.jsonl", b"[1]\n", "line 1: this is no JSON object"),
        ("old.jsonl", b"{\n", "line 1"),
        ("old.md", b"Just text.\n", "before the first heading"),
        ("gone.csv", None, "cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    world: World, tmp_path: Path, name: str, body: bytes | None, said: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)
    with pytest.raises(BadInput, match=said):
        own_words.remember(world.app, tmp_path / name, "li")


def test_a_bad_heading_in_markdown_is_named_by_its_line(world: World, tmp_path: Path) -> None:
    report = read(world, tmp_path, "old.md", "## yesterday\n\nTea.\n")
    assert [p.line for p in report.problems] == [1]


def test_what_is_live_already_is_not_remembered_twice_and_the_last_file_can_be_taken_back(
    world: World, tmp_path: Path, embedder: TinyEmbedder
) -> None:
    publish(world, "The autumn oolongs are here.")
    report = bring(world, tmp_path, "The autumn  oolongs are here.", "Spring teas.", "Spring teas.")
    assert (report.added, [p.line for p in report.skipped]) == (1, [1, 3])
    world.advance(60)
    bring(world, tmp_path, "Summer teas.")
    assert set(found(world, "teas")) >= {"Spring teas.", "Summer teas."}
    with world.db.write() as conn:
        assert own.undo(conn, "lumen") == 1
    assert "Summer teas." not in found(world, "teas")
    with world.db.write() as conn:
        assert (own.undo(conn, "lumen"), own.undo(conn, "lumen")) == (1, 0)


# --- examples ----------------------------------------------------------------------------------------------


def test_examples_are_the_near_posts_that_did_best(world: World, tmp_path: Path, embedder: TinyEmbedder) -> None:
    app, now = world.app, brand()
    assert own_words.examples(app, now, "the oolong tasting", "sandbox:main") == []
    bring(world, tmp_path, "Our oolong tasting: six seats.", likes=3, views=1000)
    bring(world, tmp_path, "An oolong tasting with the farmer.", likes=90, views=1000)
    bring(world, tmp_path, "Closed on Monday.", likes=5, views=1000)
    bring(world, tmp_path, "乌龙品鉴会。", account="sandbox:cn", language="zh-Hans", likes=900)
    found = own_words.examples(app, now, "the oolong tasting", "sandbox:main")
    assert found[0] == "An oolong tasting with the farmer."
    assert len(found) == 2
    assert own_words.examples(app, now, "乌龙", "sandbox:cn", k=3) == ["乌龙品鉴会。"]
    assert own_words.examples(app, now, "  ", "sandbox:main") == []


def test_an_old_post_that_today_s_rules_forbid_is_no_example(
    world: World, tmp_path: Path, embedder: TinyEmbedder
) -> None:
    bring(world, tmp_path, "A miracle oolong tasting.", likes=900)
    bring(world, tmp_path, "An oolong tasting.", likes=1)
    assert own_words.examples(world.app, brand(), "oolong tasting", "sandbox:main") == ["An oolong tasting."]


def test_worth_is_told_by_answers_a_view_among_posts_of_one_account() -> None:
    def one(n: int, **given: Any) -> Own:
        from datetime import UTC, datetime

        return Own(str(n), "a:b", "en", "t", datetime(2026, 1, 1, tzinfo=UTC), **given)

    worth = worth_of([
        one(1, likes=10, views=1000), one(2, likes=9, views=100), one(3, likes=50), one(4, likes=2, replies=1), one(5),
    ])  # fmt: skip
    assert (worth["2"], worth["1"]) == (1.0, 0.0)
    assert (worth["3"], worth["4"], worth["5"]) == (1.0, 0.0, 0.5)


# --- repeats and voice, with the shipped embedding model -----------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> InMemory:
    from memory.embeddings import Usem3Embedder

    return InMemory(Usem3Embedder())


def fill(world: World, tmp_path: Path, texts: list[str], **given: Any) -> None:
    date = (world.clock.now() - timedelta(days=20)).date().isoformat()
    bring(world, tmp_path, *texts, **{"date": date, **given})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_draft_that_says_an_own_post_again_is_told(
    world: World, tmp_path: Path, shipped: InMemory, kestrel: dict[str, Any], lang: str
) -> None:
    world.app.__dict__["memory"] = shipped
    posts, rewrites = kestrel[lang]["brands"]["kestrel"], kestrel[lang]["rewrites"]
    fill(world, tmp_path, posts, language=lang)
    for name, number, text in rewrites:
        close = own_words.closest(world.app, brand(), text)
        if name == "kestrel":
            assert close is not None, text
            assert close.own.text == posts[number]
    new = {"en": "A pottery class begins in the back room in May.", "zh": "五月起后屋开陶艺课。"}[lang]
    assert own_words.closest(world.app, brand(), new) is None
    world.advance(90 * 86400.0)
    assert own_words.closest(world.app, brand(), rewrites[0][2]) is None


def test_remarks_say_nothing_without_a_corpus_and_never_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.app.__dict__["memory"] = InMemory(TinyEmbedder())
    assert own_words.remarks(world.app, brand(), ["Oolong."], "en") == {}
    publish(world, "The autumn oolongs are here.")

    from memory.base import EmbeddingFailed

    def fail(texts: object) -> list[list[float]]:
        raise EmbeddingFailed

    monkeypatch.setattr(world.app.memory.embedder, "embed", fail)
    assert own_words.remarks(world.app, brand(), ["Oolong."], "en") == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_voice_is_measured_from_twenty_texts_on(
    world: World, tmp_path: Path, shipped: InMemory, kestrel: dict[str, Any], lang: str
) -> None:
    world.app.__dict__["memory"] = shipped
    mine, theirs = kestrel[lang]["brands"]["kestrel"], kestrel[lang]["brands"]["marlow"]
    fill(world, tmp_path, mine[:15], language=lang)
    few = own_words.voice(world.app, mine[0], lang)
    assert (few.voice, few.texts, few.missing) == (None, 15, 5)
    fill(world, tmp_path, mine[15:28], language=lang)
    own, other = (own_words.voice(world.app, t, lang).voice for t in (mine[29], theirs[29]))
    assert own is not None
    assert other is not None
    assert own.distance < 0.75 < 0.9 < other.distance
    assert (own.texts, other.percentile) == (28, 0)
    assert not own.odd
    assert other.odd
    remarks = own_words.remarks(world.app, brand(), [theirs[29]], lang)
    assert remarks["voice"]["distance"] == other.distance


def test_examples_in_the_rules_count_as_own_words(world: World, embedder: TinyEmbedder) -> None:
    rules = (
        Rule("e1", RuleKind.EXAMPLE, "Three farms, forty bags. That is all.", "en"),
        Rule("v1", RuleKind.VOICE, 'Be dry: “It tastes of coffee.” and not "Wow, what a treat!"', "en"),
        Rule("n1", RuleKind.NEVER, 'Never say "the best tea in town".', "en"),
    )
    world.learn(brand(rulebook=RuleBook((*RULES.rules, *rules))))
    with world.db.read() as conn:
        now, _ = world.desk.brand(conn)
    said = own_words.said_in(world.app, now, "en")
    assert said == ["Three farms, forty bags. That is all.", "It tastes of coffee.", "Wow, what a treat!"]
    assert own_words.said_in(world.app, now, "zh-Hans") == []


def test_results_go_with_the_own_words(world: World, embedder: TinyEmbedder) -> None:
    publish(world, "The autumn oolongs are here.")
    world.advance(3600)
    measure.measure(world.desk)
    with world.db.write() as conn:
        conn.execute(reading.update().values(likes=7))
    [one] = own_words.texts(world.app, brand())
    assert (one.likes, one.origin) == (7, "live")


def test_the_card_of_a_model_s_draft_says_how_near_it_is_and_what_it_repeats(
    world: World, tmp_path: Path, shipped: InMemory, kestrel: dict[str, Any]
) -> None:
    from bot import writing
    from bot.agent.models import ConnectedModel
    from bot.agent.probe import Abilities
    from bot.agent.scripted import ScriptedChatModel
    from bot.workflow import card

    abilities = Abilities(True, True, ("en", "zh"))
    world.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: ScriptedChatModel(script=[])))
    world.app.__dict__["memory"] = shipped
    kit = writing.conversation_kit(world.app, "anna", "t_1")

    def shown(text: str) -> dict[str, str]:
        made = kit.propose("sandbox:main", (text,), (), None, "en", key="", notes=())
        with world.db.read() as conn:
            return dict(card.lines(card.card(world.desk, conn, made.draft_id)))

    assert not {"Voice", "Nearly said before"} & set(shown("The autumn oolongs are here."))
    fill(world, tmp_path, kestrel["en"]["brands"]["kestrel"])
    rows = shown(kestrel["en"]["rewrites"][5][2])
    assert rows["Voice"].startswith("nearer to your posts than ")
    assert rows["Nearly said before"].startswith("“A bag keeps for six weeks when closed and two when open.")
    loud = shown("WOW!!! Our NEW tins are HERE 🎉🎉🎉 Tag a friend and win, win, win!!! #Tins #Win #Wow")
    assert loud["Voice"] == "nearer to your posts than 0 % of them"
    assert "Nearly said before" not in loud
    # A person's own version says nothing of it: what was measured was another text.
    with world.db.read() as conn:
        from bot.store import drafts

        newest = drafts.current(conn, "lumen")[0][0].id
    edited = writing.edit(world.app, newest, ["Our new tins are here."], "anna")
    with world.db.read() as conn:
        assert "Voice" not in dict(card.lines(card.card(world.desk, conn, edited.draft_id)))


@pytest.mark.parametrize("embedded", [False, True])
def test_a_large_model_is_shown_the_best_own_posts_and_a_small_one_none(
    world: World, tmp_path: Path, embedder: TinyEmbedder, embedded: bool
) -> None:
    from bot import writing
    from bot.agent.models import ConnectedModel
    from bot.agent.probe import Abilities
    from bot.agent.scripted import ScriptedChatModel, call

    bring(world, tmp_path, "Oolong tasting with the farmer. Six seats, one kettle.", likes=9)
    text = "Come to our oolong tasting on Saturday."
    model = ScriptedChatModel(script=[call("draft_post", account="sandbox:main", citations=[], parts=[text])] * 4)
    world.app.use_model(
        ConnectedModel("scripted", "", "native", Abilities(True, True, ("en", "zh")), lambda: model, embedded=embedded)
    )
    written = writing.draft(world.app, "Oolong tasting on Saturday", ["sandbox:main"], "anna")
    asked = "\n".join(str(m.content) for m in model.sent[0])
    assert ("<published>\nOolong tasting with the farmer. Six seats, one kettle.\n</published>" in asked) != embedded
    refs = written.drafts[0].evidence["prompts"]
    assert any(ref.startswith("own_posts@1:") for ref in refs) != embedded
    assert any(ref.startswith("draft_post@") for ref in refs)
