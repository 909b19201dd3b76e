"""The contract over a stand-in for X, by both kinds of login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.platform_contract import PlatformContract
from tests.contract.x_bench import XBench
from tests.servers.x import start_x


class TestXByKeys(PlatformContract):
    @pytest.fixture
    def bench(self) -> Iterator[XBench]:
        with start_x() as (net, url):
            bench = XBench(net, url)
            yield bench
            bench.close()


class TestXBySession(PlatformContract):
    @pytest.fixture
    def bench(self) -> Iterator[XBench]:
        with start_x() as (net, url):
            bench = XBench(net, url, oauth2=True)
            yield bench
            bench.close()
