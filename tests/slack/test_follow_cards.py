"""Cards in the channel: one for each request, always as the draft stands, whoever changed it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.store import chat
from bot.surfaces.slack import posting
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.surfaces.slack.follow import Follower
from bot.workflow import decide, schedule
from tests.slack.desk import Desk, direct
from tests.slack.recorder import CHANNEL, TEAM, Recorder


@pytest.fixture
def desk(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(database_url, tmp_path, clock) as made:
        yield made


@pytest.fixture
def local(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def test_a_new_request_gets_one_card(desk: Desk) -> None:
    version = desk.draft("The autumn oolongs are here.")
    desk.step()
    desk.step()
    (card,) = desk.said()
    assert "The autumn oolongs are here." in card.said
    assert "approve" in {b.partition(".")[0] for b in card.buttons}
    assert version.draft_id in card.said
    assert card.updates == 0


def test_a_change_made_anywhere_shows_on_the_card_in_place(desk: Desk) -> None:
    version = desk.draft("The autumn oolongs are here.")
    desk.step()
    moved = schedule.reschedule(desk.desk, version.draft_id, "2026-12-01 09:00", "anna")
    desk.step()
    (card,) = desk.said()
    assert card.updates == 1
    assert "09:00" in card.said
    post = desk.approve(moved)
    desk.step()
    assert desk.said() == [card]
    assert "approve" not in {b.partition(".")[0] for b in card.buttons}
    schedule.cancel(desk.desk, post.draft_id, "li")
    desk.step()
    assert desk.said() == [card]
    assert card.updates == 3


def test_a_first_signature_of_two_shows(database_url: str, tmp_path: Path, clock: FixedClock) -> None:
    with Desk(database_url, tmp_path, clock) as desk:
        two = ApprovalPolicy((PolicyRule("two", outcome=Ask(needed=2)),))
        desk.learn(desk.app.brand(), two)
        version = desk.draft()
        desk.step()
        desk.advance(1)
        decide.approve(desk.desk, desk.answer(version, "li"))
        desk.step()
        (card,) = desk.said()
        assert card.updates == 1, "no event tells of a signature that is not the last"
        assert "li" in card.said.lower()


def test_what_waited_before_slack_was_set_up_gets_its_card(tmp_path: Path, clock: FixedClock) -> None:
    from tests.world import World

    url = f"sqlite:///{tmp_path / 'signoff.db'}"
    with World(url, tmp_path, clock) as before:
        before.draft("Waits already.")
        done = before.draft("Done long ago.")
        decide.reject(before.desk, before.answer(done))
    with Desk(url, tmp_path, clock) as desk:
        (card,) = desk.said()
        assert "Waits already." in card.said


def test_what_is_unchanged_is_not_sent_again_and_a_restart_loses_nothing(desk: Desk) -> None:
    version = desk.draft()
    desk.step()
    desk.approve(version)
    desk.restart()
    desk.draft("While nobody followed.")
    desk.step()
    first, second = desk.said()
    assert first.updates == 1
    assert "While nobody followed." in second.said


def test_two_serving_processes_post_one_card(local: Desk) -> None:
    local.follower.release()
    others = [Follower(local.app, local.slack) for _ in range(2)]
    local.draft()
    go = threading.Barrier(2)

    def follow(one: Follower) -> None:
        go.wait()
        for _ in range(5):
            one.step()

    threads = [threading.Thread(target=follow, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(local.said()) == 1


def test_many_who_post_the_same_card_without_a_lease_post_one(desk: Desk) -> None:
    version = desk.draft()
    subject = f"draft:{version.draft_id}"
    go = threading.Barrier(6)
    found: list[str] = []

    def post(channel: str) -> None:
        go.wait()
        blocks = [{"type": "section", "text": {"type": "plain_text", "text": "A card."}}]
        found.append(posting.once(desk.app, desk.slack, channel, subject, lambda: (blocks, "A card."), anywhere=True))

    threads = [threading.Thread(target=post, args=(f"C0{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.slack.messages) == 1
    assert set(found) <= {next(iter(desk.slack.messages))[1], ""}


def test_a_card_in_direct_messages_alone_is_not_enough(desk: Desk) -> None:
    version = desk.draft()
    with desk.db.write() as conn:
        ts = desk.slack.post(direct("anna"), [{"type": "divider"}], "A card.")
        chat.remember(conn, TEAM, direct("anna"), ts, f"draft:{version.draft_id}", kind="card", version=1,
                      at=desk.clock.now())  # fmt: skip
    desk.step()
    assert len(desk.said()) == 1, "those who may sign look at the channel"
    (own,) = desk.told("anna")
    assert own.updates == 1


def test_slack_that_is_busy_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.draft("First.")
    desk.draft("Second.")
    real, left = desk.slack.post, [1]

    def busy(*args: object, **given: object) -> str:
        if left[0] == 0:
            raise SlackBusy(after=3)
        left[0] -= 1
        return real(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.slack, "post", busy)
    with pytest.raises(SlackBusy):
        desk.step()
    left[0] = 10
    desk.step()
    assert [("First." in m.said, "Second." in m.said) for m in desk.said()] == [(True, False), (False, True)]


def test_a_channel_that_refuses_us_is_told_elsewhere_and_catches_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.store import desk as rows

    real = desk.slack.post

    def refused(channel: str, *args: object, **given: object) -> str:
        if channel == CHANNEL:
            raise SlackRefused("chat.postMessage", "not_in_channel")
        return real(channel, *args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.slack, "post", refused)
    desk.draft()
    desk.step()
    with desk.db.read() as conn:
        (notice,) = rows.notices(conn, brand="lumen")
    assert CHANNEL in notice["text"]
    assert desk.told("sam"), "an admin is told directly"
    assert "Invite the app" in desk.told("sam")[0].said
    monkeypatch.setattr(desk.slack, "post", real)
    desk.step()
    assert not desk.said(), "it is not tried again at once"
    desk.advance(61)
    desk.step()
    assert any("autumn oolongs" in m.said for m in desk.said())


def test_a_message_that_people_deleted_is_let_go_and_the_card_comes_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = desk.draft()
    desk.step()
    (card,) = desk.said()

    def gone(*_: object) -> None:
        raise SlackRefused("chat.update", "message_not_found")

    with monkeypatch.context() as patch:
        patch.setattr(desk.slack, "update", gone)
        schedule.reschedule(desk.desk, version.draft_id, "2026-12-01 09:00", "anna")
        desk.step()
    with desk.db.read() as conn:
        there = chat.messages(conn, f"draft:{version.draft_id}")
    assert [m["ts"] for m in there] != [card.ts]


def test_one_card_that_cannot_be_drawn_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.surfaces.slack.cards import posted

    bad = desk.draft("This one stumbles.")
    real = posted.drawn

    def drawn(app: object, speaker: object, draft_id: str, **given: object) -> object:
        if draft_id == bad.draft_id:
            raise ValueError("a bug of ours")
        return real(app, speaker, draft_id, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(posted, "drawn", drawn)
    desk.draft("This one is fine.")
    desk.step()
    desk.step()
    (card,) = desk.said()
    assert "This one is fine." in card.said
    assert "a bug of ours" in caplog.text
    monkeypatch.setattr(posted, "drawn", real)
    desk.restart()
    desk.step()
    assert len(desk.said()) == 2, "a process that starts looks for cards that are missing"


def test_without_a_channel_those_who_may_sign_get_the_card(tmp_path: Path, clock: FixedClock) -> None:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, slack_channel="") as desk:
        desk.quietly("sam", notices="none")
        # 10:00 in Berlin.
        desk.quietly("li", quiet={"start": "09:00", "end": "10:30"})
        version = desk.draft(author="ben")
        for _ in range(3):
            desk.step()
        assert not [m for p in ("anna", "ben", "sam", "li") for m in desk.told(p)]
        desk.advance(31 * 60)
        desk.step()
        desk.step()
        (card,) = desk.told("li")
        assert "approve" in {b.partition(".")[0] for b in card.buttons}
        desk.approve(version)
        desk.step()
        assert "approve" not in {b.partition(".")[0] for b in card.buttons}


def test_an_idle_follower_writes_nothing(desk: Desk) -> None:
    from sqlalchemy import event

    desk.draft()
    for _ in range(3):
        desk.step()
    said: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda c, u, text, *_: said.append(text))
    for _ in range(5):
        desk.advance(1)
        desk.step()
    assert said
    assert not [text for text in said if text.split()[0].upper() in ("INSERT", "UPDATE", "DELETE")]


_CHILD = """
import json, os, signal, sys
from pathlib import Path
from bot.app import App
from bot.clock import SystemClock
from bot.settings import load
from bot.surfaces.slack.follow import Follower
from tests.slack.recorder import Recorder

