"""Each guard of the publish step alone: with all others passing, it still holds the post back."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from bot.clock import SystemClock
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.draft import Window
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule, Refuse
from bot.domain.post import Outgoing, PostState, Receipt
from bot.errors import Misconfigured, Reconnect
from bot.store import approvals, events, leases, posts, tables
from bot.store import desk as rows
from bot.workflow import outcome, propose, publish, standing, turn
from tests.world import World, brand

TEXT = "The autumn oolongs are here."


def hold(world: World, seconds: float = 150) -> outcome.Hold:
    fence = leases.take(world.db, "account:sandbox:main", "me", seconds)
    assert fence is not None
    return outcome.Hold("account:sandbox:main", "me", fence)


def stop(world: World, on: bool = True) -> None:
    with world.db.write() as conn:
        rows.set_stop(conn, on, who="sam", why="", at=world.clock.now())


def before_the_fence(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Let something happen after the intent is stored and before the fence looks again."""
    fence = standing.fence_fault

    def acted(*args: Any) -> str:
        act()
        return fence(*args)

    monkeypatch.setattr(standing, "fence_fault", acted)


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (update(tables.draft_version).values(state="superseded"), "superseded, not approved"),
        (update(tables.approval_request).values(used=None), "no used-up approval"),
        (delete(tables.decision), "0 of 1 signatures"),
        (update(tables.decision).values(choice="reject"), "0 of 1 signatures"),
        (update(tables.decision).values(hash="0" * 64), "0 of 1 signatures"),
        (update(tables.post).values(hash="0" * 64), "not what was signed off"),
        (update(tables.approval_request).values(hash="0" * 64), "not what was signed off"),
        (update(tables.draft_version).values(hash="0" * 64), "not what was signed off"),
    ],
)
def test_without_its_signatures_a_post_does_not_go_out(world: World, tamper: Any, why: str) -> None:
    post = world.approve(world.draft(TEXT))
    with world.db.write() as conn:
        conn.execute(tamper)
    world.drain()
    assert world.live() == []
    part = world.post(post.id).parts[0]
    assert part.state is PostState.REFUSED
    assert why in part.why


@pytest.mark.parametrize("rows_", [(tables.post, tables.post_part), (tables.post_part,)])
def test_rows_made_due_before_the_signed_time_send_nothing(world: World, rows_: tuple[Any, ...]) -> None:
    signed = Window("2027-01-05T09:00", "Europe/Berlin", 15)
    post = world.approve(world.draft(TEXT, window=signed))
    with world.db.write() as conn:
        for table in rows_:
            early = "due" if table is tables.post else "not_before"
            conn.execute(update(table).values({early: world.clock.now() - timedelta(seconds=1)}))
    world.drain()
    assert world.live() == []
    assert world.post(post.id).parts[0].not_before == datetime(2027, 1, 5, 8, tzinfo=UTC)
    with world.db.write() as conn:
        conn.execute(update(tables.post).values(due=post.due))
    world.advance((post.due - world.clock.now()).total_seconds())
    world.drain()
    assert world.live() == [TEXT]


@pytest.mark.parametrize("rows_", [(tables.post, tables.post_part), (tables.post_part,), (tables.post,)])
def test_rows_of_another_account_send_nothing_there(world: World, rows_: tuple[Any, ...]) -> None:
    # Without handles nothing else tells the two accounts apart.
    nameless = tuple(replace(account, handle="") for account in brand().accounts)
    world.learn(brand(accounts=nameless))
    post = world.approve(world.draft(TEXT))
    with world.db.write() as conn:
        for table in rows_:
            conn.execute(update(table).values(account="sandbox:cn"))
    world.drain("sandbox:main")
    world.drain("sandbox:cn")
    assert world.states(post.id) != ["live"]
    if len(rows_) == 2:
        assert "signed off for sandbox:main" in world.post(post.id).parts[0].why


