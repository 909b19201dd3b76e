"""A restored database knows nothing of what happened since: it looks before it sends, whatever it says of a part."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.editorial import Plan
from bot.domain.post import Post, Receipt
from bot.store import desk as rows
from bot.store import posts, restored
from bot.store.db import Database
from bot.store.migrate import upgrade
from bot.store.sandbox import SandboxNetwork
from tests.world import World, brand


class Lost:
    """A Signoff whose database goes back to a copy, while the network outside keeps what it has."""

    def __init__(self, folder: Path, clock: FixedClock, keys: str) -> None:
        self.folder, self.clock, self.keys = folder, clock, keys
        outside = Database(f"sqlite:///{folder / 'network.db'}")
        upgrade(outside)
        self.network = SandboxNetwork(outside, clock)
        self.world = self.open("first")

    def open(self, name: str) -> World:
        given = {"sandbox": {n: {"honour_once": self.keys} for n in ("main", "cn")}}
        (self.folder / name).mkdir(exist_ok=True)
        world = World(f"sqlite:///{self.folder / name / 'signoff.db'}", self.folder / name, self.clock, platforms=given)
        world.app.__dict__["sandbox"] = self.network
        world.learn(brand(plan=Plan(gap_minutes=0)))
        return world

    def back_up(self) -> None:
        self.taken = self.clock.now()
        shutil.copy(self.folder / "first" / "signoff.db", self.folder / "copy.db")

    def restore(self) -> World:
        self.world.app.close()
        (self.folder / "second").mkdir()
        shutil.copy(self.folder / "copy.db", self.folder / "second" / "signoff.db")
        self.world = self.open("second")
        with self.world.db.write() as conn:
            restored.mark(conn, self.taken, at=self.clock.now(), who="li", why="copy.db")
        return self.world

    def settle(self, world: World, turns: int = 12) -> None:
        for _ in range(turns):
            world.drain(name="worker-2")
            self.clock.sleep(20)

    def live(self) -> list[str]:
        return sorted(p.text for p in self.network.timeline("lumen.sandbox"))


@pytest.fixture(params=["yes", "no"], ids=["keys", "no keys"])
def lost(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Lost]:
    made = Lost(tmp_path, clock, request.param)
    yield made
    made.world.app.close()


def approved(world: World, *texts: str, minutes: float = 0, clock: FixedClock) -> Post:
    from bot.domain.draft import Window

    if not minutes:
        return world.approve(world.draft(*texts))
    wall = (clock.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")
    return world.approve(world.draft(*texts, window=Window(wall, "UTC")))


def test_what_went_out_since_the_backup_is_found_and_not_sent_again(lost: Lost, clock: FixedClock) -> None:
    world = lost.world
    due = [approved(world, f"Post {n} about oolong.", minutes=5 + n, clock=clock) for n in range(3)]
    lost.back_up()
    clock.sleep(600)
    world.drain()
    before = lost.live()
    assert len(before) == 3

    clock.sleep(60)
    second = lost.restore()
    lost.settle(second)
    assert lost.live() == before
    assert [second.states(p.id) for p in due] == [["live"]] * 3


def test_what_did_not_go_out_is_sent_once_and_dated_by_its_sending(lost: Lost, clock: FixedClock) -> None:
    post = approved(lost.world, "A post that waits.", minutes=30, clock=clock)
    lost.back_up()
    clock.sleep(60)
    second = lost.restore()
    lost.settle(second, 5)
    assert lost.live() == []
    clock.sleep(1800)
    lost.settle(second)
    assert second.states(post.id) == ["live"]
    assert lost.live() == ["A post that waits."]
    assert [p.created >= post.due for p in lost.network.timeline("lumen.sandbox")] == [True]


def test_a_part_is_never_sent_before_its_time_because_a_look_found_nothing(lost: Lost, clock: FixedClock) -> None:
    post = approved(lost.world, "Not before tea time.", minutes=240, clock=clock)
    lost.back_up()
    second = lost.restore()
    with second.db.write() as conn:
        posts.set_part(conn, post.id, 0, not_before=clock.now())  # as if the row had been made due too early
    lost.settle(second)
    with second.db.read() as conn:
        part = posts.part(conn, post.id, 0)
    assert lost.live() == []
    assert part.not_before == post.due


def test_a_draft_signed_again_after_the_restore_is_looked_for_too(lost: Lost, clock: FixedClock) -> None:
    version = lost.world.draft("Signed in the lost time.")
    lost.back_up()
    lost.world.approve(version)
    lost.world.drain()
    assert lost.live() == ["Signed in the lost time."]
    clock.sleep(120)
    second = lost.restore()
    again = second.approve(version)
    lost.settle(second)
    assert lost.live() == ["Signed in the lost time."]
    assert second.states(again.id) == ["live"]


def test_a_draft_made_after_the_restore_goes_out_at_once(lost: Lost, clock: FixedClock) -> None:
    lost.back_up()
    clock.sleep(120)
    second = lost.restore()
    clock.sleep(1)
    post = second.approve(second.draft("Fresh words."))
    second.drain(name="worker-2")
    assert second.states(post.id) == ["live"]


def test_a_thread_that_was_finished_in_the_lost_time_is_adopted_part_by_part(lost: Lost, clock: FixedClock) -> None:
    post = lost.world.approve(lost.world.draft("One of three.", "Two of three.", "Three of three."))
    lost.back_up()
    lost.world.drain()
    assert len(lost.live()) == 3
    clock.sleep(120)
    second = lost.restore()
    lost.settle(second)
    assert len(lost.live()) == 3
    assert second.states(post.id) == ["live"] * 3


def test_two_posts_of_the_same_words_are_never_taken_for_one(lost: Lost, clock: FixedClock) -> None:
    """Where both may be live and only one is told apart, a person is asked; nothing is sent a third time."""
    both = [approved(lost.world, "Happy hour is now.", minutes=5, clock=clock) for _ in range(2)]
    lost.back_up()
    clock.sleep(400)
    lost.world.drain()
    count = len(lost.live())
    assert count == 2
    clock.sleep(60)
    second = lost.restore()
    lost.settle(second)
    assert len(lost.live()) == count
    states = sorted(second.states(p.id)[0] for p in both)
    assert states == ["asked", "live"]
    with second.db.read() as conn:
        told = [n["text"] for n in rows.notices(conn) if n["level"] != "info"]
    assert any("same words" in t for t in told)


def test_a_platform_that_cannot_be_read_asks_a_person_who_can_settle_it(lost: Lost, clock: FixedClock) -> None:
    from bot.workflow import settling

    post = approved(lost.world, "Is it there?", minutes=5, clock=clock)
    lost.back_up()
    clock.sleep(400)
    second = lost.restore()
    lost.network.break_next("http 503", operation="find", count=None)
    lost.settle(second, 100)
    assert second.states(post.id) == ["asked"]
    assert lost.live() == []
    settling.settle(second.desk, post.id, 0, "li", live=Receipt("s_7", "https://sandbox.example/s_7", clock.now()))
    assert second.states(post.id) == ["live"]
