"""Two hundred kills, on both databases: each signed post is live once. `make torture` is the whole of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness.run import torture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def test_posts_survive_a_hundred_kills_on_each_database(database_url: str, tmp_path: Path) -> None:
    sqlite = database_url.startswith("sqlite")
    url = f"sqlite:///{tmp_path / 'run' / 'home' / 'signoff.db'}" if sqlite else database_url
    found = torture(120, 100, 20261122, "", workers=3, keep=str(tmp_path / "run"), url=url, patience=900)
    assert found["violations"] == []
    assert found["finished"]
    assert found["kills"] >= 100
    assert (found["duplicates"], found["lost"], found["early"]) == (0, 0, 0)
    # It proves something only where answers were lost and workers died with work in hand.
    assert found["doubtful"] >= 20
    assert found["recoveries"] >= 30
    assert sum(found["faults"].values()) >= 10
