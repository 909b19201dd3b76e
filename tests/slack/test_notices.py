"""Notices: each with the next step and its button, settled in place, brought to whom they concern, not at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.errors import NotAllowed, OutcomeUnknown, Reconnect, Refused
from bot.platforms.sandbox import Sandbox
from bot.store import desk as rows
from bot.surfaces.slack.preferences import Preferences
from bot.workflow import decide, settling, switching, tend, undo
from tests.slack.desk import Desk, direct
from tests.slack.recorder import CHANNEL, Message, ask


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def notices(desk: Desk, channel: str = CHANNEL) -> list[Message]:
    """Return what stands in a channel besides cards."""
    return [m for m in desk.said(channel) if not m.only_for and "sig" not in _card(m)]


def _card(message: Message) -> str:
    return "sig" if any(b["type"] == "header" for b in message.blocks) and "v1" in message.said else ""


def names(message: Message) -> set[str]:
    return set(message.buttons)


def published(desk: Desk, *texts: str) -> Any:
    post = desk.approve(desk.draft(*texts))
    desk.drain()
    desk.step()
    return post


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Sandbox, "publish", send)


# --- what is said ------------------------------------------------------------------------------------------------


def test_published_has_the_link_and_undo_for_ten_minutes(desk: Desk) -> None:
    post = published(desk, "The autumn oolongs are here.")
    (told,) = notices(desk)
    assert "Live on" in told.said
    assert "The autumn oolongs are here." in told.said
    assert told.buttons["undo"]["value"].startswith(f"{post.draft_id}@1#")
    assert told.buttons["undo"]["confirm"]
    url = desk.post(post.id).parts[0].receipt.url  # type: ignore[union-attr]
    assert ("link" in told.buttons) == url.startswith("http")
    desk.advance(9 * 60)
    desk.step()
    assert "undo" in told.buttons
    desk.advance(61)
    desk.step()
    assert not [m for m in desk.said() if "undo" in m.buttons], "neither the notice nor the card"
    assert notices(desk) == [told]


def test_published_says_when_it_was_taken_down(desk: Desk) -> None:
    post = published(desk)
    (told,) = notices(desk)
    undo.undo(desk.desk, post.draft_id, "li")
    desk.step()
    assert notices(desk) == [told]
    assert "Taken down" in told.said
    assert not told.buttons


def test_a_refusal_names_the_reason_and_offers_to_mend_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Refused("Too many exclamation marks."))
    published(desk)
    (told,) = notices(desk)
    assert "Not published" in told.said
    assert "Too many exclamation marks." in told.said
    assert {"edit", "reschedule", "settle.absent"} <= names(told)
    assert "signoff edit" not in told.said, "in Slack there is a button for it"


def test_a_doubt_is_told_at_once_and_settles_in_the_same_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, OutcomeUnknown("Silence."))
        published(desk)
        desk.step()
    (told,) = notices(desk)
    assert "No clear answer" in told.said
    assert "nothing for you to do" in told.said
    assert not told.buttons
    for _ in range(6):
        desk.advance(300)
        desk.drain()
    desk.step()
    assert "Settled" in told.said
    assert "Live on" in notices(desk)[-1].said


def test_a_doubt_that_nobody_can_settle_asks_a_person(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, OutcomeUnknown("Silence."))
        post = desk.approve(desk.draft())
        desk.drain()

        def unreadable(*_: object, **__: object) -> None:
            raise OutcomeUnknown("The timeline cannot be read.")

        patch.setattr(Sandbox, "find", unreadable)
        for _ in range(12):
            desk.advance(600)
            desk.drain()
    desk.step()
    desk.step()
    assert desk.states(post.id) == ["asked"]
    (told,) = notices(desk)
    assert {"settle.live", "settle.absent"} == names(told)
    assert told.buttons["settle.live"]["value"] == f"{post.id}/0/1"
    settling.settle(desk.desk, post.id, 0, "li", live=None)
    desk.step()
    assert "Settled" in told.said
    assert not told.buttons


def test_a_post_that_is_too_late_asks_and_its_buttons_work(desk: Desk) -> None:
    from bot.domain.draft import Window

    post = desk.approve(desk.draft("For this morning.", window=Window("2026-11-22T10:30", "Europe/Berlin")))
    desk.advance(3 * 3600)
    desk.drain()
    desk.step()
    assert desk.states(post.id) == ["asked"]
    (told,) = notices(desk)
    assert {"edit", "reschedule", "settle.absent"} == names(told)
    press(desk, "reschedule", "li", told.buttons["reschedule"]["value"])
    assert desk.slack.view["callback_id"].startswith("reschedule")
    press(desk, "edit", "li", told.buttons["edit"]["value"])
    assert desk.slack.view["callback_id"].startswith("edit")
    press(desk, "settle.absent", "li", told.buttons["settle.absent"]["value"])
    assert desk.states(post.id) == ["due"]


def test_a_thread_that_stopped_half_way_says_how_much_is_live(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    post = desk.approve(desk.draft("One.", "Two.", "Three."))
    real, sent = Sandbox.publish, []

    def second_fails(self: Sandbox, out: Any, once: str) -> Any:
        sent.append(out)
        if len(sent) == 2:
            raise Refused("Not this one.")
        return real(self, out, once)

    monkeypatch.setattr(Sandbox, "publish", second_fails)
    desk.drain()
    desk.step()
    (told,) = notices(desk)
    assert "stopped half-way" in told.said
    assert "part 2 of 3, 1 live" in told.said
    assert {"settle.absent", "cancel"} == names(told)
    press(desk, "cancel", "li", told.buttons["cancel"]["value"])
    desk.step()
    assert desk.states(post.id) == ["live", "refused", "cancelled"] or "cancelled" in desk.states(post.id)


def test_a_dead_login_pauses_and_says_how_to_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, Reconnect("The token is dead."))
        published(desk)
    (told,) = notices(desk)
    assert "sandbox:main is paused" in told.said
    assert "The token is dead." in told.said
    assert "`signoff connect sandbox:main`" in told.said
    assert "`/signoff resume sandbox:main`" in told.said
    assert told.buttons["resume"]["value"] == "sandbox:main"
    press(desk, "resume", "li", "sandbox:main")
    desk.step()
    assert "goes on" in told.said
    assert not told.buttons
    with monkeypatch.context() as patch:
        failing(patch, Reconnect("The token is dead."))
        published(desk)
    assert len(notices(desk)) == 2, "the same trouble once more must not hide in a settled message"
    assert "is paused" in notices(desk)[1].said


def test_the_kill_switch_is_told_each_time_and_a_button_starts_again(desk: Desk) -> None:
    switching.stop(desk.desk, "anna", "a mistake on the site")
    desk.step()
    (told,) = notices(desk)
    assert "Everything is stopped" in told.said
    assert "a mistake on the site" in told.said
    press(desk, "resume", "li", "all")
    desk.step()
    assert "Running again" in told.said
    assert not told.buttons
    switching.stop(desk.desk, "anna", "again")
    desk.step()
    assert len(notices(desk)) == 2, "a second stop must not hide in an old message"


def test_only_an_approver_starts_again_by_the_button(desk: Desk) -> None:
    from bot.surfaces.slack.actions import resume
    from bot.surfaces.slack.routes import allow

    switching.stop(desk.desk, "anna", "")
    asked = ask(desk, desk.slack, "anna", value="all", action="resume")
    with pytest.raises(NotAllowed):
        allow(asked, resume.ROLE)
    with pytest.raises(NotAllowed):
        resume.run(asked)
    with desk.db.read() as conn:
        assert rows.stopped(conn)


def test_a_dead_worker_points_to_status(desk: Desk) -> None:
    with desk.db.write() as conn:
        rows.beat(conn, "host:1:1:1", desk.clock.now())
    desk.advance(120)
    tend.tend(desk.desk)
    desk.step()
    (told,) = notices(desk)
    assert "worker" in told.said
    assert "`/signoff status`" in told.said


def test_a_storm_is_told_to_approvers_and_can_be_stopped_from_its_notice(desk: Desk) -> None:
    with desk.db.write() as conn:
        at, text = desk.clock.now(), "Nine comments in the last hour. “<!channel> awful tea”"
        rows.notify(conn, at, "lumen", "crisis:lumen", text, "`signoff inbox --mood negative` lists them.")
    desk.quietly("li", quiet={"start": "09:30", "end": "11:00"})
    desk.step()
    (told,) = notices(desk)
    assert "“<!channel> awful tea”" in told.said
    assert "<!channel>" not in told.text
    assert {"new_draft", "stop"} == names(told)
    assert desk.told("li"), "it is urgent"
    press(desk, "stop", "anna", "")
    desk.step()
    with desk.db.read() as conn:
        assert rows.stopped(conn)
    assert "Everything is stopped" in notices(desk)[-1].said


def test_a_comment_comes_to_who_has_it_and_goes_when_its_author_takes_it_back(desk: Desk) -> None:
    from bot.domain.comment import Author, Comment
    from bot.store import comments, events
    from bot.store.comment_rows import Heard
    from bot.workflow import escalate

    said = Comment("sandbox:main", "r1", Author("u1", "nora"), "My tea came <!here> broken.", desk.clock.now(),
                   url="https://sandbox.example/r1")  # fmt: skip
    with desk.db.write() as conn:
        (one_id,) = comments.add(conn, "lumen", [Heard(said, said.text)], desk.clock.now(), desk.clock.new_id).new
        comments.change(conn, one_id, desk.clock.now(), "policy", "", assignee="ben")
        escalate.tell(conn, comments.get(conn, one_id), "it is about a refund", desk.clock.now())
    desk.step()
    (told,) = notices(desk)
    assert "A comment needs a person" in told.said
    assert "My tea came <!here> broken." in told.said
    assert told.buttons["link"]["url"] == "https://sandbox.example/r1"
    assert [p for p in ("anna", "li", "sam", "ben") if desk.told(p)] == ["ben"]
    with desk.db.write() as conn:
        comments.change(conn, one_id, desk.clock.now(), "author", "deleted", deleted=desk.clock.now())
        events.record(conn, desk.clock.now(), "author", f"comment:{one_id}", "", "deleted", "")
    desk.step()
    assert "broken" not in told.said
    assert not told.buttons


@pytest.mark.parametrize("words", ["<!channel> <@U1> <https://evil.example|here> *b* `c`", "a" * 9000, "‮evil​"])
def test_words_of_others_stay_words(desk: Desk, words: str) -> None:
    with desk.db.write() as conn:
        rows.notify(conn, desk.clock.now(), "lumen", "worker:x", words, words[:500])
    desk.step()
    (told,) = notices(desk)
    assert "<!channel>" not in told.text
    # That nothing in the blocks can act, the recorder's checker has seen.
    assert told.said


def test_news_of_one_subject_stands_in_one_message_while_it_is_fresh(desk: Desk) -> None:
    def leave(text: str) -> None:
        with desk.db.write() as conn:
            rows.notify(conn, desk.clock.now(), "lumen", "series:q_1", text, "")
        desk.step()

    leave("Monday is left out.")
    leave("Tuesday is left out.")
    (told,) = notices(desk)
    assert "Tuesday" in told.said
    desk.advance(7 * 3600)
    leave("Wednesday is left out.")
    assert len(notices(desk)) == 2, "what is new must not hide in a message of yesterday"


def test_what_was_left_before_slack_came_is_not_poured_out(tmp_path: Path, clock: FixedClock) -> None:
    from tests.world import World

    url = f"sqlite:///{tmp_path / 'signoff.db'}"
    with World(url, tmp_path, clock) as before, before.db.write() as conn:
        rows.notify(conn, clock.now(), "lumen", "worker:x", "Long ago.", "")
    with Desk(url, tmp_path, clock) as desk:
        desk.step()
        assert not notices(desk)
        assert not desk.told("sam")


def test_chinese_readers_are_told_in_chinese(desk: Desk) -> None:
    desk.quietly("sam", language="zh", notices="all")
    switching.stop(desk.desk, "anna", "")
    desk.step()
    (told,) = desk.told("sam")
    assert "停" in told.said
    assert "Everything" not in told.said


# --- signatures --------------------------------------------------------------------------------------------------


def reminding(desk: Desk, **terms: Any) -> None:
    given = {"expires_hours": 24.0, "reminder_hours": 4.0, "escalate_to": "sam", **terms}
    desk.learn(desk.app.brand(), ApprovalPolicy((PolicyRule("slow", outcome=Ask(**given)),)))


def test_a_reminder_goes_to_those_who_may_sign_and_the_end_to_the_next_person(desk: Desk) -> None:
    reminding(desk, signers=("li", "ben"))
    version = desk.draft(author="ben")
    desk.step()
    desk.advance(4 * 3600 + 1)
    tend.tend(desk.desk)
    desk.step()
    (reminder,) = desk.told("li")
    assert "Waits for your signature" in reminder.said
    assert "open" in names(reminder)
    assert not desk.told("sam"), "the next person is asked only when it gets late"
    assert not desk.told("ben"), "under four eyes the author may not sign"
    desk.advance(18.5 * 3600)
    desk.step()
    desk.step()
    (next_one,) = desk.told("sam")
    assert version.draft_id in next_one.said
    desk.step()
    assert len(desk.told("sam")) == 1
    decide.reject(desk.desk, desk.answer(version, "li"))
    desk.step()
    assert "Settled" in reminder.said
    assert not reminder.buttons
    with desk.db.read() as conn:
        assert not rows.notices(conn, brand="lumen"), "what is over waits for no reader"


def test_a_lapse_is_told_to_the_author_and_offers_another_time(desk: Desk) -> None:
    reminding(desk, reminder_hours=None)
    desk.draft()
    desk.step()
    desk.advance(24 * 3600 + 1)
    tend.tend(desk.desk)
    desk.step()
    (told,) = desk.told("anna")
    assert "Nobody signed in time" in told.said
    assert {"reschedule", "open"} == names(told)
    assert desk.told("sam"), "and to whom the policy names"


# --- each person's own wishes ------------------------------------------------------------------------------------


def leave(desk: Desk, subject: str, text: str, level: str = "warn") -> None:
    with desk.db.write() as conn:
        rows.notify(conn, desk.clock.now(), "lumen", subject, text, "", level)


def test_what_comes_at_night_waits_and_comes_as_one_message(desk: Desk) -> None:
    # 09:00 UTC is 10:00 in Berlin.
    desk.quietly("sam", quiet={"start": "09:30", "end": "11:00"}, urgent=False)
    leave(desk, "worker:a", "A worker is gone.")
    leave(desk, "series:q_1", "Monday is left out.")
    desk.step()
    assert not desk.told("sam")
    desk.restart()
    desk.step()
    assert not desk.told("sam")
    desk.advance(3600)
    desk.restart()
    desk.step()
    desk.step()
    (told,) = desk.told("sam")
    assert "A worker is gone." in told.said
    assert "Monday is left out." in told.said
    assert "While you were away: 2" in told.said
    leave(desk, "worker:b", "Another one.")
    desk.step()
    assert len(desk.told("sam")) == 2


@pytest.mark.parametrize(("passes", "count"), [(True, 1), (False, 0)])
def test_what_is_urgent_passes_where_a_person_wants_it(desk: Desk, passes: bool, count: int) -> None:
    desk.quietly("sam", quiet={"start": "09:30", "end": "11:00"}, urgent=passes)
    leave(desk, "worker:a", "A worker is gone.")
    switching.stop(desk.desk, "anna", "")
    desk.step()
    desk.step()
    assert len(desk.told("sam")) == count
    desk.advance(3600)
    desk.step()
    later = desk.told("sam")[count:]
    assert len(later) == 1
    assert "A worker is gone." in later[0].said
    assert ("stopped" in later[0].said) is not passes, "what passed is not said twice"


def test_each_gets_what_concerns_them(desk: Desk) -> None:
    desk.quietly("ben", notices="all")
    desk.quietly("li", notices="none")
    published(desk)
    assert not desk.told("anna"), "that it is out stands in the channel"
    assert not desk.told("sam")
    assert len(desk.told("ben")) == 1
    switching.stop(desk.desk, "anna", "")
    desk.step()
    assert [len(desk.told(p)) for p in ("anna", "li", "sam", "ben")] == [0, 0, 1, 2]


def test_without_a_channel_notices_come_directly(tmp_path: Path, clock: FixedClock) -> None:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, slack_channel="") as desk:
        published(desk)
        assert "Live on" in desk.told("anna")[0].said
        assert "Live on" in desk.told("li")[0].said
        assert not desk.told("ben")


def test_one_who_cannot_be_written_to_does_not_keep_others_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.surfaces.slack.errors import SlackRefused

    real = desk.slack.post

    def post(channel: str, *args: Any, **given: Any) -> str:
        if channel == direct("ben"):
            raise SlackRefused("chat.postMessage", "user_disabled")
        return real(channel, *args, **given)

    monkeypatch.setattr(desk.slack, "post", post)
    switching.stop(desk.desk, "anna", "")
    desk.step()
    desk.step()
    assert desk.told("sam")
    assert desk.told("li")


def test_quiet_hours_follow_the_zone_and_both_odd_nights() -> None:
    from datetime import UTC, datetime

    night = Preferences.of({"zone": "Europe/Berlin", "quiet": {"start": "22:00", "end": "07:00"}})
    assert night.quiet_until(datetime(2026, 7, 1, 20, 30, tzinfo=UTC)) == datetime(2026, 7, 2, 5, tzinfo=UTC)
    assert night.quiet_until(datetime(2026, 7, 1, 5, 0, tzinfo=UTC)) is None
    # The clocks go forward on 29 March and back on 25 October 2026.
    assert night.quiet_until(datetime(2026, 3, 28, 23, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert night.quiet_until(datetime(2026, 10, 24, 23, tzinfo=UTC)) == datetime(2026, 10, 25, 6, tzinfo=UTC)
    nap = Preferences.of({"zone": "Asia/Shanghai", "quiet": {"start": "12:00", "end": "14:00"}})
    assert nap.quiet_until(datetime(2026, 7, 1, 4, tzinfo=UTC)) == datetime(2026, 7, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("body", [
    {"zone": "Mars/One", "quiet": {"start": "25:00", "end": "x"}, "notices": 7, "digest": [], "digest_at": "never"},
    {"quiet": {"start": "08:00"}}, {"quiet": {"start": "08:00", "end": "08:00"}},
])  # fmt: skip
def test_settings_that_cannot_be_read_are_the_defaults(body: dict[str, Any]) -> None:
    assert Preferences.of(body) == Preferences()


def press(desk: Desk, action: str, person: str, value: str) -> None:
    from importlib import import_module

    found = import_module(f"bot.surfaces.slack.actions.{action.partition('.')[0]}")
    found.run(ask(desk, desk.slack, person, value=value, action=action))


def test_old_and_new_marks_survive_rows_that_were_let_go(desk: Desk) -> None:
    from sqlalchemy import delete

    from bot.store.tables import notice

    leave(desk, "worker:a", "First.")
    desk.step()
    with desk.db.write() as conn:
        conn.execute(delete(notice))
    desk.step()
    desk.advance(timedelta(hours=7).total_seconds())
    leave(desk, "worker:b", "After the table was emptied, its ids begin again.")
    desk.step()
    assert "begin again" in notices(desk)[-1].said
