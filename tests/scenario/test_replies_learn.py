"""What people change in suggested answers teaches: as an example for the writer, and as a proposal to decide about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import brand_folder
from bot.app import App
from bot.domain.draft import Part
from bot.errors import NotAllowed, Stale
from bot.store import desk as rows
from bot.store import drafts, learned, proposals
from bot.surfaces.cli.group import load
from bot.surfaces.cli.session import Session
from bot.workflow import decide, propose
from bot.writing import outcomes, replying
from bot.writing import proposals as writing
from memory.in_memory import InMemory
from tests.scenario.test_replies_rules import RULES, Desk
from tests.shop import shop
from tests.world import World

HELP = "Write to hello@lumen.example and we look into it."


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """Return a real brand folder, learned."""
    made = shop(tmp_path)
    saved = "replies:\n- id: hours\n  question: When is the shop open?\n  answer: From ten to six.\n"
    (made / "replies.yaml").write_text(saved, encoding="utf-8")
    return made


@pytest.fixture
def desk(world: World, folder: Path) -> Desk:
    made = Desk(world, RULES)
    world.app.use_memory(InMemory())
    with world.db.write() as conn:
        policy = rows.load_brand(conn)[1]
        found = brand_folder.load(folder).require()
        rows.save_brand(
            conn, found.brand, replace(policy, rules=found.policy.rules), str(folder.resolve()), world.clock.now()
        )
    return made


def person(world: World, name: str):
    found = world.app.brand().person(name)
    assert found is not None
    return found


def edited(desk: Desk, n: int, text: str, question: str = "Where is it sold?") -> str:
    """Let a fan ask, change the suggested answer, and sign it; return the draft's id."""
    asked = desk.says(question, f"fan{n}.sandbox")
    desk.look()
    world = desk.world
    with world.db.read() as conn:
        version = drafts.version(conn, desk.entry(asked).draft)
    below = version.content.reply_parent
    wish = propose.Proposal("sandbox:main", (Part(text),), "anna", reply_parent=below, kind="reply")
    new = propose.revise(world.desk, version.draft_id, wish)
    world.approve(new)
    return version.draft_id


def looked(desk: Desk) -> list[proposals.Proposed]:
    desk.world.advance(700)
    desk.look()
    return writing.waiting(desk.world.app)


def test_the_same_sentence_added_three_times_is_proposed_as_a_rule_and_nothing_changes(
    desk: Desk, folder: Path
) -> None:
    for n in range(2):
        edited(desk, n, f"Thank you, fan{n}.sandbox. {HELP}")
    assert looked(desk) == []
    edited(desk, 2, f"Thank you, fan2.sandbox. {HELP}")
    (one,) = looked(desk)
    assert (one.kind, one.after, one.topic, len(one.drafts)) == ("rule", HELP, "question", 3)
    assert looked(desk) == [one], "it is proposed once"
    with desk.world.db.read() as conn:
        told = [n["text"] for n in rows.notices(conn, brand="lumen") if n["subject"] == f"proposal:{one.id}"]
    assert len(told) == 1
    assert not (folder / "guidelines" / "learned.md").exists()
    assert all(HELP not in r.text for r in desk.world.app.brand().rulebook.rules)


def test_an_admin_accepts_a_rule_into_the_brand_folder_and_it_counts_at_once(desk: Desk, folder: Path) -> None:
    for n in range(3):
        edited(desk, n, f"Thank you, fan{n}.sandbox. {HELP}")
    (one,) = looked(desk)
    world = desk.world
    with pytest.raises(NotAllowed):
        writing.accept(world.app, one.id, person(world, "li"))
    shown = writing.change(world.app, one.id)
    assert f"+- Answers about question: say “{HELP}”." in shown.diff
    with pytest.raises(Stale):
        writing.accept(world.app, one.id, person(world, "sam"), "0" * 64)
    writing.accept(world.app, one.id, person(world, "sam"), shown.digest)
    assert HELP in (folder / "guidelines" / "learned.md").read_text(encoding="utf-8")
    assert any(HELP in r.text for r in world.app.brand().rulebook.rules)
    with pytest.raises(Stale):
        writing.accept(world.app, one.id, person(world, "sam"))
    assert looked(desk) == []


