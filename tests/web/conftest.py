"""A world on SQLite with its desk served, and people's browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.clock import FixedClock
from tests.web.served import Browser, served
from tests.world import World


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


@pytest.fixture
def url(desk: World) -> Iterator[str]:
    with served(desk) as found:
        yield found


@pytest.fixture
def browser(desk: World, url: str) -> Iterator[Callable[..., Browser]]:
    """Return what opens a browser for a person, or for nobody."""
    with ExitStack() as stack:

        def opened(person: str = "", language: str = "en") -> Browser:
            made = Browser(desk, url, person, language)
            stack.callback(made.close)
            return made

        yield opened