def test_what_the_policy_refuses_by_now_is_not_sent_whoever_signed_it(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    more = PolicyRule("two", Conditions(), Ask(needed=2))
    no = PolicyRule("frozen", Conditions(account=("sandbox:main",)), Refuse("Nothing on this account for now."))
    world.learn(brand(), ApprovalPolicy((no, more)))
    world.drain()
    assert world.live() == []
    assert world.states(post.id) == ["refused"]
    assert "frozen: Nothing on this account for now." in world.post(post.id).parts[0].why
    with world.db.read() as conn:
        assert any("the policy refuses this" in n["text"] for n in rows.notices(conn))


def test_a_policy_that_asks_for_more_leaves_what_was_signed_as_it_is(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    no = PolicyRule("frozen", Conditions(account=("sandbox:cn",)), Refuse("Nothing on this account for now."))
    world.learn(brand(), ApprovalPolicy((no, PolicyRule("two", Conditions(), Ask(needed=2)))))
    world.drain()
    assert world.states(post.id) == ["live"]


def test_a_lease_too_short_for_the_send_is_not_used(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    assert publish.publish_part(world.desk, post.id, 0, hold(world, seconds=5)) is PostState.DUE
    assert world.live() == []
    assert "lease ends" in world.post(post.id).parts[0].why


def test_without_the_lease_nothing_is_even_announced(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    mine = hold(world)
    leases.release(world.db, mine.lease, "me", mine.fence)
    assert leases.take(world.db, mine.lease, "another", 60) == 2
    assert publish.publish_part(world.desk, post.id, 0, mine) is PostState.DUE
    with world.db.read() as conn:
        assert posts.attempts(conn, post.id) == []


def test_stopped_means_no_intent_either(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    stop(world)
    assert world.drain() == {}
    assert publish.publish_part(world.desk, post.id, 0, hold(world)) is PostState.DUE
    with world.db.read() as conn:
        assert posts.attempts(conn, post.id) == []


def test_paused_between_intent_and_send_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = world.approve(world.draft(TEXT))

    def pause() -> None:
        with world.db.write() as conn:
            rows.pause(conn, "sandbox:main", "its login was taken away", who="li", at=world.clock.now())

    before_the_fence(monkeypatch, pause)
    assert publish.publish_part(world.desk, post.id, 0, hold(world)) is PostState.DUE
    assert world.live() == []
    assert world.post(post.id).parts[0].why == "sandbox:main was paused"


def test_taken_from_the_brand_between_intent_and_send_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approve(world.draft(TEXT))
    before_the_fence(monkeypatch, lambda: world.learn(brand(accounts=brand().accounts[1:])))
    assert publish.publish_part(world.desk, post.id, 0, hold(world)) is PostState.DUE
    assert world.live() == []
    world.drain(name="me")
    world.advance(10)
    world.drain(name="me")
    assert world.states(post.id) == ["refused"]


@pytest.mark.parametrize("learned", ["a word never to use", "a refusal"])
def test_what_the_brand_learns_while_a_video_uploads_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, learned: str
) -> None:
    post = world.approve(world.draft(TEXT))
    never = Rule("no-oolongs", RuleKind.NEVER, "No oolongs.", hard=True, words=("oolongs",))
    no_posts = ApprovalPolicy((PolicyRule("none", Conditions(), Refuse("Not this week.")),))

    def learn() -> None:
        if learned == "a refusal":
            world.learn(brand(), no_posts)
        else:
            world.learn(brand(rulebook=RuleBook((*brand().rulebook.rules, never))))

    before_the_fence(monkeypatch, learn)
    assert publish.publish_part(world.desk, post.id, 0, hold(world)) is PostState.DUE
    assert world.live() == []
    monkeypatch.undo()
    for _ in range(2):
        world.advance(10)
        world.drain(name="me")
    assert world.live() == []
    assert world.states(post.id) == ["refused"]


def test_stopped_between_intent_and_send_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = world.approve(world.draft(TEXT))
    before_the_fence(monkeypatch, lambda: stop(world))
    assert publish.publish_part(world.desk, post.id, 0, hold(world)) is PostState.DUE
    assert world.live() == []
    assert "stopped by sam" in world.post(post.id).parts[0].why


def test_a_lease_lost_between_intent_and_send_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = world.approve(world.draft(TEXT))
    mine = hold(world)

    def lose() -> None:
        leases.release(world.db, mine.lease, mine.worker, mine.fence)
        leases.take(world.db, mine.lease, "another", 60)

    before_the_fence(monkeypatch, lose)
    publish.publish_part(world.desk, post.id, 0, mine)
    assert world.live() == []


def test_a_part_that_moved_on_between_intent_and_send_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approve(world.draft(TEXT))

    def move_on() -> None:
        with world.db.write() as conn:
            conn.execute(update(tables.post_part).values(attempts=7))

    before_the_fence(monkeypatch, move_on)
    publish.publish_part(world.desk, post.id, 0, hold(world))
    assert world.live() == []
    assert world.states(post.id) == ["sending"], "the other worker's row is not touched"


def test_a_text_swapped_between_intent_and_send_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = world.approve(world.draft(TEXT))

    def swap() -> None:
        with world.db.write() as conn:
            body = conn.execute(tables.post.select()).mappings().one()["content"]
            body["parts"][0]["text"] = "Something else"
            conn.execute(update(tables.post).values(content=body))

    before_the_fence(monkeypatch, swap)
    publish.publish_part(world.desk, post.id, 0, hold(world))
    assert world.live() == []


def test_an_unanswered_send_is_not_looked_for_before_the_read_lag(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    with world.db.write() as conn:
        now = world.clock.now()
        columns = {"attempts": 1, "once_key": "k", "first_sent": now, "last_sent": now}
        events.move_part(conn, post.id, 0, PostState.DUE, PostState.SENDING, at=now, who="dead", **columns)
    looked: list[int] = []
    adapter = world.app.platform("sandbox:main")
    adapter.find = lambda *args: looked.append(1)  # type: ignore[method-assign, assignment, func-returns-value]
    world.drain()
    world.advance(adapter.features.read_lag - 0.1)
    world.drain()
    assert looked == []
    assert world.states(post.id) == ["doubtful"]
    world.advance(0.2)
    world.drain()
    assert looked == [1]


def test_a_late_answer_to_an_old_attempt_changes_nothing(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    args: dict[str, Any] = {"at": world.clock.now(), "who": "zombie"}
    with world.db.write() as conn:
        conn.execute(update(tables.post_part).values(attempts=2, state="sending"))
        was = (PostState.SENDING, PostState.REFUSED)
        assert events.move_part(conn, post.id, 0, *was, attempt=1, **args) is False
        assert events.move_part(conn, post.id, 0, *was, attempt=2, **args) is True


def test_a_request_is_used_by_one_caller_only_and_by_an_edit(world: World) -> None:
    version = world.draft(TEXT)
    with world.db.write() as conn:
        request = approvals.of_version(conn, version.draft_id, 1)
        assert request is not None
    propose.revise(world.desk, version.draft_id, propose.Proposal("sandbox:main", version.content.parts, "anna"))
    with world.db.write() as conn:
        assert approvals.use(conn, request.id, world.clock.now()) is False, "the edit used it up"
        fresh = approvals.of_version(conn, version.draft_id, 2)
        assert fresh is not None
        assert [approvals.use(conn, fresh.id, world.clock.now()) for _ in range(2)] == [True, False]


def test_an_intent_is_on_disk_before_the_send(world: World) -> None:
    """Full durability: also where the PostgreSQL server itself is set to lose commits."""
    with world.db.write() as conn:
        if world.db.is_sqlite:
            assert conn.execute(text("PRAGMA synchronous")).scalar_one() == 2
            assert conn.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        else:
            assert conn.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_two_workers_never_hold_one_account(world: World) -> None:
    world.approve(world.draft(TEXT))
    hold(world)
    assert world.drain(name="another") == {}
    assert world.live() == []


def test_a_broken_account_does_not_hold_up_another(world: World) -> None:
    world.settings.platforms["sandbox"] = {"main": {"latencey": "1"}}
    broken, fine = world.approve(world.draft(TEXT)), world.approve(world.draft("茶", account="sandbox:cn"))
    assert turn.drain(world.desk, "sandbox:main", "me") == {"due": 1}
    assert turn.drain(world.desk, "sandbox:cn", "me") == {"live": 1}
    assert [*world.states(broken.id), *world.states(fine.id)] == ["due", "live"]
    with world.db.read() as conn:
        told = [n for n in rows.notices(conn) if n["level"] == "warn"]
    assert len(told) == 1
    assert "Did you mean `LATENCY`" in told[0]["text"]


def test_the_fence_is_read_in_the_line_before_the_request(world: World) -> None:
    """An adapter with uploads takes time: what happens meanwhile still counts."""
    for happens in (lambda: stop(world), None):
        version = world.draft(TEXT)
        post = world.approve(version)
        adapter = world.app.platform("sandbox:main")
        publish_ = adapter.publish
        mine = hold(world)

        def slow(out: Outgoing, once: str, happens: Any = happens, publish_: Any = publish_) -> Receipt:
            if happens:
                happens()
            else:
                leases.release(world.db, "account:sandbox:main", "me", mine.fence)  # noqa: B023
                leases.take(world.db, "account:sandbox:main", "another", 60)
            receipt: Receipt = publish_(out, once)
            return receipt

        adapter.publish = slow  # type: ignore[method-assign]
        publish.publish_part(world.desk, post.id, 0, mine)
        adapter.publish = publish_  # type: ignore[method-assign]
        assert world.live() == []
        assert world.post(post.id).parts[0].state in (PostState.DUE, PostState.SENDING)
        stop(world, on=False)


def test_missing_credentials_pause_the_account_and_put_nothing_in_doubt(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    adapter = world.app.platform("sandbox:main")

    def not_logged_in(out: Outgoing, once: str) -> Receipt:
        raise Misconfigured("The account has no password.", next_step="Connect it.")

    publish_ = adapter.publish
    adapter.publish = not_logged_in  # type: ignore[method-assign]
    world.drain()
    world.advance(60)
    world.drain()
    assert world.states(post.id) == ["due"]
    with world.db.write() as conn:
        assert "no password" in rows.paused(conn, "sandbox:main")
        assert len(rows.notices(conn)) == 1
        rows.pause(conn, "sandbox:main", "", who="li", at=world.clock.now())
    adapter.publish = publish_  # type: ignore[method-assign]
    world.drain()
    assert world.live() == [TEXT]


@pytest.mark.parametrize("error", [Reconnect("The token is dead."), Misconfigured("No password.")])
def test_a_look_without_credentials_pauses_and_tells_and_keeps_the_doubt(world: World, error: Exception) -> None:
    post = world.approve(world.draft(TEXT))
    world.app.sandbox.break_next("timeout_after_accept")
    world.drain()
    adapter = world.app.platform("sandbox:main")
    find = adapter.find

    def dead(*args: Any) -> None:
        raise error

    adapter.find = dead  # type: ignore[method-assign, assignment]
    world.advance(10)
    world.drain()
    assert world.states(post.id) == ["doubtful"]
    with world.db.write() as conn:
        assert rows.paused(conn, "sandbox:main")
        assert "is paused" in rows.notices(conn)[0]["text"]
        rows.pause(conn, "sandbox:main", "", who="li", at=world.clock.now())
    adapter.find = find  # type: ignore[method-assign]
    world.advance(10)
    world.drain()
    assert world.states(post.id) == ["live"]
    assert world.live() == [TEXT]


def test_a_stumble_of_our_own_does_not_hold_up_the_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world.approve(world.draft("First")), world.approve(world.draft("Second"))
    fault = standing.signature_fault

    def stumble(conn: Any, post: Any, brand: Any) -> str:
        if post.id == first.id:
            raise KeyError("a bug")
        return fault(conn, post, brand)

    monkeypatch.setattr(standing, "signature_fault", stumble)
    world.drain()
    assert [*world.states(first.id), *world.states(second.id)] == ["due", "live"]
    with world.db.read() as conn:
        assert any("stumbled over KeyError" in n["text"] for n in rows.notices(conn))
    monkeypatch.setattr(standing, "signature_fault", fault)
    world.advance(301)
    world.drain()
    assert world.live() == ["Second", "First"]


def test_an_account_taken_from_the_brand_is_said_plainly(world: World) -> None:
    post = world.approve(world.draft(TEXT))
    world.learn(brand(accounts=brand().accounts[1:]))
    world.app._disconnect()
    world.drain()
    assert world.states(post.id) == ["refused"]
    with world.db.read() as conn:
        (notice,) = rows.notices(conn)
    assert "has no account sandbox:main any more" in notice["text"]


def test_the_watch_on_other_commits_never_waits(world: World) -> None:
    if not world.db.is_sqlite:
        assert world.db.change_mark() is None
        return
    world.db.change_mark()
    other = sqlite3.connect(str(world.db.url.database), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    world.db.change_mark()
    assert time.monotonic() - began < 20
    other.execute("ROLLBACK")
    other.close()


def test_a_fast_clock_follows_the_database(world: World) -> None:
    fast = SystemClock()
    fast.follow(datetime.now(UTC) + timedelta(hours=1))
    assert fast.now() > datetime.now(UTC) + timedelta(minutes=59)
    with world.db.read() as conn:
        replace(world.desk, clock=fast).follow_database(conn)
    assert abs((fast.now() - datetime.now(UTC)).total_seconds()) < 60
