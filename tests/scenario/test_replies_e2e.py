"""Comments answered on Bluesky's own servers, end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario import replies_e2e
from tests.servers.bluesky import BlueskyNetwork

pytestmark = pytest.mark.slow


def test_from_the_fans_word_to_the_answer_below_it(
    bluesky_network: BlueskyNetwork, database_url: str, tmp_path: Path
) -> None:
    if bluesky_network.appview_url is None:
        from tests.servers.fixtures import left_out

        left_out("Bluesky's AppView, which needs PostgreSQL and Redis")
    done = replies_e2e.run(bluesky_network, database_url, tmp_path)
    assert done == {"answered": 1, "auto": 1, "blocked": 2, "taken_over": 2, "deleted_not_sent": 1}
