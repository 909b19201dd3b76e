"""What changed in the rules, and which drafts and posts were checked against the older ones."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import rulebook_diff, words
from bot.brand_folder import init, load
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.errors import BadInput, NotFound
from bot.rulebook_diff import changes
from bot.store import rulebooks
from bot.surfaces.cli import main
from bot.workflow import decide
from memory.in_memory import InMemory
from tests.world import RULES, World, brand

Run = Callable[..., tuple[int, str, str]]
WARM = RULES.rules[1]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


def book(*rules: Rule) -> RuleBook:
    return RuleBook(rules)


def marked(before: str, after: str) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(marks[what].format(text) for what, text in rulebook_diff.words(before, after))


# --- two books ---------------------------------------------------------------------------------------------


def test_added_removed_and_changed_are_told_and_moved_is_not() -> None:
    a, b, c = (Rule(i, RuleKind.SHOULD, f"Say {i}.", file="voice.md", line=n) for n, i in enumerate("abc", 1))
    moved = dataclasses.replace(a, line=9, file="other.md")
    edited = dataclasses.replace(b, text="Say b twice.", kind=RuleKind.MUST)
    new = Rule("d", RuleKind.FACT, "Ten.")
    found = changes(book(a, b, c), book(new, edited, moved))
    assert [(x.id, x.change) for x in found] == [("d", "added"), ("b", "changed"), ("c", "removed")]
    assert found[1].also == ("kind: should → must",)
    assert found[1].before == b
    assert found[1].after == edited
    assert changes(book(a, b), book(b, a)) == ()


def test_what_a_program_looks_for_is_part_of_the_change() -> None:
    hard = Rule("x", RuleKind.NEVER, "No miracles.", hard=True, words=("miracle", "cure"))
    [found] = changes(book(hard), book(dataclasses.replace(hard, words=("miracle", "heal"))))
    assert found.also == ("no longer looked for: cure", "looked for now: heal")
    assert found.words == (("same", "No miracles."),)
    [found] = changes(book(hard), book(dataclasses.replace(hard, when=("tea",))))
    assert found.also == ("only in texts with: tea",)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Write like a friend.", "Write like an old friend.", "Write like [-a-]{+an old+} friend."),
        ("One two three four.", "One six seven four.", "One [-two three-]{+six seven+} four."),
        ("不得比较价格。", "不得和别家比较价格。", "不得{+和别家+}比较价格。"),
        ("像朋友说话", "像老师说话", "像[-朋友-]{+老师+}说话"),
        ("Don't shout", "Do shout", "[-Don't-]{+Do+} shout"),
        ("Be warm.", "Be warm!", "Be warm[-.-]{+!+}"),
        ("Same", "Same", "Same"),
    ],
)
def test_words_in_english_and_characters_in_chinese(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown
    pieces = rulebook_diff.words(before, after)
    assert "".join(t for what, t in pieces if what != "new") == before
    assert "".join(t for what, t in pieces if what != "gone") == after


# --- versions in the store ---------------------------------------------------------------------------------


def stricter(*more: Rule) -> RuleBook:
    return book(Rule("no-oolong", RuleKind.NEVER, "Never say oolong.", hard=True, words=("oolongs",)), *more)


def test_every_version_is_kept_and_the_one_that_counts_comes_first(world: World) -> None:
    second = brand(rulebook=book(*RULES.rules, Rule("new", RuleKind.FACT, "Ten.")))
    for value in (second, brand(), brand()):
        world.advance(60)
        world.learn(value)
    with world.db.read() as conn:
        known = rulebooks.versions(conn, "lumen")
        assert [v.version for v in known] == [RULES.version, second.rulebook.version]
        assert rulebooks.get(conn, "lumen", second.rulebook.version) == second.rulebook
        assert rulebooks.find(conn, "lumen", known[1].version[:6].upper()) == known[1]
    # Back to the first one: what came between is what the last change left.
    found = rulebook_diff.of_versions(world.app)
    assert (found.before, found.after) == (second.rulebook.version, RULES.version)
    assert [(c.id, c.change) for c in found.changes] == [("new", "removed")]


def test_a_rule_that_only_moved_is_found_at_its_new_place(world: World) -> None:
    moved = dataclasses.replace(WARM, file="guidelines/tone.md", line=8)
    world.learn(brand(rulebook=book(RULES.rules[0], moved)))
    with world.db.read() as conn:
        assert world.desk.brand(conn)[0].rulebook.get("warm") == moved
        assert len(rulebooks.versions(conn, "lumen")) == 1


def test_versions_that_are_not_there_are_told_with_those_that_are(world: World) -> None:
    with pytest.raises(BadInput, match="no version of the rules before"):
        rulebook_diff.of_versions(world.app)
    with pytest.raises(NotFound, match="'zzz'") as caught:
        rulebook_diff.of_versions(world.app, "zzz")
    assert RULES.version in caught.value.next_step
    with pytest.raises(NotFound):
        rulebook_diff.of_versions(world.app, after="%")


def test_drafts_and_posts_that_were_checked_against_older_rules_are_named_and_marked(world: World) -> None:
    waits = world.draft("A calm cup.", citations=("warm",))
    breaks = world.draft("The autumn oolongs are here.")
    live = world.approve(world.draft("Live oolongs.", citations=("warm",)))
    world.drain()
    scheduled = world.approve(world.draft("Tomorrow."))
    gone = world.draft("Rejected.")
    decide.reject(world.desk, world.answer(gone, reason="no"))
    world.advance(60)
    world.learn(brand(rulebook=stricter(RULES.rules[0])))
    fresh = world.draft("New cups.")
    world.advance(60)
    world.learn(brand(rulebook=stricter(RULES.rules[0], Rule("t", RuleKind.FACT, "Ten."))))

    found = rulebook_diff.of_versions(world.app, RULES.version, after="")
    by_id = {a.draft.id: a for a in found.affected}
    assert set(by_id) == {waits.draft_id, breaks.draft_id, live.draft_id, scheduled.draft_id}
    assert (found.waiting, by_id[live.draft_id].live) == (3, True)
    assert by_id[waits.draft_id].cites == ("warm",)
    assert by_id[waits.draft_id].breaks == ()
    assert [f.rule_id for f in by_id[breaks.draft_id].breaks] == ["no-oolong"]
    assert (by_id[live.draft_id].cites, len(by_id[live.draft_id].breaks)) == (("warm",), 1)
    assert not by_id[scheduled.draft_id].marked
    assert found.affected[-1].draft.id == scheduled.draft_id
    # The last step alone: also what is older than its beginning has not been checked against the newest.
    last = rulebook_diff.of_versions(world.app)
    assert {a.draft.id for a in last.affected} == {*by_id, fresh.draft_id}


# --- the commands ------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    from bot.app import App

    memory = InMemory()
    monkeypatch.setattr(App, "memory", memory)

    def call(*argv: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "shop")
    return tmp_path / "shop"


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "guidelines" / "voice.md"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_a_person_sees_what_would_change_learns_it_and_sees_what_it_concerns(
    run: Run, folder: Path, home: Path
) -> None:
    code, _, err = run("diff", str(folder))
    assert (code, "Nothing was learned from" in err) == (4, True)
    assert run("learn", str(folder))[0] == 0
    assert "The rules say the same." in run("diff", str(folder))[1]
    code, _, err = run("diff")
    assert (code, "`signoff diff DIR`" in err) == (2, True)

    shop = load(folder).brand
    account, author = shop.accounts[0].key, shop.people[0].id
    cited = next(r.id for r in shop.rulebook.rules if "warm and calm" in r.text)

    edit(folder, "warm and calm", "warm and quick")
    code, out, _ = run("diff", str(folder))
    assert code == 0
    assert "Changed (1)" in out
    assert f"[{cited}]" in out
    assert "warm and [-calm-]{+quick+}" in out
    assert "not learned yet" in out

    from bot.app import App
    from bot.domain.draft import Part
    from bot.settings import load as settings
    from bot.workflow import propose

    with App(settings(home=home, operator=author)) as app:
        made = propose.new(
            app.desk, propose.Proposal(account, (Part("A calm cup of tea."),), author, citations=(cited,))
        )
    code, out, _ = run("learn", str(folder))
    assert code == 0
    assert "1 changed" in out
    assert "Checked against older rules: 1 waiting, 0 live." in out
    code, out, _ = run("learn", str(folder))
    assert "Checked against older rules" not in out

    code, out, _ = run("diff")
    assert made.draft_id in out
    assert f"cites what changed or is gone: [{cited}]" in out
    code, out, _ = run("diff", "--json")
    data = json.loads(out)
    assert [c["change"] for c in data["rules"]] == ["changed"]
    assert {"is": "gone", "text": "calm"} in data["rules"][0]["words"]
    [affected] = data["checked_against_older_rules"]
    assert (affected["id"], affected["cites_changed"], affected["live"]) == (made.draft_id, [cited], False)
    assert affected["rulebook"] == data["from"]["version"]
    first = data["from"]["version"]
    assert "warm and [-quick-]{+calm+}" in run("diff", "--from", data["to"]["version"][:5], "--to", first)[1]
    assert run("diff", str(folder), "--to", first)[0] == 2
    assert f"[{cited}]" in run("diff", str(folder), "--from", first)[1]


def test_a_rule_cannot_speak_to_the_terminal(run: Run, folder: Path) -> None:
    run("learn", str(folder))
    edit(folder, "warm and calm", "warm\u202e and \x1b[2Jcalm")
    _, out, _ = run("diff", str(folder))
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "⟨U+202E⟩" in out
