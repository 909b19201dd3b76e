"""Every button and form of a review card, driven as the inbox drives them; Slack's side is the recorder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.clock import FixedClock
from bot.domain.draft import DraftState, DraftVersion, Window
from bot.domain.editorial import Plan, WeekSlot
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Hours, PolicyRule
from bot.domain.post import PostState
from bot.errors import BadInput, ModelError, NotAllowed, NotFound
from bot.store import approvals, chat, drafts, tables
from bot.store import posts as post_rows
from bot.surfaces.slack import feedback
from bot.surfaces.slack.actions import (
    another,
    approve,
    cancel,
    edit,
    fix,
    post_now,
    reject,
    reschedule,
    settle,
    show,
    undo,
)  # fmt: skip
from bot.surfaces.slack.cards import posted
from bot.surfaces.slack.views import another as another_form
from bot.surfaces.slack.views import edit as edit_form
from bot.surfaces.slack.views import reject as reject_form
from bot.surfaces.slack.views import reschedule as reschedule_form
from bot.surfaces.slack.views import settle as settle_form
from bot.words import speaking
from bot.workflow import schedule
from tests.slack import recorder
from tests.slack.recorder import CHANNEL, Message, day, hour, state
from tests.slack.words_world import Slack, model, proposes
from tests.world import World, brand

LATER = Window("2026-12-01T09:00", "Europe/Berlin")
OPEN = ApprovalPolicy((PolicyRule("open", Conditions(), Ask(four_eyes=False)),))
TWO = ApprovalPolicy((PolicyRule("two", Conditions(), Ask(needed=2)),))


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


@pytest.fixture
def slack() -> Slack:
    return Slack()


def card(world: World, slack: Slack, version: DraftVersion) -> Message:
    """Post a draft's card, as the follower does."""
    ts = posted.card(world.app, slack, CHANNEL, version.draft_id)
    return slack.messages[CHANNEL, ts]


def value(version: DraftVersion) -> str:
    return f"{version.draft_id}@{version.version}#{version.hash[:8]}"


def press(world: World, slack: Slack, message: Message, action: str, person: str = "li", **given: Any) -> None:
    """Press a button that stands on a message; the file named by it answers."""
    found = message.buttons[action]
    name = action.partition(".")[0]
    files = {"approve": approve, "post_now": post_now, "edit": edit, "another": another, "reject": reject,
             "reschedule": reschedule, "undo": undo, "cancel": cancel, "fix": fix, "show": show,
             "settle": settle}  # fmt: skip
    fields = {"value": str(found.get("value", "")), "action": action, "message": message.ts,
              "thread": message.thread, **given}  # fmt: skip
    asked = recorder.ask(world, slack, person, **fields)
    with speaking(asked.language):
        files[name].run(asked)


def send(
    world: World, slack: Slack, form: Any, typed: Mapping[str, Any], person: str = "li", **given: Any
) -> dict[str, str]:
    """Send the form that is open: what is wrong with it, else nothing once the work behind it is done."""
    fields = {"value": slack.view.get("private_metadata", ""), "channel": "", **given}
    asked = recorder.ask(world, slack, person, **fields)
    with speaking(asked.language):
        wrong: dict[str, str] = getattr(form, "faults", lambda *_: {})(asked, typed)
        if not wrong:
            form.submitted(asked, typed)
    return wrong


def newest(world: World, draft_id: str) -> DraftVersion:
    with world.db.read() as conn:
        return drafts.version(conn, draft_id)


def told(slack: Slack) -> str:
    return slack.whispers[-1].said if slack.whispers else ""


# --- signing ----------------------------------------------------------------------------------------------------


def test_approve_signs_what_is_on_the_card(world: World, slack: Slack) -> None:
    version = world.draft("The autumn oolongs are here.")
    message = card(world, slack, version)
    press(world, slack, message, "approve")
    with world.db.read() as conn:
        (decision,) = approvals.decisions(conn, draft_id=version.draft_id)
    assert (decision.person, decision.via, decision.hash) == ("li", "slack", version.hash)
    assert "The autumn oolongs are here." in decision.shown
    assert "Signed off" in told(slack)
    assert "approve" not in message.buttons
    assert "Scheduled" in message.said
    world.drain()
    assert world.live() == ["The autumn oolongs are here."]


