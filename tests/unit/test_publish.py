"""The publish step, against the sandbox network as it really is: what stands there is what counts."""

from __future__ import annotations

import pytest

from bot.domain.draft import Window
from bot.domain.post import Outgoing, Receipt
from bot.errors import NotAllowed
from bot.store import desk as rows
from bot.store import posts
from bot.workflow import propose, schedule, settling
from tests.world import World, brand

TEXT = "The autumn oolongs are here."


def test_a_signed_post_goes_live_once(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    assert world.drain() == {"live": 1}
    assert world.drain() == {}
    assert world.live() == [TEXT]
    part = world.post(post.id).parts[0]
    assert part.receipt is not None
    assert part.receipt.remote_id
    assert part.attempts == 1


def test_nothing_goes_out_before_its_time(world: World) -> None:
    post = world.approve(world.draft(TEXT, window=Window("2026-11-22T12:00", "Europe/Berlin")))
    world.drain()
    assert world.live() == []
    world.advance(3600 + 3599)
    world.drain()
    assert world.live() == []
    world.advance(1)
    world.drain()
    assert world.states(post.id) == ["live"]


def test_a_post_past_its_grace_asks_instead_of_posting_late(world: World) -> None:
    version = world.draft(TEXT, window=Window("2026-11-22T12:00", "Europe/Berlin", grace_minutes=15))
    post = world.approve(version)
    world.advance(2 * 3600 + 15 * 60 + 1)
    world.drain()
    assert world.states(post.id) == ["asked"]
    assert world.live() == []
    with world.db.read() as conn:
        (notice,) = rows.notices(conn)
    assert "15 minutes late" in notice["text"]
    assert f"signoff reschedule {version.draft_id}" in notice["next_step"]
    # The next step works: a new time, a new signature, and it goes out.
    again = schedule.reschedule(world.desk, version.draft_id, None, "anna")
    world.approve(again)
    world.drain()
    assert world.live() == [TEXT]


def test_a_thread_goes_out_in_order_under_its_first_part(world: World) -> None:
    post = world.approve(world.draft("One", "Two", "Three"))
    world.drain()
    assert world.states(post.id) == ["live"] * 3
    parts = [p.receipt for p in world.post(post.id).parts]
    net = [world.app.sandbox.get(r.remote_id) for r in parts if r]
    assert [n.text for n in net if n] == ["One", "Two", "Three"]
    assert [n.parent_id for n in net if n] == ["", net[0].id, net[1].id]  # type: ignore[union-attr]
    assert [n.root_id for n in net if n] == ["", net[0].id, net[0].id]  # type: ignore[union-attr]


def test_a_broken_thread_says_how_much_is_live(world: World) -> None:
    post = world.approve(world.draft("One", "Two", "Three"))
    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish

    def refuse_the_second(out: Outgoing, once: str) -> Receipt:
        if out.part.text == "Two":
            world.app.sandbox.break_next("refuse")
        return publish(out, once)

    adapter.publish = refuse_the_second  # type: ignore[method-assign]
    world.drain()
    assert world.states(post.id) == ["live", "refused", "due"]
    with world.db.read() as conn:
        (notice,) = rows.notices(conn)
    assert "part 2 of 3 (1 live)" in notice["text"]


@pytest.mark.parametrize("honour_once", ["yes", "no"])
@pytest.mark.parametrize("effect", ["timeout_after_accept", "server_error_after_accept", "malformed"])
def test_a_lost_answer_is_looked_up_and_never_repeated(world: World, effect: str, honour_once: str) -> None:
    world.settings.platforms["sandbox"] = {"main": {"honour_once": honour_once}}
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next(effect)
    world.drain()
    assert world.states(post.id) == ["doubtful"]
    world.drain()
    assert world.states(post.id) == ["doubtful"], "it must wait until the platform can be read"
    for _ in range(4):
        world.advance(10)
        world.drain()
    assert world.states(post.id) == ["live"]
    assert world.live() == [TEXT]
    assert world.post(post.id).parts[0].attempts == 1


@pytest.mark.parametrize("effect", ["timeout_before", "server_error_before"])
def test_a_send_that_never_arrived_is_sent_again_after_looking(world: World, effect: str) -> None:
    world.settings.platforms["sandbox"] = {"main": {"honour_once": "no"}}
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next(effect)
    for _ in range(6):
        world.drain()
        world.advance(10)
    assert world.states(post.id) == ["live"]
    assert world.live() == [TEXT]
    with world.db.read() as conn:
        outcomes = [a["outcome"] for a in posts.attempts(conn, post.id)]
    assert outcomes == ["absent", "live"]


def test_a_late_timeline_does_not_make_a_double(world: World) -> None:
    """Looking too early finds nothing; three looks further and further apart do."""
    world.settings.platforms["sandbox"] = {"main": {"honour_once": "no", "lag": "5"}}
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next("timeout_after_accept")
    for _ in range(40):
        world.drain()
        world.advance(1)
    assert world.states(post.id) == ["live"]
    assert len(world.live()) == 1


def test_a_rate_limit_waits_as_long_as_the_platform_said(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next("rate_limit", amount=120)
    world.drain()
    world.advance(119)
    world.drain()
    assert world.states(post.id) == ["due"]
    assert world.live() == []
    world.advance(2)
    world.drain()
    assert world.live() == [TEXT]


def test_a_dead_token_pauses_the_account_and_tells_once(world: World) -> None:
    first, second = world.approve(world.draft(TEXT)), world.approve(world.draft("Second"))
    world.app.sandbox.break_next("revoked")
    for _ in range(3):
        world.drain()
        world.advance(60)
    assert [*world.states(first.id), *world.states(second.id)] == ["due", "due"]
    with world.db.write() as conn:
        assert len(rows.notices(conn)) == 1
        rows.pause(conn, "sandbox:main", "", who="sam", at=world.clock.now())
    world.drain()
    assert world.live() == [TEXT]
    # Both are late by now: the second one waits its turn.
    world.advance(300)
    world.drain()
    assert world.live() == [TEXT, "Second"]


def test_the_kill_switch_holds_everything_until_it_is_off(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    with world.db.write() as conn:
        rows.set_stop(conn, True, who="sam", why="spike", at=world.clock.now())
    world.drain()
    assert world.live() == []
    assert world.states(post.id) == ["due"]
    with world.db.write() as conn:
        rows.set_stop(conn, False, who="sam", why="", at=world.clock.now())
    world.drain()
    assert world.live() == [TEXT]


def test_a_text_changed_in_the_database_is_not_sent(world: World) -> None:
    """The hash is checked in the line before the send, not only at approval."""
    from sqlalchemy import update

    from bot.store.tables import post as table

    post = world.approve(world.draft(TEXT))
    with world.db.write() as conn:
        body = conn.execute(table.select()).mappings().one()["content"]
        body["parts"][0]["text"] = "Something else"
        conn.execute(update(table).values(content=body))
    world.drain()
    assert world.live() == []
    assert world.states(post.id) == ["refused"]


def test_a_rule_learned_after_approval_still_holds_at_the_send(world: World) -> None:
    from dataclasses import replace

    from bot.domain.brand import Rule, RuleBook, RuleKind

    post = world.approve(world.draft(TEXT))
    rule = Rule("no-oolong", RuleKind.NEVER, "No word of oolong.", hard=True, words=("oolongs",))
    world.learn(replace(brand(), rulebook=RuleBook((rule,))))
    world.drain()
    assert world.live() == []
    assert world.states(post.id) == ["refused"]


def test_a_part_left_in_sending_by_a_dead_worker_is_found_not_repeated(world: World) -> None:
    post = world.approve(world.draft(TEXT))

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish
    adapter.publish = lambda out, once: die(publish(out, once))  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        world.drain(name="worker-1")
    assert world.states(post.id) == ["sending"]
    adapter.publish = publish  # type: ignore[method-assign]
    for _ in range(5):
        world.drain(name="worker-2")
        world.advance(5)
    assert world.states(post.id) == ["live"]
    assert world.live() == [TEXT]
    assert world.post(post.id).parts[0].attempts == 1


def test_an_unreadable_platform_asks_a_person_who_can_settle_it(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next("timeout_after_accept")
    world.app.sandbox.break_next("server_error_before", operation="find", count=20)
    for _ in range(30):
        world.drain()
        world.advance(60)
    assert world.states(post.id) == ["asked"]
    with pytest.raises(NotAllowed, match="approver"):
        settling.settle(world.desk, post.id, 0, "anna", live=None)
    with pytest.raises(NotAllowed, match="cannot change"):
        propose.revise(world.desk, post.draft_id, propose.Proposal("sandbox:main", post.content.parts, "anna"))
    (there,) = world.app.sandbox.timeline("lumen.sandbox")
    receipt = Receipt(there.id, "sandbox://there", world.clock.now())
    assert settling.settle(world.desk, post.id, 0, "li", live=receipt).value == "live"
    assert world.live() == [TEXT]


def test_an_account_whose_adapter_breaks_every_time_stops_trying(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    adapter = world.app.platform("sandbox:main")

    def broken(out: object, once: str) -> None:
        raise KeyError("a bug")

    adapter.publish = broken  # type: ignore[method-assign, assignment]
    for _ in range(200):
        world.drain()
        world.advance(3)
    assert world.states(post.id) == ["asked"]
    assert world.post(post.id).parts[0].attempts == 8
    assert world.live() == []
