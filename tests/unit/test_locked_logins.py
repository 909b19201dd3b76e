"""A worker that loses the keys of the logins while it runs: its own trouble, and nobody else's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.clock import FixedClock
from bot.domain.post import PostState
from bot.errors import Locked
from bot.operations import probe
from bot.platforms.sandbox import Sandbox
from bot.store import desk as rows
from bot.workflow.worker import Worker
from tests.world import World


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as world:
        world.app.vault.store("sandbox:main", "setting:latency", "0")
        world.app.vault.store("sandbox:main", "session", "a session")
        yield world


@pytest.fixture
def wants_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox ask for its session right before it posts or reads, as platforms with a login do."""
    for name in ("publish", "find"):
        plain = getattr(Sandbox, name)

        def asking(self: Sandbox, *args: object, _plain: object = plain) -> object:
            self.context.vault.load("session")
            return _plain(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(Sandbox, name, asking)


def lose(world: World, how: str) -> str:
    """Take the keys away; return them."""
    path = world.settings.home / "keys"
    kept = path.read_text(encoding="ascii")
    if how == "removed":
        path.unlink()
    else:
        path.write_text(Fernet.generate_key().decode() + "\n", encoding="ascii")
    return kept


def once(world: World) -> dict[str, int]:
    """Let a worker go through everything; it rests for a second where the keys are gone."""
    return dict(asyncio.run(Worker(world.desk).once()))


def turns(world: World, count: int, apart: float) -> None:
    """Give the account its turn so many times."""
    for _ in range(count):
        with pytest.raises(Locked):
            world.drain()
        world.advance(apart)


def untouched(world: World) -> None:
    with world.db.read() as conn:
        assert rows.all_paused(conn) == set(), "who has the keys goes on"
        assert "signoff connect" not in str(rows.notices(conn)), "and nobody is told to connect it anew"


@pytest.mark.parametrize("how", ["removed", "changed"])
@pytest.mark.parametrize("when", ["connected already", "not yet"])
def test_a_post_stays_due_where_the_keys_are_gone(
    desk: World, wants_its_session: None, caplog: pytest.LogCaptureFixture, how: str, when: str
) -> None:
    post, other = desk.approve(desk.draft()), desk.approve(desk.draft(account="sandbox:cn"))
    if when == "connected already":
        desk.desk.platform("sandbox:main")
    kept = lose(desk, how)
    with caplog.at_level(logging.ERROR):
        once(desk)
        turns(desk, 4, 1)
    untouched(desk)
    assert desk.states(post.id) == ["due"]
    assert desk.states(other.id) == ["live"], "an account without a login needs no keys"
    assert desk.post(post.id).parts[0].attempts <= 1, "it is not announced again and again"
    assert len([r for r in caplog.records if "cannot be opened" in r.getMessage()]) == 1
    ready, found = probe.ready(desk.app)
    assert not ready
    assert "cannot be opened with the keys at hand" in found["keys"]
    assert (desk.settings.home / "keys").exists() is (how == "changed"), "no new key takes the place of the lost one"
    (desk.settings.home / "keys").write_text(kept, encoding="ascii")
    assert probe.ready(desk.app)[1]["keys"] == "ok"
    desk.drain()
    assert desk.states(post.id) == ["live"]


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_a_doubt_stays_a_doubt_where_the_keys_are_gone(desk: World, wants_its_session: None, how: str) -> None:
    post = desk.approve(desk.draft())
    desk.app.sandbox.break_next("timeout_after_accept")
    desk.drain()
    assert desk.states(post.id) == ["doubtful"]
    kept = lose(desk, how)
    desk.advance(600)
    turns(desk, 7, 60)
    untouched(desk)
    assert desk.states(post.id) == [PostState.DOUBTFUL.value], "nobody is asked what this machine cannot see"
    (desk.settings.home / "keys").write_text(kept, encoding="ascii")
    for _ in range(3):
        desk.drain()
        desk.advance(600)
    assert desk.states(post.id) == ["live"]
    assert len(desk.live()) == 1


def test_one_login_that_does_not_open_is_said_on_readyz(desk: World) -> None:
    """Of several machines one was given other keys for a while, and stored a login with them."""
    kept = lose(desk, "changed")
    desk.app.vault.store("sandbox:cn", "setting:latency", "0")
    (desk.settings.home / "keys").write_text(kept, encoding="ascii")
    desk.advance(1)
    desk.app.vault.store("sandbox:main", "session", "a newer session")
    assert probe.ready(desk.app)[1]["keys"] == "ok", "what was stored last opens"
    post = desk.approve(desk.draft(account="sandbox:cn"))
    with pytest.raises(Locked):
        desk.drain("sandbox:cn")
    assert probe.ready(desk.app)[1]["keys"] == "The logins of sandbox:cn cannot be opened with the keys at hand."
    assert desk.states(post.id) == ["due"]
    untouched(desk)