def test_pressing_twice_signs_once_and_says_so(world: World, slack: Slack) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    before = dataclasses.replace(message, blocks=list(message.blocks))
    press(world, slack, message, "approve")
    press(world, slack, before, "approve")
    assert "Your signature is on it" in told(slack)
    with world.db.read() as conn:
        assert len(approvals.decisions(conn, draft_id=version.draft_id)) == 1


@pytest.mark.parametrize("button", ["approve", "post_now"])
def test_who_wrote_it_cannot_sign_it(world: World, slack: Slack, button: str) -> None:
    version = world.draft("Hello.", author="ben", window=LATER)
    message = card(world, slack, version)
    with pytest.raises(NotAllowed, match="somebody else"):
        press(world, slack, message, button, "ben")
    with pytest.raises(NotAllowed, match="not an approver"):
        press(world, slack, message, button, "anna")
    assert newest(world, version.draft_id).version == 1, "who may not sign moves nothing"


def test_post_now_keeps_every_word_and_drops_the_time(world: World, slack: Slack) -> None:
    version = world.draft("Hello.", window=LATER)
    message = card(world, slack, version)
    press(world, slack, message, "post_now")
    now = newest(world, version.draft_id)
    assert (now.version, now.origin, now.state) == (2, "now", DraftState.APPROVED)
    assert dataclasses.replace(now.content, window=version.content.window) == version.content
    world.drain()
    assert world.live() == ["Hello."]
    assert "as soon as a worker" in told(slack)
    # The same work again, after a crash behind the signature.
    post_now.run(recorder.ask(world, slack, value=value(version), action="post_now"))
    assert "Your signature is on it" in told(slack)
    assert newest(world, version.draft_id).version == 2


def test_post_now_goes_by_the_terms_of_this_hour(world: World, slack: Slack) -> None:
    """Mornings are for Sam alone: whoever could not sign for now moves nothing."""
    morning = Conditions(hours=(Hours(time(9), time(12)),))
    world.learn(brand(), ApprovalPolicy((PolicyRule("morning", morning, Ask(signers=("sam",))),)))
    version = world.draft("Hello.", window=Window("2026-12-01T15:00", "Europe/Berlin"))
    message = card(world, slack, version)
    with pytest.raises(NotAllowed, match="needs sam"):
        press(world, slack, message, "post_now", "li")
    assert newest(world, version.draft_id).version == 1
    press(world, slack, message, "post_now", "sam")
    world.drain()
    assert world.live() == ["Hello."]


def test_post_now_does_not_make_the_one_who_signs_an_author(world: World, slack: Slack) -> None:
    """Two are asked for: the first moves and signs, the second signs, and four eyes hold all the while."""
    world.learn(brand(), TWO)
    version = world.draft("Hello.", author="ben", window=LATER)
    message = card(world, slack, version)
    press(world, slack, message, "post_now")
    assert "1 of 2" in told(slack)
    assert "Still missing" in message.said
    assert "Ben" not in message.said.split("Still missing")[1].split("To be signed")[0]
    with pytest.raises(NotAllowed, match="somebody else"):
        press(world, slack, message, "approve", "ben")
    press(world, slack, message, "approve", "sam")
    world.drain()
    assert world.live() == ["Hello."]


def test_two_signatures_name_who_is_missing(world: World, slack: Slack) -> None:
    world.learn(brand(), TWO)
    message = card(world, slack, world.draft("Hello."))
    assert "0 of 2" in message.said
    press(world, slack, message, "approve", "li")
    assert "1 of 2: Li ✓" in message.said
    assert "1 of these: Sam, Ben" in message.said
    press(world, slack, message, "approve", "sam")
    assert "2 of 2: Li, Sam ✓" in message.said
    assert "Still missing" not in message.said


