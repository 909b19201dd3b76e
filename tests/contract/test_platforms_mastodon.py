"""The contract over a Mastodon server, and what holds for Mastodon alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.given import given
from tests.contract.mastodon_bench import MastodonBench
from tests.contract.platform_contract import PlatformContract
from tests.servers.mastodon import Login, MastodonNetwork

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def network(request: pytest.FixtureRequest) -> MastodonNetwork:
    if server := given("mastodon"):
        return MastodonNetwork(server.url)
    found: MastodonNetwork = request.getfixturevalue("mastodon_network")
    return found


@pytest.fixture
def people(network: MastodonNetwork) -> tuple[Login, Login, Login]:
    """A brand marked as automated, a fan who is not, and a robot; no robot on a server that is given."""
    if server := given("mastodon"):
        return Login("", server.token), Login("", server.fan_token or server.token), Login("", "")
    made = network.new_account
    return made("brand", bot=True), made("fan"), made("robot", bot=True)


@pytest.fixture
def bench(network: MastodonNetwork, people: tuple[Login, Login, Login]) -> Iterator[MastodonBench]:
    bench = MastodonBench(network.url, *(one.token for one in people))
    yield bench
    bench.close()


class TestMastodon(PlatformContract):
    @pytest.fixture
    def bench(self, network: MastodonNetwork, people: tuple[Login, Login, Login]) -> Iterator[MastodonBench]:
        bench = MastodonBench(network.url, *(one.token for one in people))
        yield bench
        if given("mastodon"):
            bench.tidy()
        bench.close()