def test_the_same_whole_answer_becomes_a_saved_one_beside_those_there_are(desk: Desk, folder: Path) -> None:
    text = 'It is in our shop at Linden Lane 4: "the green door". Come in!'
    for n in range(3):
        edited(desk, n, text)
    (one,) = looked(desk)
    assert (one.kind, one.after) == ("saved_answer", text)
    writing.accept(desk.world.app, one.id, person(desk.world, "sam"))
    saved = {r.answer for r in desk.world.app.brand().replies}
    assert saved == {"From ten to six.", text}
    assert "Where is it sold?" not in (folder / "replies.yaml").read_text(encoding="utf-8"), "a stranger's words"


def test_the_terminal_lists_shows_and_decides(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        edited(desk, n, f"Thank you, fan{n}.sandbox. {HELP}")
    (one,) = looked(desk)

    @contextmanager
    def opened(_: Session) -> Iterator[App]:
        yield desk.world.app

    monkeypatch.setattr(Session, "open_app", opened)

    def run(*args: str, code: int = 0) -> str:
        done = CliRunner().invoke(load("proposals"), args, obj=Session())
        assert done.exit_code == code, done.output
        return done.output

    assert one.id in run()
    assert HELP in run(one.id)
    assert HELP in run("--json")
    with pytest.raises(NotAllowed):
        CliRunner().invoke(load("proposals"), [one.id, "--accept"], obj=Session(), catch_exceptions=False)
    monkeypatch.setattr(desk.world.app.settings, "operator", "sam")
    assert "guidelines/learned.md is changed and learned." in run(one.id, "--accept")
    assert "Nothing is proposed." in run()
    assert one.id in run("--all")


def test_what_was_refused_is_not_proposed_again(desk: Desk, folder: Path) -> None:
    for n in range(3):
        edited(desk, n, f"Thank you, fan{n}.sandbox. {HELP}")
    (one,) = looked(desk)
    writing.refuse(desk.world.app, one.id, person(desk.world, "sam"))
    edited(desk, 3, f"Thank you, fan3.sandbox. {HELP}")
    assert looked(desk) == []


def test_a_folder_with_errors_keeps_its_file_and_the_proposal_waits(desk: Desk, folder: Path) -> None:
    for n in range(3):
        edited(desk, n, f"Thank you, fan{n}.sandbox. {HELP}")
    (one,) = looked(desk)
    (folder / "policy.yaml").write_text("rules: 7\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"policy\.yaml"):
        writing.accept(desk.world.app, one.id, person(desk.world, "sam"))
    assert not (folder / "guidelines" / "learned.md").exists()
    assert [p.id for p in writing.waiting(desk.world.app)] == [one.id]


def test_the_writer_is_shown_signed_answers_and_never_one_that_was_turned_down(desk: Desk) -> None:
    world = desk.world
    good = edited(desk, 0, "You find the green tin in our shop.", "Where is the green tin sold?")
    asked = desk.says("Where is the green tin made?", "eve.sandbox")
    desk.look()
    with world.db.read() as conn:
        bad = drafts.version(conn, desk.entry(asked).draft)
    decide.reject(world.desk, world.answer(bad))
    with world.db.read() as conn:
        told = learned.ended(conn, "lumen")
    assert {t.draft: t.outcome for t in told} == {good: "edited", bad.draft_id: "rejected"}
    found = replying.examples(told, "Is the green tin sold out?", "en")
    assert found == ["You find the green tin in our shop."]
    # The same words that somebody signed elsewhere are no example once they were turned down.
    again = edited(desk, 5, bad.content.parts[0].text, "Where is the green tin now?")
    with world.db.read() as conn:
        told = learned.ended(conn, "lumen")
    assert again in {t.draft for t in told}
    assert replying.examples(told, "Is the green tin sold out?", "en") == found


def test_evaluate_scores_suggestions_against_what_was_signed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(desk, 0, "Thank you, fan0.sandbox. Come and see us.")
    asked = desk.says("Where is it sold?", "fan1.sandbox")
    desk.look()
    desk.sign(asked)
    found = outcomes.outcomes(desk.world.app)
    assert found.texts == 2
    assert 0.5 < found.chrf < 1
    every, question = found.topics
    assert (every.topic, every.decided, every.signed, every.at_least) == ("all", 2, 1, 0.095)
    assert question.topic == "question"
