"""A thread that stops half-way is never silent, never spins, and has three ways out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.post import Outgoing, Post, PostState, Receipt
from bot.errors import BadInput, NotAllowed, OutcomeUnknown, Refused
from bot.store import desk as rows
from bot.store import posts
from bot.workflow import backoff, outcome, reconcile, schedule, settling, standing, undo
from bot.workflow.worker import Worker
from tests.world import World


@pytest.fixture
def half(world: World) -> Post:
    """One of three parts is live; the second was refused."""
    post = world.approve(world.draft("One", "Two", "Three"))
    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish

    def refuse_the_second(out: Outgoing, once: str) -> Receipt:
        if out.part.text == "Two":
            raise Refused("No.", platform="sandbox")
        return publish(out, once)

    adapter.publish = refuse_the_second  # type: ignore[method-assign]
    world.drain()
    adapter.publish = publish  # type: ignore[method-assign]
    assert world.states(post.id) == ["live", "refused", "due"]
    return post


def test_what_waits_behind_a_broken_part_is_no_work(world: World, half: Post) -> None:
    with world.db.read() as conn:
        assert posts.accounts_with_work(conn, world.clock.now()) == []
        assert posts.next_due(conn) is None
    assert asyncio.run(Worker(world.desk).once()) == {}


def test_the_notice_names_ways_out_that_work(world: World, half: Post) -> None:
    with world.db.read() as conn:
        (notice,) = rows.notices(conn)
    for way in (f"settle {half.id} --part 2 --not-live", f"cancel {half.draft_id}", f"undo {half.draft_id}"):
        assert way in notice["next_step"]


def test_go_on(world: World, half: Post) -> None:
    with pytest.raises(NotAllowed):
        settling.settle(world.desk, half.id, 1, "anna", live=None)
    settling.settle(world.desk, half.id, 1, "li", live=None)
    world.drain()
    assert world.live() == ["One", "Two", "Three"]


def test_keep_what_is_live(world: World, half: Post) -> None:
    schedule.cancel(world.desk, half.draft_id, "li", "enough said")
    assert world.states(half.id) == ["live", "cancelled", "cancelled"]
    world.advance(3600)
    world.drain()
    assert world.live() == ["One"]
    with pytest.raises(NotAllowed, match="undo"):
        schedule.cancel(world.desk, half.draft_id, "li")


def test_take_it_down(world: World, half: Post) -> None:
    undo.undo(world.desk, half.draft_id, "li")
    assert world.live() == []
    world.drain()
    assert world.states(half.id) == ["deleted", "refused", "cancelled"]


def _unanswered(world: World) -> Post:
    """One of three parts is live; the second went out, and its answer was lost."""
    post = world.approve(world.draft("One", "Two", "Three"))
    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish

    def lose_the_second(out: Outgoing, once: str) -> Receipt:
        receipt = publish(out, once)
        if out.part.text == "Two":
            raise OutcomeUnknown("No answer.", platform="sandbox")
        return receipt

    adapter.publish = lose_the_second  # type: ignore[method-assign]
    world.drain()
    adapter.publish = publish  # type: ignore[method-assign]
    assert world.states(post.id) == ["live", "doubtful", "due"]
    return post


def test_a_part_that_may_be_live_is_looked_for_after_the_rest_was_taken_down(world: World) -> None:
    post = _unanswered(world)
    undo.undo(world.desk, post.draft_id, "li")
    assert world.states(post.id) == ["deleted", "doubtful", "cancelled"]
    with world.db.read() as conn:
        assert any("may be live" in n["text"] for n in rows.notices(conn))
    with pytest.raises(BadInput, match="may be live"):
        undo.undo(world.desk, post.draft_id, "li")
    world.advance(3600)
    world.drain()
    assert world.states(post.id) == ["deleted", "live", "cancelled"]
    undo.undo(world.desk, post.draft_id, "li")
    assert world.states(post.id) == ["deleted", "deleted", "cancelled"]
    assert world.live() == []


@pytest.mark.parametrize("way", ["undo", "cancel"])
def test_what_turns_out_not_to_be_live_is_not_sent_once_the_rest_was_taken_back(world: World, way: str) -> None:
    post = _unanswered(world)
    if way == "undo":
        undo.undo(world.desk, post.draft_id, "li")
    else:
        schedule.cancel(world.desk, post.draft_id, "li")
    (two,) = [p for p in world.app.sandbox.timeline("lumen.sandbox") if p.text == "Two"]
    world.app.sandbox.delete("lumen.sandbox", two.id)
    for _ in range(6):
        world.advance(3600)
        world.drain()
    assert world.states(post.id)[1:] == ["cancelled", "cancelled"]
    assert "Two" not in world.live()
    with world.db.read() as conn:
        assert posts.accounts_with_work(conn, world.clock.now()) == []


def test_nothing_is_tried_again_by_hand_once_the_rest_was_taken_down(world: World, half: Post) -> None:
    undo.undo(world.desk, half.draft_id, "li")
    with pytest.raises(BadInput, match="taken back"):
        settling.settle(world.desk, half.id, 1, "li", live=None)


def test_a_part_that_uploads_while_the_rest_is_taken_down_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approve(world.draft("One", "Two"))
    fence, told = standing.fence_fault, list[str]()

    def acted(desk: Any, intent: outcome.Intent, *rest: Any) -> str:
        if intent.n == 1 and not told:
            undo.undo(world.desk, post.draft_id, "li")
            told.append(fence(desk, intent, *rest))
        return fence(desk, intent, *rest)

    monkeypatch.setattr(standing, "fence_fault", acted)
    world.drain()
    world.advance(10)
    world.drain()
    assert told == ["the rest of it was taken back"]
    assert world.states(post.id) == ["deleted", "cancelled"]
    assert world.live() == []


def test_a_part_out_of_attempts_can_be_tried_again(world: World) -> None:
    post = world.approve(world.draft("One", "Two"))
    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish

    def limit_the_second(out: Outgoing, once: str) -> Receipt:
        if out.part.text == "Two":
            world.app.sandbox.break_next("rate_limit", amount=1)
        return publish(out, once)

    adapter.publish = limit_the_second  # type: ignore[method-assign]
    for _ in range(backoff.MAX_ATTEMPTS + 2):
        world.drain()
        world.advance(60)
    assert world.states(post.id) == ["live", "asked"]
    adapter.publish = publish  # type: ignore[method-assign]
    settling.settle(world.desk, post.id, 1, "li", live=None)
    world.drain()
    assert world.live() == ["One", "Two"]


def test_once_ends_while_another_worker_holds_the_account(world: World) -> None:
    from bot.store import leases

    world.approve(world.draft("Tea"))
    assert leases.take(world.db, "account:sandbox:main", "another", 60)
    assert asyncio.run(asyncio.wait_for(Worker(world.desk).once(), 60)) == {}


def test_a_stop_is_seen_between_two_posts(world: World) -> None:
    for n in range(5):
        world.approve(world.draft(f"Post {n}"))
    from bot.workflow import turn

    calls: list[Any] = []

    def stopping() -> bool:
        calls.append(1)
        return len(calls) > 2

    turn.drain(world.desk, "sandbox:main", "me", stopping=stopping)
    assert world.live() == ["Post 0", "Post 1"]


def test_who_slept_through_a_look_changes_nothing_that_was_settled_meanwhile(world: World) -> None:
    post = _unanswered(world)
    world.advance(3600)
    adapter = world.app.platform("sandbox:main")
    find = adapter.find

    def slow(*given: Any) -> None:
        adapter.find = find  # type: ignore[method-assign]
        world.drain()
        assert world.states(post.id) == ["live", "live", "live"]

    adapter.find = slow  # type: ignore[method-assign, assignment]
    asleep = outcome.Hold("account:sandbox:main", "asleep", 1)
    assert reconcile.look(world.desk, post.id, 1, asleep) is PostState.LIVE
    with world.db.read() as conn:
        ended = {(a["n"], a["attempt"]): a["outcome"] for a in posts.attempts(conn, post.id)}
    assert ended[1, 1] == "live"
    assert world.live() == ["One", "Two", "Three"]