def test_a_stale_card_changes_into_what_it_is_now_and_says_why(world: World, slack: Slack) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    old = dataclasses.replace(message, blocks=list(message.blocks))
    send_edit(world, version, "Hello again.")
    press(world, slack, old, "approve")
    assert "You saw version 1" in told(slack)
    assert "Anna changed the text." in told(slack)
    assert "Hello again." in message.said
    assert "v2" in message.said
    with world.db.read() as conn:
        assert not approvals.decisions(conn, draft_id=version.draft_id)
    press(world, slack, message, "approve")
    assert newest(world, version.draft_id).state is DraftState.APPROVED


def send_edit(world: World, version: DraftVersion, text: str, author: str = "anna") -> DraftVersion:
    from bot import writing

    return writing.edit(world.app, version.draft_id, [text], author)


FORGED = ("", "d_00000001", "d_00000001@1", "d_99999999@1#12345678", "d_00000001@1#ffffffff'--", "../../x@1#12345678")


@pytest.mark.parametrize("button", [approve, post_now, edit, another, reject, reschedule, undo, cancel, fix])
def test_forged_values_change_nothing(world: World, slack: Slack, button: Any) -> None:
    version = world.draft("Hello.", window=LATER)
    card(world, slack, version)
    for forged in FORGED:
        with pytest.raises((BadInput, NotFound)):
            button.run(recorder.ask(world, slack, value=forged, action="fix.all"))
    # Another text under the right number is told as stale.
    button.run(recorder.ask(world, slack, value="d_00000001@1#00000000", action="fix.all"))
    assert "not the text you saw" in told(slack)
    assert not slack.views
    assert newest(world, version.draft_id) == version


