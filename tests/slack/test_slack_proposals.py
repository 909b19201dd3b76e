"""Proposed changes in Slack: the diff with two buttons, an admin decides, bound to the file as it was drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import words
from bot.clock import FixedClock
from bot.errors import BadInput, NotAllowed, Stale
from bot.store import desk as rows
from bot.store import proposals
from bot.store.proposals import Proposed
from bot.surfaces.slack import proposed, routes
from memory.in_memory import InMemory
from tests.shop import shop
from tests.slack import recorder
from tests.slack.desk import Desk
from tests.slack.recorder import Message


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    made = shop(tmp_path)
    desk.app.use_memory(InMemory())
    desk.app.learn(made)
    return made


def propose(desk: Desk, name: str, kind: str, after: str) -> Message:
    """Let a proposal be found as the worker does, and Slack be told; return its message."""
    one = Proposed(name, kind, "price", "en", "", after, ("d_1", "d_2", "d_3"), desk.clock.now())
    with desk.db.write() as conn, words.speaking("en"):
        proposals.add(conn, "lumen", one)
        rows.notify(conn, one.at, "lumen", f"proposal:{name}", "A rule is proposed.", "", level="info")
    desk.step()
    return [m for m in desk.said() if not m.only_for][-1]


def press(desk: Desk, message: Message, action: str, who: str) -> None:
    asked = recorder.ask(
        desk, desk.slack, who, value=str(message.buttons[action]["value"]), action=action, message=message.ts,
        channel=message.channel,
    )  # fmt: skip
    page = routes.page("actions", action)
    with words.speaking(asked.language):
        routes.allow(asked, page.ROLE)
        page.run(asked)


def state(desk: Desk, name: str) -> str:
    with desk.db.read() as conn:
        return proposals.get(conn, "lumen", name).state


def test_an_admin_accepts_what_the_diff_shows(desk: Desk, folder: Path) -> None:
    shown = propose(desk, "g_1", "rule", "Ask <!channel> *us*.")
    assert "A rule is proposed" in shown.said
    assert "+- Answers about price: say “Ask <!channel> *us*.”." in shown.said
    for who in ("anna", "li"):
        with pytest.raises(NotAllowed):
            press(desk, shown, "proposal_accept", who)
    press(desk, shown, "proposal_accept", "sam")
    assert "Ask <!channel> *us*." in (folder / "guidelines" / "learned.md").read_text(encoding="utf-8")
    assert any("Ask <!channel>" in r.text for r in desk.app.brand().rulebook.rules)
    assert state(desk, "g_1") == "accepted"
    assert not shown.buttons
    assert "accepted by Sam" in shown.said
    desk.step()
    assert len([m for m in desk.said() if not m.only_for]) == 1


def test_what_is_refused_says_so_and_cannot_be_pressed_again(desk: Desk, folder: Path) -> None:
    shown = propose(desk, "g_1", "saved_answer", "Two pounds.")
    old = Message(shown.channel, shown.ts, list(shown.blocks), shown.text)
    with pytest.raises(NotAllowed):
        press(desk, shown, "proposal_refuse", "li")
    press(desk, shown, "proposal_refuse", "sam")
    assert state(desk, "g_1") == "refused"
    assert "refused by Sam" in shown.said
    for action in ("proposal_refuse", "proposal_accept"):
        with pytest.raises(Stale):
            press(desk, old, action, "sam")
    assert not (folder / "replies.yaml").exists()


def test_a_press_counts_for_the_file_that_was_shown(desk: Desk, folder: Path) -> None:
    shown = propose(desk, "g_1", "rule", "Ask us.")
    before = shown.buttons["proposal_accept"]["value"]
    (folder / "guidelines" / "learned.md").write_text("# Learned from edits\n\n- Say hello.\n", encoding="utf-8")
    with pytest.raises(Stale):
        press(desk, shown, "proposal_accept", "sam")
    assert state(desk, "g_1") == "open"
    assert shown.buttons["proposal_accept"]["value"] != before
    press(desk, shown, "proposal_accept", "sam")
    assert "Say hello." in (folder / "guidelines" / "learned.md").read_text(encoding="utf-8")
    assert state(desk, "g_1") == "accepted"


def test_what_is_decided_elsewhere_shows_in_slack(desk: Desk, folder: Path) -> None:
    from bot.writing import proposals as writing

    shown = propose(desk, "g_1", "rule", "Ask us.")
    sam = desk.app.brand().person("sam")
    assert sam is not None
    writing.refuse(desk.app, "g_1", sam)
    desk.step()
    assert "refused by Sam" in shown.said
    assert not shown.buttons


def test_a_diff_that_has_no_room_cannot_be_accepted_there(desk: Desk, folder: Path) -> None:
    shown = propose(desk, "g_1", "saved_answer", "Two pounds. " * 600)
    assert "proposal_accept" not in shown.buttons
    assert "proposal_refuse" in shown.buttons
    for bad in ("", "g_1", "g_1:xyz", "d_1:" + "0" * 64):
        with pytest.raises(BadInput):
            proposed.read(bad)