home, kill = Path(sys.argv[1]), sys.argv[2]

class Slack(Recorder):
    def post(self, channel, blocks, text, *, thread=""):
        ts = super().post(channel, blocks, text, thread=thread)
        if channel.startswith("C"):
            with (home / "slack.log").open("a") as log:
                log.write(json.dumps({"ts": ts, "said": [b for b in blocks]}) + "\\n")
                log.flush()
                os.fsync(log.fileno())
            if kill == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        return ts

settings = load(home=home, database_url=f"sqlite:///{home / 'signoff.db'}", slack_channel="C0DESK", llm_discover=False)
with App(settings, clock=SystemClock()) as app:
    follower = Follower(app, Slack())
    for _ in range(3):
        follower.step()
"""


def test_kill_9_between_posting_and_recording_costs_one_message_more_and_none_less(tmp_path: Path) -> None:
    from bot.clock import SystemClock
    from tests.world import World

    url = f"sqlite:///{tmp_path / 'signoff.db'}"
    with World(url, tmp_path, SystemClock()) as world:  # type: ignore[arg-type]
        world.draft("Told although somebody died.")

    def child(kill: str) -> int:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(tmp_path), kill], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
            timeout=120, check=False,
        )  # fmt: skip
        return done.returncode

    assert child("kill") == -signal.SIGKILL
    # The dead one's claim is seen to be nobody's at once: nobody waits for it to run out.
    assert child("live") == 0
    assert child("live") == 0
    lines = [json.loads(line) for line in (tmp_path / "slack.log").read_text().splitlines()]
    assert len(lines) == 2
    with World(url, tmp_path, SystemClock()) as world, world.db.read() as conn:  # type: ignore[arg-type]
        draft = next(iter(world.desk.brand(conn)[0].accounts))
        assert draft
        kept = [m for m in _all(conn) if m["channel"] == "C0DESK"]
    assert [m["ts"] for m in kept] == [lines[-1]["ts"]], "the one that is kept up to date is remembered"
    assert not [m for m in kept if m["kind"] == "claim"]


def _all(conn: object) -> list[dict[str, object]]:
    from sqlalchemy import select

    from bot.store.chat_tables import slack_message

    return [dict(r) for r in conn.execute(select(slack_message)).mappings()]  # type: ignore[attr-defined]


def test_a_living_owner_of_a_claim_is_waited_for_and_a_silent_one_is_not(desk: Desk) -> None:
    version = desk.draft()
    with desk.db.write() as conn:
        key = posting._key(f"draft:{version.draft_id}")
        chat.claim(conn, TEAM, "*", key, "claim|elsewhere:1:1:1", kind="claim", at=desk.clock.now())
    desk.step()
    assert not desk.said()
    desk.advance(121)
    desk.step()
    assert len(desk.said()) == 1


def test_notices_and_cards_of_another_brand_are_not_told(desk: Desk) -> None:
    assert isinstance(desk.slack, Recorder)
    with desk.db.write() as conn:
        from bot.store import desk as rows

        rows.notify(conn, desk.clock.now(), "other", "worker:x", "Something of another brand.", "")
    desk.step()
    assert not desk.said()
