"""Workers told to end in the middle of sending, one after the other: nothing is in doubt. `make stops` has 200."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness.stops import DRAIN, stops


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_eight_stops_under_load_leave_nothing_in_doubt(tmp_path: Path) -> None:
    found = stops(8, "sqlite", folder=str(tmp_path))
    assert found["violations"] == []
    assert found["finished"]
    assert found["busy"] >= 6, "it proves something only where workers were at work"
    assert (found["doubtful"], found["duplicates"], found["lost"]) == (0, 0, 0)
    assert found["codes"] == {0}
    assert found["drain_max_s"] <= DRAIN
