"""A slice of `make arena` with every test run: no loop, no flood, nothing lost, and an end when somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.workflow import attend, still
from tests.safety import arena


def test_two_signoffs_and_a_robot_stay_within_their_caps(tmp_path: Path) -> None:
    told = arena.fight(tmp_path, 36, arena.policy(per_day=5))
    assert told.said > 10
    assert 0 < told.most_a_day <= 5
    assert told.most_to_one <= arena.PER_AUTHOR
    assert told.twice == 0


def test_without_its_caps_the_arena_sees_the_flood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "_caps", lambda *_: "")
    assert arena.fight(tmp_path, 36, arena.policy(per_day=5)).most_a_day > 5


def test_of_a_burst_nothing_is_lost_and_the_urgent_are_read_first(tmp_path: Path) -> None:
    told = arena.burst(tmp_path, 100)
    assert (told.lost, told.late) == (0, 0)
    assert 0 < told.sent <= arena.PER_DAY


@pytest.mark.parametrize("automatic", [False, True])
def test_the_switch_stops_within_one_send(tmp_path: Path, automatic: bool) -> None:
    assert arena.stopped_within(tmp_path, 10, 4, automatic=automatic) <= 1


def test_a_model_that_wants_everything_costs_no_more_than_the_day_allows(tmp_path: Path) -> None:
    used, cap, calls = arena.spent(tmp_path, 6)
    assert 0 < used - used / calls <= cap


def test_how_deep_a_talk_is_counts_also_in_a_thread_of_hundreds(tmp_path: Path) -> None:
    with arena.Side(tmp_path, FixedClock(), arena.HANDLES[0], arena.policy()) as side:
        network = side.app.sandbox
        below = network.post(side.handle, "The oolongs are here.")
        assert below is not None
        root = below.id
        for n in range(4):
            below = network.post(f"fan{n}.sandbox", f"Word {n}", parent_id=below.id)
            assert below is not None
        last, side.desk.minds.write = below.id, None
        for n in range(210):
            network.post(f"crowd{n}.sandbox", f"Nice, number {n}", parent_id=root)
        side.advance(61)
        attend.attend(side.desk)
        one = next(e for e in side.entries() if e.comment.remote_id == last)
        with side.db.read() as conn:
            assert still.depth(conn, one) > still.DEPTH
