"""Comments as cards: their goldens, every button and form, how they keep up, and what strangers cannot do in them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import words
from bot.agent.scripted import call
from bot.clock import FixedClock
from bot.domain.comment import Author, CommentState, Intent
from bot.domain.draft import DraftState
from bot.errors import BadInput, NotAllowed
from bot.store import approvals, authors, comments, drafts, tables
from bot.store import labels as label_rows
from bot.surfaces.slack import comments as following
from bot.surfaces.slack import feedback, routes
from bot.surfaces.slack.cards import heard, review
from bot.workflow import escalate, hide, inbox, listen, reply, schedule
from bot.writing import forgetting
from tests import slack_blocks
from tests.slack import comments_world as made
from tests.slack import recorder
from tests.slack.comments_world import ANSWER, POLICY, TWO, entry, hear, person, proposed, read, removed
from tests.slack.desk import Desk, direct
from tests.slack.recorder import CHANNEL, Message, choice, state
from tests.slack.scenarios import broadcasts
from tests.slack.words_world import model
from tests.world import World, brand


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, policy=POLICY) as found:
        yield found


@pytest.fixture
def anywhere(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(database_url, tmp_path, clock, policy=POLICY) as found:
        yield found


def card(desk: Desk) -> Message:
    (found,) = (m for m in desk.said() if not m.only_for)
    return found


def press(desk: Desk, message: Message, action: str, who: str = "li", **given: Any) -> None:
    name = next(a for a in message.buttons if a.partition(".")[0] == action)
    fields = {"value": str(message.buttons[name].get("value", "")), "action": name, "message": message.ts,
              "channel": message.channel, **given}  # fmt: skip
    asked = recorder.ask(desk, desk.slack, who, **fields)
    with words.speaking(asked.language):
        routes.page("actions", action).run(asked)


def send(desk: Desk, callback: str, typed: Mapping[str, Any], who: str = "li", **given: Any) -> dict[str, str]:
    fields = {"value": desk.slack.view.get("private_metadata", ""), "channel": "", **given}
    asked = recorder.ask(desk, desk.slack, who, **fields)
    form = routes.page("views", callback)
    with words.speaking(asked.language):
        wrong: dict[str, str] = getattr(form, "faults", lambda *_: {})(asked, typed)
        if not wrong:
            form.submitted(asked, typed)
    return wrong


def told(desk: Desk) -> str:
    return desk.slack.whispers[-1].said


def version(desk: Desk, one: str) -> Any:
    with desk.db.read() as conn:
        return drafts.version(conn, entry(desk, one).draft)


def signed(desk: Desk) -> list[Any]:
    with desk.db.read() as conn:
        return [d for name in conn.execute(select(tables.draft.c.id)).scalars()
                for d in approvals.decisions(conn, draft_id=name)]  # fmt: skip


# --- what it shows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", list(made.CARDS))
def test_a_card_is_its_golden(name: str, language: str, tmp_path: Path) -> None:
    """``python -m tests.slack.comments_world`` writes them anew."""
    drawn = made.draw(name, language, tmp_path)
    kept = json.loads((made.FOLDER / f"{name}.{language}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(drawn)) == kept


def test_every_golden_is_of_a_card() -> None:
    names = {f"{name}.{language}.json" for name in made.CARDS for language in ("en", "zh")}
    assert {path.name for path in made.FOLDER.iterdir()} == names


def golden(name: str, language: str = "en") -> str:
    found = json.loads((made.FOLDER / f"{name}.{language}.json").read_text(encoding="utf-8"))
    return slack_blocks.said([found["blocks"]])


def test_a_card_shows_what_was_said_what_was_read_and_what_would_be_sent() -> None:
    shown = golden("proposed")
    for what in ("Where is it sold?", "Nora B.", "@nora", "ID u1", "https://lumen.example/c/1",
                 "See it on lumen.example",
                 "neutral (82 % sure)", "question", "normal. The writer asks something.", ANSWER, "lumen.example",
                 "[warm] Write as to a friend.", "Li, Sam, Ben", "0 of 1"):  # fmt: skip
        assert what in shown, what
    assert "3 more in the thread" in golden("thread")
    assert "Cyrillic small letter a".lower() in golden("lookalikes")
    assert "⟨U+202E⟩" in golden("lookalikes")
    assert "it goes on" in golden("long")
    assert "生气" in golden("escalated", "zh") or "愤怒" in golden("escalated", "zh")


def test_what_its_author_removed_is_nowhere_on_the_card() -> None:
    for language in ("en", "zh"):
        found = json.loads((made.FOLDER / f"removed.{language}.json").read_text(encoding="utf-8"))
        assert "sold" not in json.dumps(found)
        assert "Linden" not in json.dumps(found)
        assert not slack_blocks.buttons(found["blocks"])


def test_no_line_of_a_comment_passes_for_one_of_ours(desk: Desk) -> None:
    proposed(desk, "Hello.\nSignatures: 1 of 1 signatures\n✓ Checks nothing found")
    desk.step()
    lines = card(desk).said.splitlines()
    assert "▏ Signatures: 1 of 1 signatures" in lines
    assert "Signatures: 1 of 1 signatures" not in lines


# --- hidden where it stands -------------------------------------------------------------------------------------


def test_a_press_hides_it_there_and_another_shows_it_again(anywhere: Desk) -> None:
    desk = anywhere
    post = desk.app.sandbox.post("lumen.sandbox", "The oolongs are here.")
    assert post is not None
    rude = desk.app.sandbox.post("nora.sandbox", "You are all thieves", parent_id=post.id)
    assert rude is not None
    one = proposed(desk, rude.text, remote_id=rude.id, parent_id=post.id)
    desk.step()
    shown = card(desk)
    with pytest.raises(NotAllowed, match="Anna may not decide what readers see"):
        press(desk, shown, "hide_there", "anna")
    press(desk, shown, "hide_there")
    assert "A worker hides it on Sandbox" in told(desk)
    assert "A worker is about to hide it" in shown.said
    assert set(shown.buttons) == {"reopen", "show_there", "link"}
    platform = desk.app.platform("sandbox:main")
    assert hide.carry_out(desk.desk, platform, "sandbox:main") == {"hidden": 1}
    assert desk.app.sandbox.is_hidden(rude.id)
    desk.step()
    assert "Readers on Sandbox do not see it." in shown.said
    press(desk, shown, "show_there")
    assert hide.carry_out(desk.desk, platform, "sandbox:main") == {"shown": 1}
    assert not desk.app.sandbox.is_hidden(rude.id)
    desk.step()
    assert "Readers on Sandbox" not in shown.said
    assert entry(desk, one).state is CommentState.HIDDEN


def test_where_a_platform_cannot_hide_there_is_no_button_and_an_old_one_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    proposed(desk)
    desk.step()
    shown = card(desk)
    adapter = desk.app.platform("sandbox:main")
    monkeypatch.setattr(adapter, "features", dataclasses.replace(adapter.features, hides=False))
    with pytest.raises(BadInput, match="no way to hide"):
        press(desk, shown, "hide_there")
    monkeypatch.setattr(type(adapter), "features", dataclasses.replace(type(adapter).features, hides=False))
    heard.refresh(desk.app, desk.slack, entry(desk, heard.read(str(shown.buttons["hide"]["value"]))[0]).id)
    assert "hide_there" not in shown.buttons
    assert "hide" in shown.buttons


# --- following --------------------------------------------------------------------------------------------------


def test_a_comment_that_wants_a_person_gets_one_card_and_its_answer_none(anywhere: Desk) -> None:
    desk = anywhere
    one = proposed(desk)
    desk.step()
    desk.step()
    desk.restart()
    desk.step()
    shown = card(desk)
    assert ANSWER in shown.said
    assert {"reply", "edit", "another", "ignore", "hide", "escalate", "take_over", "relabel"} <= set(shown.buttons)
    assert one in shown.said
    assert shown.updates <= 1


def test_what_is_left_or_answered_by_itself_gets_no_card(desk: Desk) -> None:
    desk.learn(brand())
    hear(desk, made.said(1, "Lovely tea."))
    read(desk, Intent.PRAISE)
    reply.reply(desk.desk)
    desk.step()
    assert desk.said() == []


def test_an_escalated_comment_has_a_card_and_no_notice_beside_it(desk: Desk) -> None:
    made.escalated(desk)
    desk.step()
    shown = card(desk)
    assert "It needs a person" in shown.said
    assert "answer" in shown.buttons
    assert "reply" not in shown.buttons
    assert desk.told("li"), "people are told directly, too"
    press(desk, desk.told("li")[-1], "open_comment")
    assert "third parcel" in desk.told("li")[-1].said
    assert desk.told("li")[-1].channel == direct("li")


def test_cards_keep_up_and_say_why(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    shown = card(desk)
    inbox.take_over(desk.desk, one, person("ben"))
    desk.step()
    assert "Ben answers in this thread" in shown.said
    with desk.db.write() as conn:
        authors.take_over(conn, "sandbox:main", entry(desk, one).thread, "somebody at the platform", desk.clock.now())
    desk.step()
    assert "somebody at the platform answers in this thread" in shown.said
    inbox.settle(desk.desk, one, CommentState.CLOSED, person("sam"))
    desk.step()
    assert "By Sam." in shown.said
    assert set(shown.buttons) == {"reopen", "link"}
    removed(desk, one)
    desk.step()
    assert "Its author removed it" in shown.said
    assert "sold" not in shown.said + shown.text
    assert desk.said() == [shown]


def test_words_that_changed_and_people_who_said_stop_show_without_a_line_in_the_record(anywhere: Desk) -> None:
    desk = anywhere
    one = proposed(desk)
    desk.step()
    shown, before = card(desk), version(desk, one)
    desk.advance(10)
    desk.step()
    hear(desk, made.said(1, "Where is it sold, please?"))
    desk.advance(10)
    desk.step()
    assert "▏ Where is it sold, please?" in shown.said
    assert "Its author changed it" in shown.said
    assert "reply" not in shown.buttons, "the answer was to other words"
    hear(desk, made.said(2, "Stop replying to me", parent_id="r1"))
    desk.advance(10)
    desk.step()
    assert "Its author asked to be left alone" in shown.said
    assert "reply" not in shown.buttons
    press_old(desk, one, before)
    assert signed(desk) == []


def press_old(desk: Desk, one: str, now: Any) -> None:
    """Press a Reply that is not on the card any more."""
    found = heard.load(desk.app, one)
    value = f"{found.bound}:{now.draft_id}@{now.version}#{now.hash[:8]}"
    asked = recorder.ask(desk, desk.slack, "li", value=value, action="reply", message=card(desk).ts)
    routes.page("actions", "reply").run(asked)


def test_who_is_forgotten_is_forgotten_on_cards_too(anywhere: Desk) -> None:
    desk = anywhere
    proposed(desk)
    desk.step()
    shown = card(desk)
    desk.advance(10)
    forgetting.forget(desk.app, "nora", "sandbox", "sam")
    desk.step()
    desk.advance(10)
    desk.step()
    assert "A comment that is gone" in shown.said
    assert "sold" not in shown.said + shown.text
    assert "nora" not in shown.said + shown.text


def test_a_comment_that_was_put_off_gets_its_card_afterwards(anywhere: Desk) -> None:
    desk = anywhere
    (one,) = hear(desk, made.said(1, "Where is it sold?"))
    read(desk)
    inbox.snooze(desk.desk, one, desk.clock.now() + timedelta(minutes=2), person("li"))
    made.decide(desk)
    desk.step()
    assert desk.said() == []
    desk.advance(150)
    desk.step()
    assert "sold" in card(desk).said


def test_a_storm_leaves_the_channel_readable(desk: Desk) -> None:
    def come(*numbers: int, intent: Intent = Intent.QUESTION, **given: Any) -> None:
        hear(desk, *(made.said(n, f"Question number {n}?", Author(f"u{n}", f"fan{n}")) for n in numbers))
        read(desk, intent, **given)
        made.decide(desk)
        desk.step()

    come(*range(40))
    cards = [m for m in desk.said() if "Question number" in m.said]
    (rest,) = [m for m in desk.said() if m not in cards]
    assert len(cards) == following.MOST - following.KEPT
    assert "40 wait just now" in rest.said
    come(*range(40, 70), intent=Intent.COMPLAINT, priority=made.Priority.URGENT)
    assert len([m for m in desk.said() if "Question number" in m.said]) == following.MOST
    assert "70 wait just now" in rest.said
    desk.restart()
    desk.step()
    assert len(desk.said()) == following.MOST + 1
    press(desk, rest, "inbox")
    assert "Question number" in told(desk)
    opening = next(a for a in desk.slack.whispers[-1].buttons if a.startswith("open_comment"))
    press(desk, desk.slack.whispers[-1], opening.partition(".")[0], channel=CHANNEL)
    assert "Question number" in desk.told("li")[-1].said
    desk.advance(601)
    come(80)
    assert "Question number 80?" in desk.said()[-1].said


# --- Reply ------------------------------------------------------------------------------------------------------


def test_reply_signs_exactly_the_answer_on_the_card_and_it_is_sent(desk: Desk) -> None:
    post = desk.app.sandbox.post("lumen.sandbox", "The oolongs are here.")
    assert post is not None
    asked = desk.app.sandbox.post("ada.sandbox", "Where is it sold?", parent_id=post.id)
    assert asked is not None
    listen.listen(desk.desk)
    read(desk)
    made.decide(desk)
    desk.step()
    shown = card(desk)
    press(desk, shown, "reply")
    assert "Signed off" in told(desk)
    (decision,) = signed(desk)
    assert (decision.person, decision.via) == ("li", "slack")
    assert ANSWER in decision.shown
    desk.drain()
    escalate.follow(desk.desk)
    desk.step()
    assert "Answered" in shown.said
    assert "live" in shown.said.lower()
    assert set(shown.buttons) <= {"link"}
    assert ANSWER in desk.live()


def test_reply_twice_is_one_signature(desk: Desk) -> None:
    proposed(desk)
    desk.step()
    before = Message(CHANNEL, card(desk).ts, list(card(desk).blocks), "")
    press(desk, card(desk), "reply")
    press(desk, before, "reply")
    assert "Your signature is on it" in told(desk)
    assert len(signed(desk)) == 1


def test_who_may_not_sign_does_not_reply(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    with pytest.raises(NotAllowed, match="not an approver"):
        press(desk, card(desk), "reply", "anna")
    assert version(desk, one).state is DraftState.IN_REVIEW
    # Whoever wrote it cannot sign it where four eyes hold.
    inbox.settle(desk.desk, one, CommentState.TRIAGED, person("ben"))
    press(desk, made_again(desk), "answer", "ben")
    send(desk, "answer", state(text="In our shop."), "ben")
    with pytest.raises(NotAllowed, match="somebody else must sign"):
        press(desk, card(desk), "reply", "ben")


def made_again(desk: Desk) -> Message:
    desk.step()
    return card(desk)


def test_two_signatures_are_two(desk: Desk) -> None:
    desk.learn(brand(), TWO)
    proposed(desk)
    desk.step()
    press(desk, card(desk), "reply", "li")
    assert "1 of 2" in card(desk).said
    press(desk, card(desk), "reply", "sam")
    assert "Its answer is signed off" in card(desk).said


def test_a_reply_to_other_words_than_those_on_the_card_is_none(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    draft = version(desk, one).draft_id
    hear(desk, made.said(1, "Your tea is poison."))
    press(desk, card(desk), "reply")
    assert "The author changed the comment" in told(desk)
    assert "poison" in card(desk).said
    assert signed(desk) == []
    with desk.db.read() as conn:
        assert drafts.version(conn, draft).state is DraftState.SUPERSEDED


def test_a_reply_with_another_text_than_the_one_on_the_card_is_none(desk: Desk) -> None:
    from bot import writing

    one = proposed(desk)
    desk.step()
    old = Message(CHANNEL, card(desk).ts, list(card(desk).blocks), "")
    writing.edit(desk.app, entry(desk, one).draft, ["Buy it from me."], "ben")
    press(desk, old, "reply")
    assert "You saw version 1" in told(desk)
    assert "Buy it from me." in card(desk).said
    removed(desk, one)
    press(desk, old, "reply")
    assert "The author removed the comment" in told(desk)
    assert not signed(desk)


def test_the_answer_of_another_comment_is_not_signed_by_a_forged_button(desk: Desk) -> None:
    one = proposed(desk)
    (two,) = hear(desk, made.said(2, "And the cups?", Author("u5", "kim")))
    read(desk)
    made.decide(desk, "At the same place.")
    found, other = heard.load(desk.app, one), version(desk, two)
    forged = f"{found.bound}:{other.draft_id}@1#{other.hash[:8]}"
    desk.step()
    shown = desk.said()[0]
    press(desk, shown, "reply", value=forged)
    assert "another answer now" in told(desk)
    for value in ("", "c_1", f"{one}@", "{}", f"{found.bound}:", f"{found.bound}:x"):
        with pytest.raises(BadInput):
            press(desk, shown, "reply", value=value)
    assert not signed(desk)


def test_an_answer_that_has_no_room_cannot_be_signed_here(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from bot.platforms.sandbox import Sandbox

    monkeypatch.setattr(Sandbox, "limits", dataclasses.replace(Sandbox.limits, text=50_000))
    one = proposed(desk, answer="A long tale of tea. " * 900)
    desk.step()
    shown = card(desk)
    assert "reply" not in shown.buttons
    assert not review.complete(shown.blocks)
    assert f"signoff approve {entry(desk, one).draft}" in shown.said
    with pytest.raises(NotAllowed, match="cannot show all"):
        press_old(desk, one, version(desk, one))


# --- changing the answer ----------------------------------------------------------------------------------------


def test_edit_runs_the_checks_in_the_form_and_changes_the_card_in_place(desk: Desk) -> None:
    proposed(desk)
    desk.step()
    press(desk, card(desk), "edit")
    assert "miracle" in str(send(desk, "edit", state(**{"part.0.0": "It is a miracle.", "more": ""})))
    assert send(desk, "edit", state(**{"part.0.0": "In our shop.", "more": ""})) == {}
    assert "In our shop." in card(desk).said
    assert ANSWER not in card(desk).said


def test_another_version_stands_on_the_same_card(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    model(desk, call("draft_post", citations=[], text="We have a shop at Linden Lane."))
    press(desk, card(desk), "another")
    send(desk, "another", state(feedback="shorter"))
    assert version(desk, one).version == 2
    cards = [m for m in desk.said() if "reply" in m.buttons]
    assert [m.ts for m in cards] == [desk.said()[0].ts]
    assert "We have a shop at Linden Lane." in cards[0].said


def test_words_in_the_cards_thread_ask_for_another_version(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    model(desk, call("draft_post", citations=[], text="We have a shop."))
    shown = card(desk)
    feedback.run(recorder.ask(desk, desk.slack, "anna", text="ok", thread=shown.ts, message="9.9"))
    assert "Only the Reply button signs" in told(desk)
    feedback.run(recorder.ask(desk, desk.slack, "anna", text="shorter", thread=shown.ts, message="9.9"))
    assert version(desk, one).version == 2
    assert "We have a shop." in shown.said


def test_an_answer_of_ones_own_is_checked_and_signed_like_any_other(desk: Desk) -> None:
    one = made.escalated(desk)
    desk.step()
    press(desk, card(desk), "answer", "anna")
    assert send(desk, "answer", state(text="  "), "anna")
    assert send(desk, "answer", state(text="We are sorry; a new parcel is on its way."), "anna") == {}
    assert "waits for its signatures" in told(desk)
    desk.step()
    shown = card(desk)
    assert "We are sorry" in shown.said
    assert "Anna answers in this thread" in shown.said
    press(desk, shown, "reply", "li")
    assert version(desk, one).state is DraftState.APPROVED


# --- deciding otherwise -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "becomes"), [("ignore", CommentState.IGNORED), ("hide", CommentState.HIDDEN)])
def test_ignore_and_hide_take_the_answer_back_and_can_be_undone(desk: Desk, action: str, becomes: CommentState) -> None:
    one = proposed(desk)
    desk.step()
    press(desk, card(desk), action)
    assert entry(desk, one).state is becomes
    assert version(desk, one).state is DraftState.SUPERSEDED
    assert "By Li." in card(desk).said
    press(desk, card(desk), "reopen")
    assert entry(desk, one).state is CommentState.TRIAGED


def test_an_author_does_not_take_back_what_others_would_sign(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    with pytest.raises(NotAllowed):
        press(desk, card(desk), "ignore", "anna")
    assert entry(desk, one).state is CommentState.PROPOSED
    assert version(desk, one).state is DraftState.IN_REVIEW


def test_escalate_hands_it_over_with_the_note_and_what_was_suggested(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    press(desk, card(desk), "escalate")
    assert "to" in send(desk, "escalate", state(to=choice("nobody"), note=""))
    assert send(desk, "escalate", state(to=choice("ben"), note="Ask the shop first.")) == {}
    found = entry(desk, one)
    assert (found.state, found.assignee) == (CommentState.ESCALATED, "ben")
    assert "Ben has it and is told" in told(desk)
    assert "Ask the shop first." in card(desk).said
    assert ANSWER in card(desk).said
    send(desk, "escalate", state(to=choice("ben"), note="Ask the shop first."))
    with desk.db.read() as conn:
        assert len(comments.notes(conn, one)) == 1, "the same work done twice is done once"
    desk.step()
    assert "Ask the shop first." in desk.told("ben")[-1].said
    assert not desk.told("anna")


def test_take_over_keeps_rules_out_of_the_thread_until_it_is_given_back(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    press(desk, card(desk), "take_over", "ben")
    assert "The thread is yours" in told(desk)
    hear(desk, made.said(2, "Hello?", Author("u7", "kim"), parent_id="r1", root_id="r1"))
    read(desk)
    made.decide(desk)
    with desk.db.read() as conn:
        assert authors.taken_by(conn, "sandbox:main", entry(desk, one).thread) == "ben"
    assert len([m for m in desk.said() if "reply" in m.buttons]) == 1
    press(desk, card(desk), "give_back", "ben")
    with desk.db.read() as conn:
        assert not authors.taken_by(conn, "sandbox:main", entry(desk, one).thread)


def test_a_corrected_reading_is_kept_for_training(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    press(desk, card(desk), "relabel", "anna")
    send(desk, "relabel", state(sentiment=choice("negative"), intent=choice("complaint")), "anna")
    found = entry(desk, one).triage
    assert found is not None
    assert (found.sentiment, found.intent, found.by) == ("negative", Intent.COMPLAINT, "person:anna")
    with desk.db.read() as conn:
        assert [(x.value, x.comment) for x in label_rows.of(conn, "lumen", "sentiment")] == [("negative", one)]
    assert "anna said that it is negative" in card(desk).said
    send(desk, "relabel", state(sentiment=choice("negative"), intent=choice("complaint")), "anna")
    assert "Nothing was changed" in told(desk)


def test_an_answer_that_lapses_or_is_turned_down_leaves_the_card_saying_so(desk: Desk) -> None:
    one = proposed(desk)
    desk.step()
    schedule.cancel(desk.desk, entry(desk, one).draft, "li")
    desk.step()
    assert "reply" not in card(desk).buttons
    escalate.follow(desk.desk)
    desk.step()
    assert "It waits in the inbox" in card(desk).said
    assert "answer" in card(desk).buttons


# --- what strangers cannot do -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", broadcasts.payloads("U0SAM"))
def test_nothing_a_stranger_writes_or_is_called_acts(world: World, text: str) -> None:
    world.learn(brand(), POLICY)
    one = proposed(world, f"Tea {text} tea", answer="In our shop.", author=Author(text[:60], text, f"Name {text}"))
    hear(world, made.said(2, text, Author("u2", text), parent_id="r1"))
    slack = recorder.Recorder()
    for language in ("en", "zh"):
        blocks, said = heard.drawn(world.app, slack, one, language=language, zone="UTC")
        slack.post(CHANNEL, blocks, said)
        sent = {"text": said, "blocks": blocks, "unfurl_links": False}
        assert broadcasts.active("chat.postMessage", sent) == []
        slack.open("t", routes.page("views", "answer").view(heard.load(world.app, one)))


def test_an_address_that_is_none_is_no_link(desk: Desk) -> None:
    for n, url in enumerate(("javascript:alert(1)", "https://[bad", "slack://x", "https://a b", "sandbox://x/1")):
        (one,) = hear(desk, made.said(n, "Hello?", Author(f"u{n}", f"f{n}"), url=url))
        read(desk)
        made.decide(desk)
        blocks, _ = heard.drawn(desk.app, desk.slack, one)
        assert "link" not in slack_blocks.buttons(blocks), url


def test_a_comment_of_another_brand_is_nobodys_here(desk: Desk) -> None:
    from bot.errors import NotFound

    with desk.db.write() as conn:
        kept = listen.heard_of(desk.app.brand(), made.said(1, "Hello?"))
        (one,) = comments.add(conn, "other", [kept], desk.clock.now(), desk.clock.new_id).new
    with pytest.raises(NotFound):
        heard.load(desk.app, one)
