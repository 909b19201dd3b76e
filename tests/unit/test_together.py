"""Turns that ask at one moment share a transaction: each gets its own answer, and one's trouble is not the others'."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import OperationalError

from bot.domain.post import PostState, Receipt
from bot.store import desk as rows
from bot.store import events, posts, tables
from bot.workflow import choosing, outcome, publish, receipts, standing, turn
from bot.workflow.desk import Desk
from bot.workflow.together import Together, Uneven
from tests.world import World

Do = Callable[[Desk, Connection, list[Any]], list[Any]]


def at_once(world: World, do: Do, items: list[Any], *, write: bool = True) -> tuple[list[Any], list[int]]:
    """Ask for ``items`` while a first call holds everybody up; return answers or faults, and how many came at once."""
    sizes: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def held(desk: Desk, conn: Connection, given: list[Any]) -> list[Any]:
        if given == ["first"]:
            begun.set()
            go.wait(60)
            return ["first"]
        sizes.append(len(given))
        return do(desk, conn, given)

    together: Together[Any, Any] = Together(held, write=write)
    with ThreadPoolExecutor(len(items) + 1) as pool:
        first = pool.submit(together, world.desk, "first")
        assert begun.wait(60)
        asked: list[Future[Any]] = [pool.submit(together, world.desk, item) for item in items]
        queue = together._queues[world.desk.db]
        while len(queue.waiting) < len(items) + 1:
            threading.Event().wait(0.001)
        go.set()
        assert first.result(60) == "first"
        return [one.exception(60) or one.result() for one in asked], sizes


def test_those_who_wait_are_done_in_one_transaction_and_each_gets_its_own_answer(world: World) -> None:
    found, sizes = at_once(world, lambda _d, _c, items: [2 * n for n in items], list(range(20)))
    assert found == [2 * n for n in range(20)]
    assert sizes == [20]


def test_one_that_fails_fails_alone_and_leaves_nothing(world: World) -> None:
    def do(desk: Desk, conn: Connection, items: list[int]) -> list[int]:
        for n in items:
            rows.notify_all(conn, [(desk.clock.now(), "", f"n:{n}", f"said {n}", "", "info")])
            if n == 3:
                raise KeyError("a bug")
        return items

    found, sizes = at_once(world, do, list(range(6)))
    assert [f for f in found if not isinstance(f, KeyError)] == [0, 1, 2, 4, 5]
    assert sizes == [6, 1, 1, 1, 1, 1, 1]
    with world.db.read() as conn:
        said = {n["subject"] for n in rows.notices(conn, limit=20)}
    assert said == {"n:0", "n:1", "n:2", "n:4", "n:5"}


def test_the_databases_own_trouble_is_everybodys_and_is_not_tried_again(world: World) -> None:
    def do(*_: Any) -> list[int]:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    found, sizes = at_once(world, do, list(range(4)))
    assert all(isinstance(f, OperationalError) for f in found)
    assert sizes == [4]


def test_a_read_that_is_shared_sees_what_stood_when_it_was_asked_for(world: World) -> None:
    """The kill switch is turned while others read: whoever asks after that must see it."""
    reading, go, seen = threading.Event(), threading.Event(), []

    def do(desk: Desk, conn: Connection, items: list[str]) -> list[str]:
        found = rows.stopped(conn)
        if items == ["before"]:
            reading.set()
            go.wait(60)
        return [found] * len(items)

    together: Together[str, str] = Together(do, write=False)
    with ThreadPoolExecutor(3) as pool:
        before = pool.submit(together, world.desk, "before")
        assert reading.wait(60)

        def stop_and_ask() -> str:
            with world.db.write() as conn:
                rows.set_stop(conn, True, who="sam", why="", at=world.clock.now())
            seen.append(1)
            return together(world.desk, "after")

        after = pool.submit(stop_and_ask)
        threading.Event().wait(0.05)
        go.set()
        assert before.result(60) == ""
        assert "stopped by sam" in after.result(60)


def test_a_part_that_moved_on_meanwhile_leaves_the_others_as_they_should_be(world: World) -> None:
    """Two answers come at one moment; one part is not sending any more: the other one is live all the same."""
    kept, lost = world.approve(world.draft("Oolong")), world.approve(world.draft("茶", account="sandbox:cn"))
    with world.db.write() as conn:
        conn.execute(update(tables.post_part).values(state="sending", attempts=1))
        conn.execute(update(tables.post_part).where(tables.post_part.c.post_id == lost.id).values(attempts=2))
    answers = [
        receipts.Answer(post, 0, 1, Receipt(f"r-{post.id}", "https://there", world.clock.now()), "me", "answered")
        for post in (kept, lost)
    ]
    found, sizes = at_once(world, receipts._all, answers)
    assert found == [True, False]
    assert sizes == [2, 1, 1]
    assert [*world.states(kept.id), *world.states(lost.id)] == ["live", "sending"]
    with world.db.read() as conn:
        trail = [e["now"] for e in events.about(conn, f"part:{kept.id}/0", f"part:{lost.id}/0")]
        told = [n for n in rows.notices(conn) if "is live" in n["text"]]
    assert trail.count("live") == 1
    assert len(told) == 1


def test_nothing_is_moved_where_one_of_several_stands_otherwise(world: World) -> None:
    post = world.approve(world.draft("Oolong"))
    args = (world.clock.now(), "me", "", {"looks": 0})
    moves = [events.Move(post.id, 0, 0, *args), events.Move(post.id, 0, 7, *args)]

    def move() -> None:
        with world.db.write() as conn:
            if not events.move_parts(conn, PostState.DUE, PostState.SENDING, moves):
                raise Uneven

    with pytest.raises(Uneven):
        move()
    assert world.states(post.id) == ["due"]


def test_turns_of_many_accounts_at_once_send_each_post_once_and_read_the_switch_before_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = {"sandbox:main": "Oolong", "sandbox:cn": "茶"}
    made = {a: [world.approve(world.draft(f"{said} {n}", account=a)) for n in range(3)] for a, said in accounts.items()}
    asked: list[str] = []
    fence = standing.fence_fault

    def told(desk: Desk, intent: outcome.Intent, *more: Any) -> str:
        asked.append(intent.post.id)
        return fence(desk, intent, *more)

    monkeypatch.setattr(standing, "fence_fault", told)
    # An intent that has grown old is looked at once more, and on a busy machine it may.
    monkeypatch.setattr(publish, "FRESH", 3600.0)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda a: turn.drain(world.desk, a, f"worker-{a}"), accounts))
    assert [dict(d) for d in done] == [{"live": 3}, {"live": 3}]
    assert sorted(asked) == sorted(p.id for some in made.values() for p in some)
    with world.db.read() as conn:
        assert all(len(posts.attempts(conn, p.id)) == 1 for some in made.values() for p in some)


def test_a_turn_chooses_nothing_while_all_is_stopped_or_its_account_is_paused(world: World) -> None:
    world.approve(world.draft("Oolong"))
    assert [r.n for r in choosing.chosen(world.desk, "sandbox:main")] == [0]
    with world.db.write() as conn:
        rows.pause(conn, "sandbox:main", "a rest", who="li", at=world.clock.now())
    assert choosing.chosen(world.desk, "sandbox:main") == []
    with world.db.write() as conn:
        rows.pause(conn, "sandbox:main", "", who="li", at=world.clock.now())
        rows.set_stop(conn, True, who="sam", why="", at=world.clock.now())
    assert choosing.chosen(world.desk, "sandbox:main") == []


def test_a_thread_goes_out_in_order_although_several_parts_are_chosen_at_once(world: World) -> None:
    thread, single = world.approve(world.draft("One", "Two", "Three")), world.approve(world.draft("Beside it"))
    assert world.drain() == {"live": 4}
    assert world.live() == ["One", "Two", "Three", "Beside it"]
    assert world.states(thread.id) == ["live"] * 3
    assert world.states(single.id) == ["live"]
    assert publish.FRESH < turn.AGE
