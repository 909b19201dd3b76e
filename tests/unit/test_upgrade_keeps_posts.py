"""A database of each earlier version, with a post in each state, is brought up to date and goes on: once each."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from bot.domain.draft import Window
from bot.domain.post import PostState
from bot.store import drafts, migrate, posts
from tests.world import World

VERSIONS = Path(migrate.__file__).with_name("migrations") / "versions"
_ALL = sorted(path.name[:4] for path in VERSIONS.glob("0*.py"))
#: The way from the first one leads over all others.
EARLIER = [_ALL[0], _ALL[len(_ALL) // 2], _ALL[-2]]
LATER = Window("2026-11-22T12:00", "Europe/Berlin")


def _back(world: World, version: str) -> None:
    """Make the database one of an earlier version, by the migrations' own way back."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    with world.db.write() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, version)
        assert migrate.current(conn) == version


@pytest.mark.slow
@pytest.mark.parametrize("version", EARLIER)
def test_posts_in_each_state_survive_the_way_back_and_forth(world: World, version: str) -> None:
    live = world.approve(world.draft("This one is live."))
    world.drain()
    world.app.sandbox.break_next("timeout_after_accept")
    doubtful = world.approve(world.draft("This one had no answer."))
    world.drain()
    sending = world.approve(world.draft("This one was being sent."))
    with world.db.write() as conn:
        posts.set_part(conn, sending.id, 0, state=PostState.SENDING, attempts=1, first_sent=world.clock.now(),
                       last_sent=world.clock.now(), once_key="k-1")  # fmt: skip
    due, later = world.approve(world.draft("This one is due.")), world.approve(world.draft("Later.", window=LATER))
    waiting = world.draft("This one waits for a signature.")
    stood = {p.id: world.states(p.id) for p in (live, doubtful, sending, due, later)}
    assert [*stood.values()] == [["live"], ["doubtful"], ["sending"], ["due"], ["due"]]

    _back(world, version)
    assert migrate.upgrade(world.db) is True
    assert {post: world.states(post) for post in stood} == stood

    world.approve(waiting)
    for _ in range(12):
        world.drain()
        world.advance(60)
    assert world.states(later.id) == ["due"]
    world.advance(2 * 3600 - 12 * 60)
    world.drain()
    assert {post: world.states(post) for post in stood} == {post: ["live"] for post in stood}
    said = sorted(world.live())
    assert said == sorted(set(said))
    assert len(said) == 6
    with world.db.read() as conn:
        assert drafts.get(conn, waiting.draft_id).version == 1
