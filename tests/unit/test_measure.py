"""Results of live posts: read at their ages, never twice, never in the way of publishing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.post import Post, Receipt
from bot.domain.reading import Reading
from bot.errors import Reconnect, TryLater
from bot.platforms.sandbox import Sandbox
from bot.store import readings
from bot.store.tables import lease, notice, reading
from bot.workflow import measure
from bot.workflow.worker import Worker
from tests.world import World

HOUR = 3600.0


def published(world: World, *texts: str, account: str = "sandbox:main") -> Post:
    post = world.approve(world.draft(*texts, account=account))
    world.drain(account)
    made = world.post(post.id)
    assert {p.state.value for p in made.parts} == {"live"}
    return made


def ages(world: World, post: Post) -> list[int]:
    with world.db.read() as conn:
        return [row["age"] for row in readings.of_post(conn, post.id)]


def test_a_post_is_read_at_four_ages_and_no_more(world: World) -> None:
    post = published(world, "The autumn oolongs are here.")
    assert measure.measure(world.desk).total() == 0
    for hours, expected in ((1, [1]), (2, [1]), (4, [1, 6]), (20, [1, 6, 24]), (24 * 7, [1, 6, 24, 168]), (99, [])):
        world.advance(hours * HOUR)
        measure.measure(world.desk)
        assert ages(world, post) == (expected or [1, 6, 24, 168])


def test_ages_that_passed_while_no_worker_ran_are_read_once_for_the_latest(world: World) -> None:
    post = published(world, "The autumn oolongs are here.")
    world.advance(30 * HOUR)
    assert measure.measure(world.desk)["read"] == 1
    assert ages(world, post) == [24]


def test_the_counts_are_those_of_the_network(world: World) -> None:
    post = published(world, "The autumn oolongs are here.")
    remote = post.parts[0].receipt
    assert remote is not None
    for fan in ("ada.fan.sandbox", "bo.fan.sandbox"):
        world.app.sandbox.react(fan, remote.remote_id)
    world.app.sandbox.post("ada.fan.sandbox", "Lovely!", parent_id=remote.remote_id)
    world.advance(24 * HOUR)
    measure.measure(world.desk)
    with world.db.read() as conn:
        found = readings.latest(conn, [post.id])[post.id]
    assert (found.likes, found.replies, found.reposts, found.views) == (2, 1, 0, None)


def test_a_thread_s_own_parts_are_no_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = published(world, "One.", "Two.", "Three.")
    world.advance(HOUR)

    def counts(self: Sandbox, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        return [Reading(r.remote_id, self.context.clock.now(), likes=2, replies=1, views=10) for r in receipts]

    monkeypatch.setattr(Sandbox, "readings", counts)
    measure.measure(world.desk)
    with world.db.read() as conn:
        found = readings.latest(conn, [post.id])[post.id]
    assert (found.likes, found.replies, found.reposts, found.views) == (6, 1, None, 10)


def test_a_part_that_the_network_lost_is_not_asked_for_again_at_that_age(world: World) -> None:
    post = published(world, "The autumn oolongs are here.")
    world.app.sandbox.delete("lumen.sandbox", post.parts[0].receipt.remote_id)  # type: ignore[union-attr]
    world.advance(HOUR)
    assert measure.measure(world.desk) == Counter(gone=1)
    assert measure.measure(world.desk).total() == 0
    assert ages(world, post) == [1]


def free_lease(world: World) -> None:
    with world.db.write() as conn:
        conn.execute(update(lease).where(lease.c.name == "measure:sandbox:main").values(until=world.db.now(conn)))


@pytest.mark.parametrize("error", [TryLater("not now"), Reconnect("no"), RuntimeError("a bug")])
def test_an_account_that_fails_is_left_alone_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    post, other = published(world, "Oolong."), published(world, "乌龙茶到了。", account="sandbox:cn")
    world.advance(HOUR)
    tries = []

    def fail(self: Sandbox, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        if self.context.account.name == "main":
            tries.append(1)
            raise error
        return [Reading(r.remote_id, self.context.clock.now(), likes=1) for r in receipts]

    monkeypatch.setattr(Sandbox, "readings", fail)
    assert measure.measure(world.desk) == Counter(failed=1, read=1)
    assert ages(world, other) == [1]
    # Again at once: it waits, also in another process, which knows only the database.
    assert measure.measure(world.desk).total() == 0
    assert len(tries) == 1
    with world.db.read() as conn:
        texts = [row.text for row in conn.execute(select(notice.c.text).where(notice.c.level == "warn"))]
    assert texts == []
    # Publishing goes on meanwhile.
    published(world, "Another one.")
    monkeypatch.undo()
    free_lease(world)
    measure.measure(world.desk)
    assert ages(world, post) == [1]


def test_nothing_is_read_while_everything_is_stopped(world: World) -> None:
    from bot.store import desk as rows

    post = published(world, "Oolong.")
    world.advance(HOUR)
    with world.db.write() as conn:
        rows.set_stop(conn, True, who="sam", why="", at=world.clock.now())
    assert measure.measure(world.desk).total() == 0
    with world.db.write() as conn:
        rows.set_stop(conn, False, who="sam", why="", at=world.clock.now())
        rows.pause(conn, "sandbox:main", "token", who="w", at=world.clock.now())
    assert measure.measure(world.desk).total() == 0
    assert ages(world, post) == []


def test_many_posts_are_read_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(6):
        published(world, f"Tea number {n} of the long week.")
    world.advance(HOUR)
    sizes: list[int] = []
    real = Sandbox.readings

    def counted(self: Sandbox, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        sizes.append(len(receipts))
        return real(self, receipts)

    monkeypatch.setattr(Sandbox, "readings", counted)
    monkeypatch.setattr(measure, "BATCH", 4)
    assert measure.measure(world.desk)["read"] == 6
    assert sizes == [4, 2]


def test_the_worker_reads_results_too(world: World) -> None:
    post = published(world, "Oolong.")
    world.advance(HOUR)
    asyncio.run(Worker(world.desk).once())
    assert ages(world, post) == [1]
    with world.db.read() as conn:
        [row] = conn.execute(select(reading)).mappings().all()
    assert row["at"] - world.clock.now() < timedelta(seconds=1)
