"""Answers to all who say the same, signed from one list in Slack: every wording and hash in it, one press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import words
from bot.clock import FixedClock
from bot.domain.comment import Author
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.errors import BadInput
from bot.store import approvals, drafts
from bot.workflow import reply
from tests import slack_blocks
from tests.slack.comments_world import POLICY, RULES, entry, hear, read, said
from tests.slack.desk import Desk
from tests.slack.test_cards_comment import press, send, told
from tests.world import brand

TOGETHER = ApprovalPolicy((PolicyRule("replies", outcome=Ask(together=True)),), replies=RULES)
TEXTS = ("It leaves today.", "Today it goes out to you.", "We send it off this afternoon.")


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, policy=TOGETHER) as found:
        yield found


def group(desk: Desk) -> list[str]:
    """Let three people ask the same, each with an answer in other words that waits."""
    asked = [said(n, "Where is my parcel, please? I wait for it.", Author(f"u{n}", f"fan{n}")) for n in range(1, 4)]
    found = hear(desk, *asked)
    read(desk)
    left = list(TEXTS)
    with words.speaking("en"):
        reply.reply(desk.desk, lambda *_: reply.Written("reply", left.pop(0), ("warm",)))
    assert all(entry(desk, one).draft for one in found)
    return found


def states(desk: Desk, found: list[str]) -> list[str]:
    with desk.db.read() as conn:
        known = [draft for one in found if (draft := entry(desk, one).draft)]
        return [drafts.version(conn, draft).state.value for draft in known]


def test_one_press_signs_what_the_list_shows(desk: Desk) -> None:
    found = group(desk)
    desk.step()
    shown = next(m for m in desk.said() if "wordings" in m.buttons)
    press(desk, shown, "wordings", trigger="tr.1")
    listed = slack_blocks.said([desk.slack.view["blocks"]])
    with desk.db.read() as conn:
        hashes = [drafts.version(conn, entry(desk, one).draft).hash for one in found]
    for what in (*TEXTS, *hashes):
        assert what in listed, what
    assert send(desk, "wordings", {}) == {}
    assert "Answers signed: 3." in told(desk)
    assert states(desk, found) == ["approved"] * 3
    with desk.db.read() as conn:
        for one in found:
            (signed,) = approvals.decisions(conn, draft_id=entry(desk, one).draft)
            assert (signed.person, signed.via) == ("li", "slack")
            assert all(digest in signed.shown for digest in hashes)


def test_a_list_that_is_old_signs_nothing(desk: Desk) -> None:
    found = group(desk)
    desk.step()
    shown = next(m for m in desk.said() if "wordings" in m.buttons)
    press(desk, shown, "wordings", trigger="tr.1")
    hear(desk, replace(said(2, "Where is my parcel, please? And my money?"), author=Author("u2", "fan2")))
    send(desk, "wordings", {})
    assert "not the ones that you saw" in told(desk) or "changed the comment" in told(desk)
    assert states(desk, found) == ["in_review"] * 2


def test_without_the_policy_there_is_no_such_button(desk: Desk) -> None:
    desk.learn(brand(), POLICY)
    group(desk)
    desk.step()
    assert desk.said()
    assert not [m for m in desk.said() if "wordings" in m.buttons]


def test_who_may_not_sign_gets_no_list(desk: Desk) -> None:
    group(desk)
    desk.step()
    shown = next(m for m in desk.said() if "wordings" in m.buttons)
    press(desk, shown, "wordings", "anna", trigger="tr.1")
    assert "no answers that may be signed together" in told(desk)
    assert not desk.slack.views
    desk.slack.views["V1"] = {"private_metadata": "{}"}
    with pytest.raises(BadInput):
        send(desk, "wordings", {})
