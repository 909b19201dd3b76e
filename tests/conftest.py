"""Fixtures for every test: a fresh world on SQLite or PostgreSQL, and the real servers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, settings

from bot import words
from bot.clock import FixedClock
from tests import slowest
from tests.world import World

pytest_plugins = ["tests.servers.fixtures"]

# The same examples each time, and none is wrong for being slow: many run side by side on a small machine.
settings.register_profile("signoff", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("signoff")
# Who asks without saying how long waits five seconds, which a busy machine may need to start answering. Each call's
# default is this one object.
for _part in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, _part, 60.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the whole run what was measured as slow, and what needs a server and runs on SQLite as well."""
    measured = frozenset(slowest.LIST.read_text(encoding="utf-8").split())
    for item in items:
        on_server = "postgresql" in getattr(item, "callspec", _NoCall).params.values()
        if on_server or slowest.name(item.nodeid) in measured:
            item.add_marker("slow")


class _NoCall:
    """A test without parameters."""

    params: ClassVar[dict[str, object]] = {}


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own settings, .env and language out of the tests, and those of a test out of the next."""
    for name in list(os.environ):
        if name.startswith("SIGNOFF_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr(words, "_catalogue", None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def fresh_postgres(server: str) -> Iterator[str]:
    """Yield the URL of an empty database of its own on a PostgreSQL server, dropped at the end."""
    import psycopg

    name = f"t_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    base, _, _ = server.rpartition("/")
    yield f"{base}/{name}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same test on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'signoff.db'}"
    else:
        yield from fresh_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
def world(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """A brand with people, rules and sandbox accounts; no model, no memory."""
    with World(database_url, tmp_path, clock) as made:
        yield made
