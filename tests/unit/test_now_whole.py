"""Approve and post now is one thing: a process that dies in the middle leaves nothing half."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import DraftState, Window
from bot.errors import NotAllowed
from bot.store import approvals, drafts, events, posts
from bot.workflow import now
from tests.world import World, brand

ROOT = Path(__file__).parents[2]
LATER = Window("2026-12-01T09:00", "Europe/Berlin")
#: Signs a draft for now, and dies at one of two places.
_CHILD = """
import os, signal, sys
from pathlib import Path
from bot.app import App
from bot.clock import FixedClock
from bot.settings import load
from bot.workflow import card, decide, now, schedule
url, home, draft_id, place = sys.argv[1:]
create = schedule.create
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if place == "moved, not signed":
    decide.within = die
else:
    schedule.create = lambda *given: (create(*given), die())
settings = load(home=Path(home), database_url=url, operator="li", llm_discover=False)
with App(settings, clock=FixedClock(count=500)) as app:
    with app.db.read() as conn:
        seen = card.card(app.desk, conn, draft_id)
        shown = card.text(seen)
    now.approve(app.desk, decide.Answer(draft_id, 1, seen.version.hash, "li", "test", shown))
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["moved, not signed", "signed, not committed"])
def test_a_death_between_the_move_and_the_signature_leaves_the_card_as_it_was(
    world: World, database_url: str, tmp_path: Path, place: str
) -> None:
    version = world.draft("Tea for now.", window=LATER)
    with world.db.read() as conn:
        before = events.about_draft(conn, version.draft_id, 2, ())
    given = [sys.executable, "-c", _CHILD, database_url, str(tmp_path), version.draft_id, place]
    done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with world.db.read() as conn:
        assert [(v.version, v.state) for v in drafts.versions(conn, version.draft_id)] == [(1, DraftState.IN_REVIEW)]
        request = approvals.of_version(conn, version.draft_id, 1)
        assert request is not None
        assert request.used is None
        assert approvals.decisions(conn, draft_id=version.draft_id) == []
        assert posts.of_draft(conn, version.draft_id) == []
        assert events.about_draft(conn, version.draft_id, 2, ()) == before
    # And the card that was on the screen still does it.
    outcome = now.approve(world.desk, world.answer(version))
    assert outcome.post is not None
    world.drain()
    assert world.live() == ["Tea for now."]


def test_what_a_new_rule_holds_back_is_not_moved_either(world: World) -> None:
    version = world.draft("Tea for now.", window=LATER)
    answer = world.answer(version)
    no_tea = Rule("no-tea", RuleKind.NEVER, "Not a word of tea.", hard=True, words=("tea",))
    world.learn(brand(rulebook=RuleBook((no_tea,))))
    with pytest.raises(NotAllowed):
        now.approve(world.desk, answer)
    with world.db.read() as conn:
        assert drafts.get(conn, version.draft_id).version == 1
        assert drafts.version(conn, version.draft_id).state is DraftState.IN_REVIEW