def test_what_slack_cannot_show_cannot_be_signed(world: World, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a button that is not there, either."""
    from bot.platforms.sandbox import Sandbox

    monkeypatch.setattr(Sandbox, "limits", dataclasses.replace(Sandbox.limits, text=50_000))
    version = world.draft("A long tale. " * 3000)
    assert version.state is DraftState.IN_REVIEW
    message = card(world, slack, version)
    assert "approve" not in message.buttons
    assert "signoff approve" in message.said
    assert "reject" in message.buttons
    for button in (approve, post_now):
        with pytest.raises(NotAllowed, match="cannot show all"):
            button.run(recorder.ask(world, slack, value=value(version), action="approve"))
    press(world, slack, message, "show", response_url="https://hooks.slack.com/actions/1")
    whole = "".join(m.said for m in slack.whispers)
    assert whole.replace("\n", "").count("A long tale.") == 3000
    assert all(m.only_for == "U0LI" for m in slack.whispers)


# --- changing ---------------------------------------------------------------------------------------------------


def test_edit_shows_what_blocks_beside_the_part_and_stores_nothing(world: World, slack: Slack) -> None:
    version = world.draft("One.", "Two.", "Three.")
    message = card(world, slack, version)
    press(world, slack, message, "edit", "anna")
    typed = state(**{"part.0.0": "One.", "part.1.0": "A miracle!", "part.2.0": "Three." + "x" * 600, "more": ""})
    wrong = send(world, slack, edit_form, typed, "anna")
    assert set(wrong) == {"part.1.0", "part.2.0"}
    assert "miracle" in wrong["part.1.0"]
    assert newest(world, version.draft_id).version == 1
    assert send(world, slack, edit_form, state(**{"part.0.0": "One.", "part.1.0": "", "more": "Four."}), "anna") == {}
    assert [p.text for p in newest(world, version.draft_id).content.parts] == ["One.", "Four."]
    assert "Saved as version 2" in told(slack)
    assert "Four." in message.said


def test_edit_speaks_chinese_to_who_reads_chinese_and_stores_english(world: World, slack: Slack) -> None:
    version = world.draft("很好。", account="sandbox:cn")
    message = card(world, slack, version)
    press(world, slack, message, "edit", "anna", language="zh")
    wrong = send(world, slack, edit_form, state(**{"part.0.0": "奇迹！"}), "anna", language="zh")
    assert "奇迹" in wrong["part.0.0"]
    assert "allowed" not in wrong["part.0.0"]
    send(world, slack, edit_form, state(**{"part.0.0": "更好。价格 $5。" + "!" * 30}), "anna", language="zh")
    found = newest(world, version.draft_id)
    assert found.version == 2
    assert all(f.message.isascii() or "“" in f.message for f in found.findings)


def test_edit_after_somebody_else_says_so_in_the_form(world: World, slack: Slack) -> None:
    from bot.errors import Stale

    version = world.draft("Hello.")
    press(world, slack, card(world, slack, version), "edit")
    send_edit(world, version, "Other words.")
    with pytest.raises(Stale, match="version 2"):
        send(world, slack, edit_form, state(**{"part.0.0": "Mine."}))
    assert newest(world, version.draft_id).content.parts[0].text == "Other words."


def test_a_long_part_is_edited_over_several_fields(world: World, slack: Slack) -> None:
    text = "".join(f"Line {n} of a long tale.\n" for n in range(400)) + "👨‍👩‍👧‍👦" * 40
    version = world.draft(text)
    card(world, slack, version)
    edit.run(recorder.ask(world, slack, value=value(version), action="edit"))
    fields = {
        b["block_id"]: b["element"].get("initial_value", "") for b in slack.view["blocks"] if b["type"] == "input"
    }
    assert len(fields) > 3
    assert "".join(fields[name] for name in fields if name.startswith("part.")) == text


def test_edited_metadata_gives_nobody_a_right(world: World, slack: Slack) -> None:
    """A form that says it is about another draft binds to that draft's version and hash, and to the sender's rights."""
    version, other = world.draft("Hello."), world.draft("Other.", author="ben")
    press(world, slack, card(world, slack, version), "reject", "ben")
    forged = json.dumps({"card": value(other), "channel": "C0ELSEWHERE", "message": "1.2", "person": "sam"})
    with pytest.raises(NotAllowed):
        send(world, slack, reject_form, state(reason="no"), "anna", value=forged)
    assert newest(world, other.draft_id).state is DraftState.IN_REVIEW
    for broken in ("", "[]", "{", '"x"', '{"card": 7}'):
        with pytest.raises(BadInput):
            send(world, slack, reject_form, state(reason="no"), value=broken)
    assert not [m for m in slack.messages.values() if m.channel == "C0ELSEWHERE"]


def test_reject_keeps_the_reason(world: World, slack: Slack) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    press(world, slack, message, "reject", "ben")
    send(world, slack, reject_form, state(reason="Too loud."), "ben")
    assert newest(world, version.draft_id).state is DraftState.REJECTED
    assert "Ben rejected it: Too loud." in message.said
    assert "approve" not in message.buttons


def test_one_press_fixes_what_code_can_fix(world: World, slack: Slack) -> None:
    version = world.draft("Fine\u200b tea,\u200b here.")
    message = card(world, slack, version)
    assert "⟨U+200B⟩" in message.said
    assert "held back" in message.said.lower()
    press(world, slack, message, "fix.0", "anna")
    assert newest(world, version.draft_id).content.parts[0].text.count("\u200b") == 1
    press(world, slack, message, "fix.0", "ben")
    found = newest(world, version.draft_id)
    assert found.content.parts[0].text == "Fine tea, here."
    assert found.state is DraftState.IN_REVIEW
    assert "nothing holds it back" in told(slack)
    assert "somebody else must sign" in told(slack)


def test_one_press_fixes_all(world: World, slack: Slack) -> None:
    version = world.draft("Fine\u200b tea,\u200b here.", "And \u2f00 more\u200b.")
    message = card(world, slack, version)
    press(world, slack, message, "fix.all", "anna")
    assert [p.text for p in newest(world, version.draft_id).content.parts] == ["Fine tea, here.", "And 一 more."]


# --- time -------------------------------------------------------------------------------------------------------


def test_reschedule_shows_the_zone_and_says_what_cannot_be(world: World, slack: Slack) -> None:
    version = world.draft("Hello.", window=LATER)
    message = card(world, slack, version)
    press(world, slack, message, "reschedule", "anna", zone="Asia/Shanghai")
    assert "Europe/Berlin" in json.dumps(slack.view)
    assert "Asia/Shanghai" in json.dumps(slack.view)
    past = {"day.at": {"a": day("2026-11-01")}, "hour.at": {"a": hour("09:00")}}
    wrong = send(world, slack, reschedule_form, past, "anna")
    assert list(wrong) == ["day.at"]
    assert "past" in wrong["day.at"]
    fine = {"day.at": {"a": day("2026-12-24")}, "hour.at": {"a": hour("18:30")}}
    assert send(world, slack, reschedule_form, fine, "anna") == {}
    found = newest(world, version.draft_id)
    assert (found.content.window.wall, found.version) == ("2026-12-24T18:30", 2)
    assert "24 Dec 2026 18:30" in message.said
    assert "Anna moved it" in message.said


def test_the_next_free_slot_is_put_into_the_form(world: World, slack: Slack) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot((2,), "08:15"),))))
    version = world.draft("Hello.")
    press(world, slack, card(world, slack, version), "reschedule")
    press(world, slack, Message("", "", slack.view["blocks"], ""), "reschedule.slot", payload={"view": {
        "id": list(slack.views)[-1], "private_metadata": slack.view["private_metadata"]}})  # fmt: skip
    assert slack.view_updates == 1
    initial = [e for b in slack.view["blocks"] for e in [b.get("element", {})]]
    assert "2026-11-25" in json.dumps(initial)
    assert "08:15" in json.dumps(initial)
    typed = {"day.slot": {"a": day("2026-11-25")}, "hour.slot": {"a": hour("08:15")}}
    assert send(world, slack, reschedule_form, typed) == {}
    assert newest(world, version.draft_id).content.window.wall == "2026-11-25T08:15"


def test_as_soon_as_it_is_signed(world: World, slack: Slack) -> None:
    version = world.draft("Hello.", window=LATER)
    press(world, slack, card(world, slack, version), "reschedule")
    typed = {"soon": {"a": {"type": "checkboxes", "selected_options": [{"value": "now"}]}}}
    assert send(world, slack, reschedule_form, typed) == {}
    assert newest(world, version.draft_id).content.window.wall is None


# --- other versions ---------------------------------------------------------------------------------------------


def test_another_version_comes_in_the_thread(world: World, slack: Slack) -> None:
    version = world.draft("Buy our oolongs now!!!", brief="Autumn oolongs")
    message = card(world, slack, version)
    script = model(world, *[proposes("The autumn oolongs are in.")] * 3)
    press(world, slack, message, "another", "ben")
    send(world, slack, another_form, state(feedback="less salesy <!channel>"), "ben")
    assert "less salesy" in str(script.sent[0])
    below = [m for m in slack.seen if m.thread == message.ts]
    assert [("asked for another version" in m.said, "oolongs are in" in m.said) for m in below] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert "The autumn oolongs are in." in message.said
    assert "v2" in message.said
    press(world, slack, below[1], "approve", "li")
    assert newest(world, version.draft_id).state is DraftState.APPROVED
    assert "approve" not in message.buttons
    assert "approve" not in below[1].buttons


def test_words_in_the_thread_redraft_and_older_versions_stay_readable(world: World, slack: Slack) -> None:
    version = world.draft("Buy now!!!", brief="Autumn oolongs")
    message = card(world, slack, version)
    model(world, proposes("Second."), proposes("Third."))
    for n, text in enumerate(("<@U0BOT> shorter, less &amp; salesy", "more warmth")):
        said = recorder.ask(world, slack, "anna", thread=message.ts, message=f"9.{n}", text=text, delivery=f"d{n}")
        feedback.run(said)
    second, third = (m for m in slack.seen if m.thread == message.ts and "asked for another" not in m.said)
    assert "Second." in second.said
    assert "Replaced by a newer version" in second.said
    assert not second.buttons
    assert "Third." in third.said
    assert "approve" in third.buttons
    assert "Third." in message.said
    assert "shorter, less & salesy" in "".join(m.said for m in slack.seen)


@pytest.mark.parametrize("text", ["LGTM!", "ok, thanks", "好的。", "👍", "approved", "<@U0SAM> what do you think?", ""])
def test_words_that_only_agree_or_are_for_others_change_nothing(world: World, slack: Slack, text: str) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    model(world)
    feedback.run(recorder.ask(world, slack, "li", thread=message.ts, message="9.1", text=text))
    found = newest(world, version.draft_id)
    assert (found.version, found.state) == (1, DraftState.IN_REVIEW)
    assert ("Only the Approve button signs" in told(slack)) is (not text.startswith("<") and bool(text))


def test_a_redraft_that_was_cut_short_writes_no_second_version(world: World, slack: Slack) -> None:
    """The model answers once; the process dies before the thread is told; the work runs again."""
    version = world.draft("Hello.", brief="Tea")
    message = card(world, slack, version)
    script = model(world, *[proposes("Second.")] * 4)
    said = recorder.ask(world, slack, "anna", thread=message.ts, message="9.1", text="shorter", delivery="d1")
    feedback.run(said)
    with world.db.write() as conn:
        for found in chat.messages(conn, f"version:{version.draft_id}@2"):
            chat.forget_message(conn, found["team"], found["channel"], found["ts"])
    calls = len(script.sent)
    feedback.run(said)
    assert len(script.sent) == calls
    assert newest(world, version.draft_id).version == 2


def test_a_model_that_is_down_says_so_and_changes_nothing(world: World, slack: Slack) -> None:
    version = world.draft("Hello.", brief="Tea")
    message = card(world, slack, version)
    model(world, RuntimeError("no answer"), RuntimeError("no answer"), RuntimeError("no answer"))
    with pytest.raises((ModelError, RuntimeError)):
        feedback.run(recorder.ask(world, slack, "anna", thread=message.ts, message="9.1", text="shorter"))
    assert newest(world, version.draft_id).version == 1
    assert [m.ts for m in slack.seen] == [message.ts], "the progress message is withdrawn"


def test_what_is_live_is_not_redrafted(world: World, slack: Slack) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    world.approve(version)
    world.drain()
    script = model(world, proposes("Second."))
    with pytest.raises(NotAllowed, match="sent already"):
        feedback.run(recorder.ask(world, slack, "anna", thread=message.ts, message="9.1", text="shorter"))
    assert not script.sent


# --- after posting ----------------------------------------------------------------------------------------------


def live(world: World, slack: Slack, *texts: str) -> tuple[DraftVersion, Message]:
    version = world.draft(*texts)
    message = card(world, slack, version)
    world.approve(version)
    for _ in texts:
        world.drain()
        world.advance(5)
    posted.refresh(world.app, slack, version.draft_id)
    return version, message


def test_undo_deletes_for_ten_minutes_and_shows_the_proof(world: World, slack: Slack) -> None:
    _version, message = live(world, slack, "One.", "Two.")
    assert "Live" in message.said
    assert "sandbox" in json.dumps(message.blocks)
    press(world, slack, message, "undo")
    assert world.live() == []
    proof = slack.last
    assert proof.thread == message.ts
    assert proof.said.count("it is not there any more") == 2
    assert "undo" not in message.buttons
    assert "Taken down again" in message.said


def test_undo_delivered_once_more_says_that_it_is_done(world: World, slack: Slack) -> None:
    """A worker that died after the work leaves the delivery; a second press is no other thing."""
    _version, message = live(world, slack, "One.", "Two.")
    old = dataclasses.replace(message, blocks=list(message.blocks))
    press(world, slack, message, "undo")
    before = [m.said for m in slack.messages.values() if not m.only_for]
    press(world, slack, old, "undo")
    assert told(slack) == "It was taken down already; nothing more is to be done."
    assert [m.said for m in slack.messages.values() if not m.only_for] == before
    assert world.live() == []


def test_undo_goes_on_where_a_worker_died_in_the_middle(world: World, slack: Slack) -> None:
    version, message = live(world, slack, "One.", "Two.")
    with world.db.read() as conn:
        (post,) = post_rows.of_draft(conn, version.draft_id)
    receipt = post.parts[1].receipt
    assert receipt is not None
    # Deleted there, and the worker died before it was stored here.
    world.app.platform("sandbox:main").delete(receipt)
    press(world, slack, message, "undo")
    assert world.live() == []
    assert world.states(post.id) == ["deleted", "deleted"]
    assert "Taken down again" in message.said


def test_undo_is_over_after_ten_minutes(world: World, slack: Slack) -> None:
    _version, message = live(world, slack, "Hello.")
    old = dataclasses.replace(message, blocks=list(message.blocks))
    world.advance(601)
    with pytest.raises(BadInput, match="ten minutes"):
        press(world, slack, old, "undo")
    assert world.live() == ["Hello."]
    assert "undo" not in message.buttons


def test_only_an_approver_takes_a_post_down(world: World, slack: Slack) -> None:
    _, message = live(world, slack, "Hello.")
    press(world, slack, message, "undo", "anna")
    assert world.live() == ["Hello."]
    assert "approver" in told(slack)


def test_take_back_what_is_scheduled(world: World, slack: Slack) -> None:
    version = world.draft("Hello.", window=LATER)
    message = card(world, slack, version)
    world.approve(version)
    posted.refresh(world.app, slack, version.draft_id)
    assert "approve" not in message.buttons
    press(world, slack, message, "cancel", "anna")
    assert "Cancelled" in message.said
    assert not message.buttons


@pytest.mark.parametrize("found", [True, False])
def test_settle_what_got_no_answer(world: World, slack: Slack, found: bool) -> None:
    version = world.draft("Hello.")
    message = card(world, slack, version)
    post = world.approve(version)
    if found:
        world.drain()
        url = world.post(post.id).parts[0].receipt.url  # type: ignore[union-attr]
    with world.db.write() as conn:
        conn.execute(update(tables.post_part).where(tables.post_part.c.post_id == post.id).values(
            state=PostState.ASKED.value, remote_id=None, url=None, why="it may be live"))  # fmt: skip
        if found:
            conn.execute(update(tables.attempt).values(outcome="unknown"))
    posted.refresh(world.app, slack, version.draft_id)
    assert "needs a person" in message.said.lower()
    with pytest.raises(NotAllowed):
        press(world, slack, message, "settle.absent.0", "anna")
    if found:
        press(world, slack, message, "settle.live.0")
        assert send(world, slack, settle_form, state(url="")) != {}
        assert send(world, slack, settle_form, state(url=url)) == {}
        assert world.states(post.id) == ["live"]
        assert "Live" in message.said
    else:
        press(world, slack, message, "settle.absent.0")
        assert world.states(post.id) == ["due"]


def test_a_thread_that_stopped_half_way_has_three_ways_out(world: World, slack: Slack) -> None:
    version, message = live(world, slack, "One.", "Two.")
    with world.db.write() as conn:
        row = tables.post_part
        conn.execute(update(row).where(row.c.n == 1).values(state="refused", remote_id=None, url=None, why="no"))
    posted.refresh(world.app, slack, version.draft_id)
    assert {"settle.absent.1", "cancel", "undo"} == set(message.buttons)
    press(world, slack, message, "undo")
    assert "One." not in world.live()


def test_a_card_that_is_gone_is_forgotten(world: World, slack: Slack) -> None:
    from bot.surfaces.slack.errors import SlackRefused

    version = world.draft("Hello.")
    message = card(world, slack, version)

    def gone(*_: Any, **__: Any) -> None:
        raise SlackRefused("chat.update", "message_not_found")

    slack.update = gone  # type: ignore[method-assign]
    press(world, slack, message, "approve")
    with world.db.read() as conn:
        assert not chat.messages(conn, f"draft:{version.draft_id}")
    assert newest(world, version.draft_id).state is DraftState.APPROVED


def test_moving_binds_to_the_version_that_was_seen(world: World) -> None:
    from bot.errors import Stale

    version = world.draft("Hello.")
    send_edit(world, version, "Other.")
    with pytest.raises(Stale):
        schedule.reschedule(world.desk, version.draft_id, None, "li", seen_version=1)
