"""The contract on a Mastodon server of one's own: SIGNOFF_TEST_MASTODON_URL, _TOKEN and, for comments, _FAN_TOKEN.

What is posted is taken away again. ``make contract P=mastodon URL=... TOKEN=...`` does the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.contract.mastodon_bench import MastodonBench
from tests.contract.platform_contract import PlatformContract

# Read here, because tests themselves never see SIGNOFF_ settings.
URL, TOKEN, FAN = (os.environ.get(f"SIGNOFF_TEST_MASTODON_{name}", "") for name in ("URL", "TOKEN", "FAN_TOKEN"))
pytestmark = [
    pytest.mark.live,
    pytest.mark.enable_socket,
]


class TestMastodonLive(PlatformContract):
    @pytest.fixture
    def bench(self, request: pytest.FixtureRequest) -> Iterator[MastodonBench]:
        if not FAN and request.node.get_closest_marker("fan"):
            pytest.skip("set SIGNOFF_TEST_MASTODON_FAN_TOKEN")
        bench = MastodonBench(URL, TOKEN, FAN or TOKEN)
        yield bench
        bench.tidy()
        bench.close()
