"""Workers told to end in the middle of sending, one after the other: nothing is in doubt. `make stops` has 200."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.acceptance.harness.stops import DRAIN, stops


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_stops_under_load_leave_nothing_in_doubt(tmp_path: Path) -> None:
    found = stops(8, "sqlite", folder=str(tmp_path))
    assert found["violations"] == []
    assert found["finished"]
    assert found["busy"] >= 6, "it proves something only where workers were at work"
    assert (found["left_behind"], found["duplicates"], found["lost"]) == (0, 0, 0)
    assert found["codes"] == {0}
    assert found["drain_max_s"] <= 3 * DRAIN, "`make stops` holds it to ten seconds; here others are at work"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_workers_that_are_killed_instead_are_seen_to_leave_sends_behind(tmp_path: Path) -> None:
    found = stops(6, "sqlite", folder=str(tmp_path), how=signal.SIGKILL)
    assert found["codes"] == {int(signal.SIGKILL)}
    assert found["left_behind"] > 0
    assert (found["violations"], found["duplicates"], found["lost"]) == ([], 0, 0)
