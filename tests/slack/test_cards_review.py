"""Review cards as they are sent: their goldens, what must stand on each, and what must never act in them."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.domain.draft import Part
from bot.platforms.sandbox import Sandbox
from bot.store import chat
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import binding, posted, review
from bot.workflow import card as cards
from bot.workflow import propose
from tests import slack_blocks
from tests.slack import goldens
from tests.slack.recorder import CHANNEL, Recorder
from tests.slack_blocks import Wrong, check_message, check_view, said
from tests.unit.clips import made, program
from tests.world import World


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", list(goldens.CARDS))
def test_a_card_is_its_golden(name: str, language: str, tmp_path: Path) -> None:
    """``python -m tests.slack.goldens`` writes them anew."""
    drawn = goldens.draw(name, language, tmp_path)
    kept = json.loads((goldens.FOLDER / f"{name}.{language}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(drawn)) == kept


def golden(name: str, language: str = "en") -> dict[str, Any]:
    return dict(json.loads((goldens.FOLDER / f"{name}.{language}.json").read_text(encoding="utf-8")))


def test_every_golden_is_of_a_card() -> None:
    names = {f"{name}.{language}.json" for name in goldens.CARDS for language in ("en", "zh")}
    assert {path.name for path in goldens.FOLDER.iterdir()} == names


def test_a_card_shows_all_that_a_signature_covers() -> None:
    shown = said(golden("draft")["blocks"])
    for what in ("lumen.sandbox", "24 kinds, from CN¥39", "lumen.example",
                 "Europe/Berlin", "[warm] Write as to a friend.", "[price]", "24 kinds", "qwen3:4b", "Anna",
                 "0 of 1", "Li, Sam, Ben", "v1", "nearer to your posts than 83 %", "shorter"):  # fmt: skip
        assert what in shown, what
    card = json.dumps(golden("draft")["blocks"])
    moment = int(datetime(2026, 12, 1, 8, tzinfo=UTC).timestamp())
    assert f'"timestamp": {moment}' in card


def test_chinese_readers_read_chinese() -> None:
    """What is said by us holds no English sentence; what others wrote stays as it is."""
    for name in ("draft", "two_step", "signed", "live", "asked", "doubtful", "refused", "stale", "blocked", "long"):
        ours = [t for kind, t in slack_blocks.texts(golden(name, "zh")["blocks"]) if kind == "plain_text"]
        english = [t for t in ours if re.search(r"\b(the|is|it|this|to|of)\b", t) and "“" not in t]
        assert not english, (name, english)


def test_a_thread_of_twelve_parts_is_whole() -> None:
    shown = said(golden("thread")["blocks"])
    assert shown.count("Leaves are picked by hand") == 72
    assert "Part 12 of 12" in shown
    assert review.complete(golden("thread")["blocks"])
    assert "approve" in slack_blocks.buttons(golden("thread")["blocks"])


def test_what_does_not_fit_cannot_be_signed() -> None:
    card = golden("long")
    assert not review.complete(card["blocks"])
    assert not {"approve", "post_now"} & set(slack_blocks.buttons(card["blocks"]))
    assert "show" in slack_blocks.buttons(card["blocks"])
    assert "signoff approve d_00000001" in said(card["blocks"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_that_others_wrote_acts(language: str) -> None:
    """Every mark of theirs stands where Slack reads no marks; the notification is escaped."""
    card = golden("injection", language)
    for kind, text in slack_blocks.texts(card["blocks"]):
        if kind == "mrkdwn":
            assert not re.search(r"<[!@#]|evil", text)
    assert "<!channel>" in said(card["blocks"])
    assert not re.search(r"<[!@#h]", card["text"])
    assert not any(e.get("type") == "link" for e in _elements(card["blocks"]))


def _elements(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(e for inner in value.values() for e in _elements(inner))]
    return [e for inner in value for e in _elements(inner)] if isinstance(value, list) else []


def test_letters_that_pose_stand_out_and_are_named() -> None:
    card = golden("lookalikes")
    codes = [e["text"] for e in _elements(card["blocks"]) if (e.get("style") or {}).get("code")]
    assert codes == ["p\u0430yp\u0430l", "⟨U+200B⟩", "\u2f00"]
    assert "U+0430 cyrillic small letter a" in said(card["blocks"])


def test_a_picture_is_uploaded_once_and_shown(world: World) -> None:
    version, _ = goldens.CARDS["media"](world)
    slack = Recorder()
    ts = posted.card(world.app, slack, CHANNEL, version.draft_id)
    posted.refresh(world.app, slack, version.draft_id)
    assert len(slack.uploads) == 1
    (file,) = slack.uploads
    blocks = slack.messages[CHANNEL, ts].blocks
    assert [b["slack_file"]["id"] for b in blocks if b["type"] == "image"] == [file]
    assert "A bowl of green tea, <!here>" in slack.messages[CHANNEL, ts].said
    assert slack.uploads[file][2] == "A bowl of green tea, <!here> seen from above"


def test_a_picture_that_slack_has_not_read_yet_comes_later(world: World) -> None:
    version, _ = goldens.CARDS["media"](world)
    slack = Recorder(slow=6)
    ts = posted.card(world.app, slack, CHANNEL, version.draft_id)
    assert not [b for b in slack.messages[CHANNEL, ts].blocks if b["type"] == "image"]
    posted.refresh(world.app, slack, version.draft_id)
    assert [b for b in slack.messages[CHANNEL, ts].blocks if b["type"] == "image"]
    assert len(slack.uploads) == 1


def test_a_picture_that_slack_refuses_costs_no_card(world: World) -> None:
    from bot.surfaces.slack.errors import SlackRefused

    class NoFiles(Recorder):
        def upload(self, *_: Any, **__: Any) -> str:
            raise SlackRefused("files.completeUploadExternal", "missing_scope")

    version, _ = goldens.CARDS["media"](world)
    slack = NoFiles()
    assert posted.card(world.app, slack, CHANNEL, version.draft_id)
    assert "A bowl of green tea" in slack.last.said


def test_of_a_video_the_first_frame_is_shown(world: World, tmp_path: Path) -> None:
    world.app.media._ffmpeg = program
    path = tmp_path / "film.mp4"
    path.write_bytes(made())
    medium = world.app.media.add(path, "Pouring tea")
    version = propose.new(world.desk, propose.Proposal("sandbox:main", (Part("A film.", (medium,)),), "anna"))
    slack = Recorder()
    posted.card(world.app, slack, CHANNEL, version.draft_id)
    (block,) = (b for b in slack.last.blocks if b["type"] == "image")
    assert "first frame" in block["title"]["text"]
    assert block["alt_text"] == "Pouring tea"
    (world.app.media.folder / medium.sha256).write_bytes(b"another film")
    other = propose.new(world.desk, propose.Proposal("sandbox:main", (Part("Again.", (medium,)),), "anna"))
    with world.db.write() as conn:
        chat.set_cursor(conn, f"file:{slack.team}:{medium.sha256}"[:80], "")
    ts = posted.card(world.app, slack, CHANNEL, other.draft_id)
    assert not [b for b in slack.messages[CHANNEL, ts].blocks if b["type"] == "image"], "not the film that is signed"


def test_one_card_however_often_it_is_posted(world: World) -> None:
    version, slack = world.draft("Hello."), Recorder()
    first = posted.card(world.app, slack, CHANNEL, version.draft_id)
    assert posted.card(world.app, slack, "C0OTHER", version.draft_id) == first
    assert len(slack.messages) == 1


def test_a_card_of_another_brand_is_not_there(world: World) -> None:
    from bot.errors import NotFound
    from tests.world import brand

    version = world.draft("Hello.")
    world.learn(brand(id="other", name="Other", accounts=()))
    world.app.settings = world.app.settings.model_copy(update={"brand": "other"})
    with pytest.raises(NotFound):
        binding.load(world.app, version.draft_id)


@pytest.mark.parametrize("letter", ["a", "茶", "👨‍👩‍👧‍👦", "&", "<", "e\u0301"])
def test_texts_of_any_length_are_whole_or_not_to_be_signed(
    world: World, letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sandbox, "limits", dataclasses.replace(Sandbox.limits, text=10**6))
    for size in (1, 280, 2999, 3001, 9000, 40_000):
        text = (letter * size)[:40_000]
        version = world.draft(text)
        with world.db.read() as conn:
            card = cards.card(world.desk, conn, version.draft_id)
        made = review.blocks(card, review.Reader())
        check_message(made, review.fallback(card, review.Reader()))
        quoted = "".join(
            e["text"] for block in made for part in block.get("elements", ()) if part["type"] == "rich_text_quote"
            for e in part["elements"]
        )  # fmt: skip
        assert text.startswith(quoted), "not a letter is another one, or in another place"
        assert review.complete(made) is (quoted == text)
        assert ("approve" in slack_blocks.buttons(made)) <= review.complete(made)


def test_what_slack_cannot_show_is_signed_on_the_web_desk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "limits", dataclasses.replace(Sandbox.limits, text=10**6))
    version = world.draft("a" * 40_000)
    with world.db.read() as conn:
        card = cards.card(world.desk, conn, version.draft_id)
    for language, name in (("en", "web desk"), ("zh", "网页台")):
        made = review.blocks(card, review.Reader(language, desk="https://desk.example"))
        check_message(made, "x")
        told = next(block["text"]["text"] for block in made if block.get("block_id") == "incomplete")
        assert f"<https://desk.example/draft/{version.draft_id}|{name}>" in told
        assert "signoff approve" not in told


# --- the checker itself -----------------------------------------------------------------------------------------


def _broken(name: str, change: Any) -> Any:
    return pytest.param(change, id=name)


@pytest.mark.parametrize(
    "change",
    [
        _broken("too many blocks", lambda b: b.extend([{"type": "divider"}] * 50)),
        _broken("no blocks", lambda b: b.clear()),
        _broken("unknown block", lambda b: b.append({"type": "video"})),
        _broken("unknown field", lambda b: b[0].update(colour="red")),
        _broken("long header", lambda b: b[0]["text"].update(text="x" * 151)),
        _broken("mrkdwn header", lambda b: b[0].update(text={"type": "mrkdwn", "text": "x", "verbatim": True})),
        _broken("empty text", lambda b: b[1]["text"].update(text="")),
        _broken("long section", lambda b: b[1]["text"].update(text="x" * 3001)),
        _broken("emoji count two", lambda b: b[1]["text"].update(text="😀" * 1501)),
        _broken("links of words", lambda b: b.append(kit.section({"type": "mrkdwn", "text": "x"}))),
        _broken("a mention", lambda b: b.append(kit.section(kit.mrkdwn("<@U1>")))),
        _broken("a broadcast", lambda b: b.append(kit.section(kit.mrkdwn("<!channel>")))),
        _broken("a script link", lambda b: b.append(kit.section(kit.mrkdwn("<javascript:x|y>")))),
        _broken("long value", lambda b: b.append(kit.actions(kit.button("a", "A", "v" * 2001)))),
        _broken("long action", lambda b: b.append(kit.actions(kit.button("a" * 256, "A")))),
        _broken("one action twice", lambda b: b.append(kit.actions(kit.button("a", "A"), kit.button("a", "B")))),
        _broken("26 buttons", lambda b: b.append(kit.actions(*[kit.button(f"a{n}", "A") for n in range(26)]))),
        _broken("11 in context", lambda b: b.append({"type": "context", "elements": [kit.plain("x")] * 11})),
        _broken("101 options", lambda b: b.append(kit.actions({**kit.select("s", []), "options": [
            kit.option("o", f"{n}") for n in range(101)]}))),
        _broken("long option value", lambda b: b.append(kit.actions(kit.select("s", [kit.option("o", "v" * 151)])))),
        _broken("picture without words", lambda b: b.append({**kit.image("x", file="F00000001"), "alt_text": ""})),
        _broken("no file's id", lambda b: b.append(kit.image("x", file="F1"))),
        _broken("picture from nowhere", lambda b: b.append({"type": "image", "alt_text": "x"})),
        _broken("input in a message", lambda b: b.append(kit.field("x", "X", kit.text("x")))),
        _broken("user in rich text", lambda b: b.append({"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}]})),
        _broken("broadcast in rich text", lambda b: b.append({"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "channel"}]}]})),
        _broken("too much in all", lambda b: b.extend(kit.stranger("x" * 13_000))),
    ],
)  # fmt: skip
def test_the_checker_finds_what_slack_refuses(change: Any) -> None:
    blocks = copy.deepcopy(golden("now")["blocks"])
    check_message(blocks, "Fine")
    change(blocks)
    with pytest.raises(Wrong):
        check_message(blocks, "Fine")


@pytest.mark.parametrize(
    "change",
    [
        {"title": kit.plain("x" * 25)},
        {"submit": kit.plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [kit.field(f"b{n}", "B", kit.text("t")) for n in range(101)]},
        {"blocks": [kit.field("b", "B", kit.text("t")), kit.field("b", "B", kit.text("t"))]},
        {"blocks": [kit.field("b", "B", kit.text("t", given="x" * 3001))]},
        {"blocks": [kit.field("b", "B", kit.button("t", "T"))]},
        {"blocks": [kit.field("b", "B", kit.date("t", "1.12.2026"))]},
        {"blocks": [kit.field("b", "B", kit.time("t", "9:00"))]},
        {"type": "message"},
        {"colour": "red"},
    ],
)
def test_the_checker_finds_what_a_view_may_not_hold(change: dict[str, Any]) -> None:
    view = kit.modal("x", "X", [kit.field("b", "B", kit.text("t"))], submit="Save")
    check_view(view)
    with pytest.raises(Wrong):
        check_view({**view, **change})


def test_a_message_text_that_pings_is_found() -> None:
    for text in ("<!here>", "<@U1>", "<!subteam^S1>", "<#C1>", "", "x" * 40_001):
        with pytest.raises(Wrong):
            check_message([kit.divider()], text)


def test_splitting_loses_and_breaks_nothing() -> None:
    family = "👨‍👩‍👧‍👦"
    for text in ("", "a", family * 900, "word " * 2000, "行\n" * 4000, "&" * 4000, "e" + "\u0301" * 9000):
        pieces = kit.split(text)
        assert "".join(pieces) == text
        assert all(kit.weight(p) <= kit.TEXT for p in pieces)
    assert all(len(p) % len(family) == 0 for p in kit.split(family * 900))


def test_the_start_loads_no_slack() -> None:
    """A card is drawn without Slack's packages, too."""
    import subprocess
    import sys

    code = (
        "import sys, bot.surfaces.slack.cards.review, bot.surfaces.slack.blocks; assert 'slack_sdk' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
