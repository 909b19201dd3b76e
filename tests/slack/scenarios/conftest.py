"""A served Signoff for each test of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios.desk import Desk, desk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the collector close what the model's SDK leaves open: whole desks come and go in one process here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            left = r"ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
            item.add_marker(pytest.mark.filterwarnings(left))


def channel_name(request: pytest.FixtureRequest) -> str:
    """Return a name of a channel that nobody else uses."""
    return re.sub(r"[^a-z0-9]+", "-", f"{request.node.name}-{id(request)}".lower())[-70:].strip("-")


@pytest.fixture
def served(slack_gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Signoff with the test brand, asked over HTTP."""
    with desk(slack_gateway, tmp_path, channel_name(request)) as made:
        yield made


@pytest.fixture
def over_socket(slack_gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The same, asked over Socket Mode."""
    with desk(slack_gateway, tmp_path, channel_name(request), over="socket") as made:
        yield made
