"""What authors change and remove after they were heard is found out between looks, and no answer outlives it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.comment import CommentState, Entry
from bot.domain.draft import DraftState
from bot.domain.post import PostState
from bot.errors import TryLater
from bot.store import authors, comments, drafts
from bot.store import desk as rows
from bot.workflow import inbox, listen, schedule
from tests.scenario.test_replies_rules import RULES, Desk
from tests.world import PEOPLE, World

MINUTES = 60.0


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def later(desk: Desk, minutes: float = 6) -> None:
    """Let time pass and a worker look."""
    desk.world.advance(minutes * MINUTES)
    desk.look()


def version_of(desk: Desk, draft: str) -> DraftState:
    with desk.world.db.read() as conn:
        return drafts.version(conn, draft).state


def told(desk: Desk, subject: str) -> list[str]:
    with desk.world.db.read() as conn:
        return [n["text"] for n in rows.notices(conn, brand="lumen") if n["subject"] == subject]


def before(desk: Desk, one: Entry) -> list[str]:
    with desk.world.db.read() as conn:
        return [n["text"] for n in comments.notes(conn, one.id) if n["kind"] == "before"]


def test_a_removed_comment_is_closed_its_words_erased_and_its_answer_taken_back(desk: Desk) -> None:
    asked = desk.says("Where is it sold, near Linden Lane?")
    desk.look()
    draft = desk.entry(asked).draft
    assert version_of(desk, draft) is DraftState.IN_REVIEW
    desk.world.app.sandbox.delete("ada.sandbox", asked)
    later(desk)
    one = desk.entry(asked)
    assert one.state is CommentState.CLOSED
    assert one.deleted is not None
    assert (one.text, one.comment.text, one.why) == ("", "", "its author removed it")
    assert version_of(desk, draft) is DraftState.SUPERSEDED
    with desk.world.db.read() as conn:
        kept = drafts.version(conn, draft).evidence["to"]["words"]
        assert "Linden" not in str([dict(n) for n in rows.notices(conn, brand="lumen")])
    assert "Linden" not in kept


def test_the_words_stay_where_the_policy_keeps_them(world: World) -> None:
    desk = Desk(world, replace(RULES, keep_deleted=True))
    asked = desk.says("Where is it sold?")
    desk.look()
    world.app.sandbox.delete("ada.sandbox", asked)
    later(desk)
    assert (desk.entry(asked).state, desk.entry(asked).text) == (CommentState.CLOSED, "Where is it sold?")


def test_a_signed_answer_that_waits_for_its_time_is_cancelled(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    with desk.world.db.read() as conn:
        version = drafts.version(conn, desk.entry(asked).draft)
    moved = schedule.reschedule(desk.world.desk, version.draft_id, "2030-01-01T10:00", "li")
    post = desk.world.approve(moved, "ben")
    assert desk.world.states(post.id) == [PostState.DUE.value]
    desk.world.app.sandbox.delete("ada.sandbox", asked)
    later(desk)
    assert desk.world.states(post.id) == [PostState.CANCELLED.value]
    assert desk.entry(asked).state is CommentState.CLOSED


def test_an_edited_comment_is_read_and_answered_anew_and_its_suggestion_is_stale(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    first = desk.entry(asked).draft
    assert desk.world.app.sandbox.edit("ada.sandbox", asked, "When is it open?")
    later(desk)
    one = desk.entry(asked)
    assert version_of(desk, first) is DraftState.SUPERSEDED
    assert (one.text, one.state) == ("When is it open?", CommentState.PROPOSED)
    assert one.draft not in ("", first)
    assert before(desk, one) == ["Where is it sold?"]
    with desk.world.db.read() as conn:
        assert drafts.version(conn, one.draft).evidence["to"]["words"] == "When is it open?"


def test_an_edit_turns_no_comment_into_one_that_a_rule_answers_by_itself(desk: Desk) -> None:
    said = desk.says("Saw it yesterday")
    desk.look()
    assert desk.entry(said).state is CommentState.TRIAGED
    assert desk.world.app.sandbox.edit("ada.sandbox", said, "I love it")
    later(desk)
    assert desk.entry(said).state is CommentState.PROPOSED
    desk.drain()
    assert desk.answers(said) == []


def test_an_edit_takes_nothing_from_people_and_they_are_told(desk: Desk) -> None:
    law = desk.says("You will hear from my lawyer")
    desk.look()
    assert desk.entry(law).state is CommentState.ESCALATED
    assert desk.world.app.sandbox.edit("ada.sandbox", law, "I love it")
    later(desk)
    one = desk.entry(law)
    assert (one.state, one.text) == (CommentState.ESCALATED, "I love it")
    assert one.triage is not None
    assert one.triage.intent.value == "praise"
    assert any("I love it" in text for text in told(desk, f"comment:{one.id}"))
    assert before(desk, one) == ["You will hear from my lawyer"]


def test_a_question_that_changes_below_its_answer_is_told(desk: Desk) -> None:
    asked = desk.says("Is it good?")
    desk.look()
    desk.sign(asked)
    desk.drain()
    assert desk.entry(asked).state is CommentState.ANSWERED
    assert desk.world.app.sandbox.edit("ada.sandbox", asked, "Is it poison?")
    later(desk)
    one = desk.entry(asked)
    assert one.state is CommentState.ANSWERED
    assert [t for t in told(desk, f"comment:{one.id}") if "Is it poison?" in t]
    assert len(desk.answers(asked)) == 1


def test_a_person_hears_that_their_answer_was_taken_back(desk: Desk) -> None:
    said = desk.says("Saw it yesterday")
    desk.look()
    mine = inbox.answer(desk.world.desk, desk.entry(said).id, "Come again!", PEOPLE[3])
    desk.world.app.sandbox.delete("ada.sandbox", said)
    later(desk)
    assert version_of(desk, mine.draft_id) is DraftState.SUPERSEDED
    [text] = told(desk, f"draft:{mine.draft_id}")
    assert mine.draft_id in text


def test_stop_in_an_edit_counts(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    assert desk.world.app.sandbox.edit("ada.sandbox", asked, "Stop replying to me")
    later(desk)
    with desk.world.db.read() as conn:
        assert authors.opted_out(conn, "lumen", "sandbox", "ada.sandbox")
    assert desk.entry(asked).state in (CommentState.NEW, CommentState.TRIAGED)
    assert desk.entry(asked).aside == "opt-out"


def test_each_is_read_again_seldom_and_no_more_after_a_week(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = desk.says("Saw it yesterday")
    platform, calls = desk.world.app.platform("sandbox:main"), list[float]()
    real = platform.reread
    began = desk.world.clock.now()

    def counted(ids: list[str]) -> object:
        calls.append((desk.world.clock.now() - began).total_seconds() / 3600)
        return real(ids)

    monkeypatch.setattr(platform, "reread", counted)
    for _ in range(40):
        desk.world.advance(MINUTES)
        listen.listen(desk.world.desk)
    within_the_hour = len(calls)
    for _ in range(10 * 24):
        desk.world.advance(60 * MINUTES)
        listen.listen(desk.world.desk)
    assert 3 <= within_the_hour <= 8
    assert len(calls) <= 60
    assert max(calls) <= 7 * 24 + 1
    assert desk.entry(asked).deleted is None


def test_a_platform_that_cannot_be_read_again_keeps_nothing_from_being_heard(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.says("Saw it yesterday")
    desk.look()

    def broken(ids: list[str]) -> object:
        raise TryLater("no", platform="sandbox")

    monkeypatch.setattr(desk.world.app.platform("sandbox:main"), "reread", broken)
    desk.world.advance(6 * MINUTES)
    late = desk.says("And today", "bob.sandbox")
    done = listen.listen(desk.world.desk)
    assert (done["new"], done["failed"]) == (1, 0)
    assert desk.entry(late).text == "And today"
