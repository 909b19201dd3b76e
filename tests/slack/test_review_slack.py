"""What must not happen at the desk in Slack: rights that outlive a group, answers that act late or twice, silence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Role
from bot.domain.post import PostState
from bot.errors import Misconfigured, NotAllowed, Stale
from bot.store import chat, events, inbox
from bot.store import desk as rows
from bot.store import posts as post_rows
from bot.surfaces.slack import people, routes
from bot.surfaces.slack.actions import approve
from bot.surfaces.slack.app import Setup
from bot.surfaces.slack.cards.binding import Bound
from bot.surfaces.slack.errors import SlackRefused
from bot.surfaces.slack.incoming import read
from bot.workflow import membership, switching
from tests.slack import recorder, standin
from tests.slack.desk import Desk, direct, user
from tests.slack.served import Served, served
from tests.slack.standin import CHANNEL, TEAM, command, event, message
from tests.world import World


@pytest.fixture
def served_desk(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as made:
        yield made


# --- rights -----------------------------------------------------------------------------------------------------


def test_a_group_that_is_deleted_in_slack_gives_nobody_a_role_any_more(served_desk: Served) -> None:
    world, slack = served_desk.world, served_desk.slack
    slack.groups = {"S0DESK": ["U0STRAY"], "S0MORE": ["U0NEW"]}
    slack.users["U0NEW"] = {"real_name": "Noa New"}
    with world.db.write() as conn:
        chat.set_group(conn, TEAM, "S0DESK", "lumen", Role.APPROVER)
        chat.set_group(conn, TEAM, "S0MORE", "lumen", Role.AUTHOR)
    people.sync(world.app, served_desk.serving.speaker, "lumen")
    assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is not None
    slack.instead["usergroups.users.list"] = [(200, {}, {"ok": False, "error": "no_such_subteam"})]
    found = people.sync(world.app, served_desk.serving.speaker, "lumen")
    assert set(found) == {"U0NEW"}
    assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is None


def test_a_member_whom_slack_does_not_show_keeps_nobody_elses_role_alive(served_desk: Served) -> None:
    world, slack = served_desk.world, served_desk.slack
    slack.groups = {"S0DESK": ["U0STRAY"]}
    with world.db.write() as conn:
        chat.set_group(conn, TEAM, "S0DESK", "lumen", Role.APPROVER)
    people.sync(world.app, served_desk.serving.speaker, "lumen")
    slack.groups = {"S0DESK": ["U0HIDDEN"]}
    assert people.sync(world.app, served_desk.serving.speaker, "lumen") == {}
    assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is None


def test_whoever_wrote_by_a_groups_role_does_not_sign_it_once_linked(tmp_path: Path, clock: FixedClock) -> None:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        with world.db.write() as conn:
            chat.from_groups(conn, "T0TEAM", "lumen", {"U0LI": ("Li Wei", (Role.APPROVER,))})
        version = world.draft("The autumn oolongs are here.", author="slack:T0TEAM/U0LI")
        membership.link(world.desk, "lumen", "sam", "li", "T0TEAM", "U0LI")
        slack = recorder.Recorder()
        asked = recorder.ask(world, slack, "li", value=str(Bound.of(version)), action="approve")
        with pytest.raises(NotAllowed, match="somebody else must sign"):
            approve.run(asked)
        approve.run(recorder.ask(world, slack, "ben", value=str(Bound.of(version)), action="approve"))
        with world.db.read() as conn:
            assert post_rows.of_draft(conn, version.draft_id)


# --- late and twice ---------------------------------------------------------------------------------------------


def test_a_resume_that_is_worked_on_late_undoes_no_newer_stop(served_desk: Served) -> None:
    world = served_desk.world
    switching.stop(world.desk, "anna", "the first mistake")
    asked = world.clock.now()
    body = read_body(command("resume", "U0LI", served_desk.url))
    switching.resume(world.desk, world.app.brand(), world.app.brand().person("sam"), None, "")  # type: ignore[arg-type]
    switching.stop(world.desk, "anna", "the second mistake")
    with world.db.write() as conn:
        inbox.put(conn, "trigger:late", "command", body, asked)
    served_desk.settle()
    with world.db.read() as conn:
        assert "second" in rows.stopped(conn)
    served_desk.do(command("resume", "U0LI", served_desk.url))
    with world.db.read() as conn:
        assert rows.stopped(conn) == ""


def test_it_is_not_there_counts_for_the_try_that_was_looked_for(tmp_path: Path, clock: FixedClock) -> None:
    from bot.surfaces.slack.actions import settle
    from bot.workflow import decide, rights

    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        version = world.draft("The autumn oolongs are here.")
        answer = rights.Answer(version.draft_id, version.version, version.hash, "li", "cli", "shown")
        post = decide.approve(world.desk, answer).post
        assert post is not None
        pressed = clock.now()
        clock.sleep(60)
        with world.db.write() as conn:
            for was, now in ((PostState.DUE, PostState.SENDING), (PostState.SENDING, PostState.DOUBTFUL),
                             (PostState.DOUBTFUL, PostState.ASKED)):  # fmt: skip
                events.move_part(conn, post.id, 0, was, now, at=clock.now(), who="w", why="lost")
        slack = recorder.Recorder()
        given = {"value": f"{post.id}/0/0", "action": "settle.absent.0"}
        with pytest.raises(Exception, match="after you answered"):
            settle.run(recorder.ask(world, slack, "li", at=pressed, **given))
        with world.db.read() as conn:
            assert post_rows.part(conn, post.id, 0).state is PostState.ASKED
        clock.sleep(5)
        older = {**given, "value": f"{post.id}/0/7"}
        with pytest.raises(Stale):
            settle.run(recorder.ask(world, slack, "li", at=clock.now(), **older))
        with world.db.read() as conn:
            assert post_rows.part(conn, post.id, 0).state is PostState.ASKED, "another try's button was believed"
        settle.run(recorder.ask(world, slack, "li", at=clock.now(), **given))
        with world.db.read() as conn:
            assert post_rows.part(conn, post.id, 0).state is PostState.DUE


# --- silence ----------------------------------------------------------------------------------------------------


def test_what_is_given_up_leaves_a_notice_and_a_line_in_the_log(
    served_desk: Served, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import update

    from bot.store.chat_tables import inbox as table
    from bot.surfaces.slack import inbox as work

    world = served_desk.world
    body = read_body(command("queue", "U0LI", served_desk.url))
    soon = world.clock.now() + timedelta(seconds=0.5)
    with world.db.write() as conn:
        inbox.put(conn, "trigger:lost", "command", body, world.clock.now())
        tried = {"attempts": work.TRIES - 1, "until": soon}
        conn.execute(update(table).where(table.c.delivery == "trigger:lost").values(**tried))
        # Slack is gone as the last try begins.
    served_desk.slack.instead["users.info"] = [(503, {}, {})] * 9
    served_desk.slack.instead["response"] = [(503, {}, {})] * 9
    served_desk.settle()
    assert served_desk.counts() == {"failed": 1}
    with world.db.read() as conn:
        (told,) = [n for n in rows.notices(conn, brand="lumen") if n["subject"] == "slack"]
    assert f"{TEAM}/U0LI" in told["text"]
    assert "given up" in caplog.text


def test_an_outage_of_minutes_gives_nothing_up() -> None:
    from bot.surfaces.slack import inbox as work

    waits = [work._wait(5, n) for n in range(1, work.TRIES)]
    assert waits == sorted(waits)
    assert sum(waits) >= 600


class Left(recorder.Recorder):
    """A Slack that one person has left."""

    def direct(self, user: str) -> str:
        if user == "U0BEN":
            raise SlackRefused("conversations.open", "user_disabled")
        return super().direct(user)


def test_somebody_who_left_slack_keeps_the_card_from_nobody(tmp_path: Path, clock: FixedClock) -> None:
    from bot.surfaces.slack.follow import Follower

    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, slack_channel="") as desk:
        desk.slack = Left()
        desk.follower.release()
        desk.follower = Follower(desk.app, desk.slack)
        desk.draft("The autumn oolongs are here.")
        desk.step()
        desk.step()
        names = [p.id for p in desk.app.brand().people if p.may(Role.APPROVER) and p.id != "ben"]
        assert sorted(map(user, names))[-1] > user("ben"), "somebody comes after the one who left"
        for name in names:
            assert any("approve" in m.buttons for m in desk.said(direct(name))), name


def test_a_channels_name_is_refused_at_the_start(tmp_path: Path, clock: FixedClock) -> None:
    given = {"slack_bot_token": standin.TOKEN, "slack_signing_secret": standin.SECRET}
    for name, taken in (("#social", False), ("social", False), ("C0DESK", True), ("", True)):
        with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, slack_channel=name, **given) as world:
            if taken:
                assert Setup.of(world.settings) is not None
            else:
                with pytest.raises(Misconfigured, match="id"):
                    Setup.of(world.settings)


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["help\nstop", "help\tstop", "help\u3000stop", "  help  stop "])
def test_what_stands_on_the_next_line_is_behind_the_word(served_desk: Served, text: str) -> None:
    (said,) = served_desk.do(command(text, "U0ANNA", served_desk.url))
    assert "/signoff stop" in said
    assert "There is no word" not in said


@pytest.mark.parametrize("text", ["<@U0SIGNOFF> stop", "<@U0SIGNOFF> STOP!!", "<@U0SIGNOFF> 停！"])
def test_stop_below_a_card_is_the_kill_switch(served_desk: Served, text: str) -> None:
    world = served_desk.world
    version = world.draft()
    with world.db.write() as conn:
        chat.remember(
            conn, TEAM, CHANNEL, "1700000000.7", f"draft:{version.draft_id}", kind="card", at=world.clock.now()
        )
    inner = {**message(text), "type": "app_mention", "channel": CHANNEL, "thread_ts": "1700000000.7"}
    inner.pop("channel_type")
    assert served_desk.send(event(inner)) == 200
    served_desk.settle()
    with world.db.read() as conn:
        assert rows.stopped(conn)


def test_other_words_below_a_card_stay_wishes(tmp_path: Path, clock: FixedClock) -> None:
    from bot.surfaces.slack import feedback

    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        with world.db.write() as conn:
            chat.remember(conn, TEAM, CHANNEL, "17.1", "draft:d_1", kind="card", at=clock.now())
        for text in ("<@U0SIGNOFF> stop using emojis", "<@U0SIGNOFF> resume?", "stop"):
            kind = "app_mention" if "<@" in text else "message"
            inner = {**message(text), "type": kind, "channel": CHANNEL, "channel_type": "channel", "thread_ts": "17.1"}
            came = read(json.loads(event(inner)))
            assert came is not None
            with world.db.read() as conn:
                assert routes.find(conn, came) is feedback.run, text


def read_body(body: bytes) -> Mapping[str, Any]:
    """Return a delivery as slack-bolt parses it."""
    from urllib.parse import parse_qsl

    return dict(parse_qsl(body.decode()))


# --- what people see --------------------------------------------------------------------------------------------


def test_a_picture_that_was_not_on_the_card_is_not_signed(tmp_path: Path, clock: FixedClock) -> None:
    from bot.surfaces.slack.cards import posted
    from tests.slack import goldens

    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        version, _ = goldens.CARDS["media"](world)
        slack = recorder.Recorder(slow=99)
        posted.card(world.app, slack, recorder.CHANNEL, version.draft_id)
        given = {"value": str(Bound.of(version)), "action": "approve"}
        assert not any(b["type"] == "image" for b in slack.last.blocks)
        with pytest.raises(NotAllowed, match="cannot be seen"):
            approve.run(recorder.ask(world, slack, "li", **given))
        slack.slow = 0
        with pytest.raises(NotAllowed, match="cannot be seen"):
            approve.run(recorder.ask(world, slack, "li", **given))
        assert any(b["type"] == "image" for b in slack.seen[0].blocks), "it stands there now"
        approve.run(recorder.ask(world, slack, "li", **given))
        with world.db.read() as conn:
            assert post_rows.of_draft(conn, version.draft_id)


@pytest.mark.parametrize("channel", ["", recorder.CHANNEL])
def test_who_became_a_guest_is_told_nothing_more(tmp_path: Path, clock: FixedClock, channel: str) -> None:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, slack_channel=channel) as desk:
        desk.slack.users[user("ben")] = {"is_restricted": True}
        desk.slack.users[user("sam")] = {"deleted": True}
        desk.draft("The autumn oolongs are here.")
        switching.stop(desk.desk, "anna", "a mistake")
        desk.step()
        desk.step()
        assert desk.told("li")
        assert not desk.told("ben")
        assert not desk.told("sam")
