"""Answers to a group, each in its own words: one card with all of them, one press, every hash in each signature."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.domain.comment import CommentState, Entry
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule
from bot.errors import BadInput, Stale
from bot.store import approvals, authors, comments, drafts
from bot.store.comment_rows import Heard
from bot.surfaces.cli.group import load
from bot.surfaces.cli.session import Session
from bot.workflow import inbox, wordings
from tests.web.test_inbox_page import Opens, hear, press, stands
from tests.world import PEOPLE, World, brand

TEXTS = ("It leaves today.", "Today it goes out to you.", "We send it off this afternoon.")
TOGETHER = ApprovalPolicy((PolicyRule("replies", outcome=Ask(together=True)),))
ANNA, LI = PEOPLE[0], PEOPLE[1]


def group(world: World, policy: ApprovalPolicy = TOGETHER, texts: tuple[str, ...] = TEXTS) -> list[Entry]:
    world.learn(brand(), policy)
    found = [hear(world, "Where is my parcel, please?", f"p{n}", like="f1", hours=9 - n) for n in range(len(texts))]
    for one, text in zip(found, texts, strict=True):
        inbox.answer(world.desk, one.id, text, ANNA)
    return [stands(world, one) for one in found]


def states(world: World, found: list[Entry]) -> list[str]:
    with world.db.read() as conn:
        return [drafts.version(conn, one.draft).state.value for one in found]


def shown(world: World, one: Entry) -> wordings.Wordings:
    with world.db.read() as conn:
        return wordings.of(world.desk, conn, one.id, LI)


def test_one_press_signs_what_the_page_lists_and_each_signature_has_every_hash(desk: World, browser: Opens) -> None:
    found, li = group(desk), browser("li")
    page = li.get(f"/inbox/{found[1].id}").text
    with desk.db.read() as conn:
        hashes = [drafts.version(conn, one.draft).hash for one in found]
    for what in (*TEXTS, *hashes, "3 answers, each in its own words"):
        assert what in page, what
    code = re.search(r'name="code" value="([0-9a-f]{64})"', page)
    assert code is not None
    assert press(li, desk, found[1], "approve-wordings", code=code[1]).status_code == 303
    assert states(desk, found) == ["approved"] * 3
    with desk.db.read() as conn:
        for one, own in zip(found, hashes, strict=True):
            (signed,) = approvals.decisions(conn, draft_id=one.draft)
            assert (signed.person, signed.hash, signed.via) == ("li", own, "web")
            assert code[1] in signed.shown
            assert all(digest in signed.shown for digest in hashes)
            assert all(text in signed.shown for text in TEXTS)


def test_a_code_of_what_changed_signs_nothing(desk: World) -> None:
    found = group(desk)
    code = shown(desk, found[0]).code
    inbox.answer(desk.desk, hear(desk, "Where is my parcel, please?", "late", like="f1").id, "It left already.", ANNA)
    with pytest.raises(Stale):
        wordings.sign(desk.desk, found[0].id, code, LI, "test")
    code = shown(desk, found[0]).code
    with desk.db.write() as conn:
        changed = replace(found[2].comment, text="Where is my parcel, and my money?")
        comments.edit(conn, found[2].id, Heard(changed, changed.text), desk.clock.now(), was=found[2].text)
    with pytest.raises(Stale):
        wordings.sign(desk.desk, found[0].id, code, LI, "test")
    for bad in ("", "0" * 64, shown(desk, found[0]).code[:8]):
        with pytest.raises(Stale):
            wordings.sign(desk.desk, found[0].id, bad, LI, "test")
    assert states(desk, found) == ["in_review"] * 3


def test_only_where_the_policy_lets_them_be_signed_together(desk: World, browser: Opens) -> None:
    found = group(desk, ApprovalPolicy())
    assert shown(desk, found[0]).members == ()
    page = browser("li").get(f"/inbox/{found[0].id}").text
    assert "approve-wordings" not in page
    with pytest.raises(BadInput):
        wordings.sign(desk.desk, found[0].id, "0" * 64, LI, "test")
    # Four eyes hold for each: whose words one is does not see it among those to sign.
    desk.learn(brand(), ApprovalPolicy((PolicyRule("replies", Conditions(), Ask(together=True, four_eyes=True)),)))
    with desk.db.read() as conn:
        assert wordings.of(desk.desk, conn, found[0].id, ANNA).members == ()
    assert states(desk, found) == ["in_review"] * 3


def test_who_asked_to_be_left_alone_is_left_out(desk: World) -> None:
    found = group(desk)
    with desk.db.write() as conn:
        authors.opt_out(conn, "lumen", "sandbox", found[1].comment.author.id, "stop", desk.clock.now())
    left = shown(desk, found[0])
    assert {w.entry.id for w in left.members} == {found[0].id, found[2].id}
    done, failed = wordings.told(wordings.sign(desk.desk, found[0].id, left.code, LI, "test"))
    assert (done, failed) == (2, "")
    assert states(desk, found) == ["approved", "in_review", "approved"]


def test_the_same_words_keep_their_own_button(desk: World, browser: Opens) -> None:
    found = group(desk, texts=("It leaves today.",) * 3)
    page = browser("li").get(f"/inbox/{found[0].id}").text
    assert "approve-all" in page
    assert "approve-wordings" not in page
    mixed = group(desk, texts=("It leaves now.", "It leaves now.", "Off it goes."))
    page = browser("li").get(f"/inbox/{mixed[0].id}").text
    assert "are worded like another one" in page or "is worded like another one" in page


def test_the_terminal_lists_and_signs_them(desk: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.SystemClock", lambda: desk.clock)
    found = group(desk)

    def run(*words: str) -> tuple[int, str]:
        session = Session(home=desk.settings.home, person="li")
        given = [*words]
        done = CliRunner().invoke(load("inbox"), given, obj=session, env={
            "SIGNOFF_DATABASE_URL": desk.settings.database_url, "SIGNOFF_OPERATOR": "li"})  # fmt: skip
        return done.exit_code, done.output + str(done.exception or "")

    code, said = run(found[0].id)
    assert code == 0, said
    for text in TEXTS:
        assert text in said
    command = re.search(r"--send-all ([0-9a-f]{12})", said)
    assert command is not None
    assert run(found[0].id, "--send-all", "0" * 12)[0] != 0
    code, said = run(found[0].id, "--send-all", command[1])
    assert code == 0, said
    assert "Answers signed: 3." in said
    assert states(desk, found) == ["approved"] * 3
    assert all(stands(desk, one).state is CommentState.PROPOSED for one in found)
