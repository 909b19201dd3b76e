"""The contract over a Mastodon server, and what holds for Mastodon alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.mastodon_bench import MastodonBench
from tests.contract.platform_contract import PlatformContract
from tests.servers.mastodon import Login, MastodonNetwork

pytestmark = pytest.mark.slow


@pytest.fixture
def people(mastodon_network: MastodonNetwork) -> tuple[Login, Login, Login]:
    """A brand marked as automated, a fan who is not, and a robot."""
    made = mastodon_network.new_account
    return made("brand", bot=True), made("fan"), made("robot", bot=True)


@pytest.fixture
def bench(mastodon_network: MastodonNetwork, people: tuple[Login, Login, Login]) -> Iterator[MastodonBench]:
    bench = MastodonBench(mastodon_network.url, *(one.token for one in people))
    yield bench
    bench.close()


class TestMastodon(PlatformContract):
    @pytest.fixture
    def bench(self, mastodon_network: MastodonNetwork, people: tuple[Login, Login, Login]) -> Iterator[MastodonBench]:
        bench = MastodonBench(mastodon_network.url, *(one.token for one in people))
        yield bench
        bench.close()
