"""How fast accounts go: within limits, after a platform's own word, after an outage, and within what they may spend."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.domain.draft import Window
from bot.domain.editorial import Plan
from bot.domain.post import PostState
from bot.domain.rate import Quota
from bot.errors import CapReached, TryLater
from bot.platforms.base import Context
from bot.platforms.sandbox import Sandbox
from bot.platforms.x import X
from bot.store import desk as rows
from bot.store import facts, posts, rates
from bot.workflow import backoff, turn, undo
from tests.world import World, brand

NO_GAP = Plan(gap_minutes=0)
#: Ten posts in a hundred seconds, of which eight are used: two at once, then one every 14.3 s.
TEN = (Quota("posts", 10, 100.0, {"post": 1}, source="https://example.com (2026-11-22)"),)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "quotas", TEN)


def sent_at(world: World, handle: str = "lumen.sandbox") -> list[datetime]:
    with world.db.read() as conn:
        found = []
        for account in ("main", "cn", *(f"a{n}" for n in range(20))):
            if world.desk.brand(conn)[0].account(f"sandbox:{account}") and handle in (account, "lumen.sandbox"):
                found += [a["started"] for a in _attempts(conn, f"sandbox:{account}")]
    return sorted(found)


def _attempts(conn: Any, account: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from bot.store.tables import attempt, post

    query = select(attempt).join(post, post.c.id == attempt.c.post_id).where(post.c.account == account)
    return [dict(row) for row in conn.execute(query.order_by(attempt.c.started)).mappings()]


def most_in(times: list[datetime], seconds: float) -> int:
    window = timedelta(seconds=seconds)
    return max(sum(begin <= t < begin + window for t in times) for begin in times)


def run_until_done(world: World, accounts: list[str], *, step: float = 5.0, most: int = 2000) -> int:
    """Give each account its turn every ``step`` seconds until nothing waits; return how many rounds that took."""
    for n in range(most):
        for account in accounts:
            turn.drain(world.desk, account, "worker-1")
        with world.db.read() as conn:
            if posts.next_due(conn) is None:
                return n
        world.advance(step)
    raise AssertionError("it never ended")


# --- within the limits --------------------------------------------------------------------------------------


def test_a_limit_is_kept_below_and_nothing_is_lost(world: World, tight: None) -> None:
    world.learn(brand(plan=NO_GAP))
    made = [world.approve(world.draft(f"Leaf number {n} is picked by hand.")) for n in range(12)]
    assert world.drain() == Counter(live=2, due=1), "a few go at once, then the account waits"
    run_until_done(world, ["sandbox:main"])
    assert all(world.states(post.id) == ["live"] for post in made)
    assert most_in(sent_at(world), 100) <= 8
    assert len(world.live()) == 12


def test_a_thread_keeps_to_the_limit_too_and_says_why_it_waits(world: World, tight: None) -> None:
    post = world.approve(world.draft("One", "Two", "Three"))
    world.drain()
    assert world.states(post.id) == ["live", "live", "due"]
    assert world.post(post.id).parts[2].why == "within the limits of Sandbox"
    assert world.drain() == Counter()
    world.advance(15)
    world.drain()
    assert world.states(post.id) == ["live"] * 3


def test_the_bucket_outlives_the_process(world: World, tight: None, database_url: str, tmp_path: Path) -> None:
    for n in range(2):
        world.approve(world.draft(f"Cup number {n} is on the table."))
    world.drain()
    with World(database_url, tmp_path / "other", world.clock) as other:
        third = other.approve(other.draft("Another cup, please."))
        assert other.drain() == Counter(due=1)
        assert other.states(third.id) == ["due"]


def test_an_intent_that_is_not_stored_takes_nothing(world: World, tight: None) -> None:
    world.approve(world.draft())
    with world.db.write() as conn:
        rows.set_stop(conn, True, who="li", why="", at=world.clock.now())
    world.drain()
    with world.db.read() as conn:
        assert rates.BUCKETS not in facts.of_account(conn, "sandbox:main")


TAKER = """
import sys
from datetime import UTC, datetime
from bot.domain.rate import Quota
from bot.store import rates
from bot.store.db import Database
db, taken = Database(sys.argv[1]), 0
quotas = (Quota("posts", 40, 3600.0, {"post": 1}, burst=20),)
now = datetime(2026, 11, 22, 9, tzinfo=UTC)
for _ in range(30):
    with db.write() as conn:
        taken += rates.take(conn, "sandbox:main", quotas, {"post": 1}, 1.0, now) == now
print(taken)
"""


def test_processes_share_one_bucket(world: World, database_url: str) -> None:
    given = [sys.executable, "-c", TAKER, database_url]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen(given, stdout=subprocess.PIPE, cwd=root, text=True) for _ in range(3)]
    assert sum(int(process.communicate(timeout=120)[0]) for process in running) == 20


# --- what a platform asks for -------------------------------------------------------------------------------


def test_after_a_429_nothing_of_the_account_leaves_before_the_reset(
    world: World, database_url: str, tmp_path: Path
) -> None:
    world.learn(brand(plan=NO_GAP))
    first, second = (world.approve(world.draft(text)) for text in ("Green tea is here.", "Black tea is gone."))
    world.app.sandbox.break_next("rate_limit", amount=600)
    began = world.clock.now()
    world.drain()
    assert (world.states(first.id), world.states(second.id)) == (["due"], ["due"])
    assert world.live() == []
    for _ in range(12):
        world.advance(50)
        with World(database_url, tmp_path / "other", world.clock) as other:
            other.learn(brand(plan=NO_GAP))
            other.drain()
        if world.clock.now() - began < timedelta(seconds=600):
            assert len(sent_at(world)) == 1
    world.advance(10)
    world.drain()
    assert (world.states(first.id), world.states(second.id)) == (["live"], ["live"])


def test_a_reset_told_by_a_reading_keeps_posts_back_and_one_for_readings_does_not(world: World) -> None:
    post, now = world.approve(world.draft()), world.clock.now()
    with world.db.write() as conn:
        rates.hold(conn, "sandbox:main", "read", now + timedelta(minutes=5), now)
    world.desk.platform("sandbox:main").context.facts.store(
        "hold:all", {"until": (now + timedelta(minutes=2)).isoformat(), "at": now.isoformat()}
    )
    assert world.drain() == Counter(due=1)
    assert world.post(post.id).parts[0].why == "Sandbox asked to wait"
    world.advance(124)
    assert world.drain() == Counter(live=1)


def test_a_hold_that_comes_while_a_post_is_made_ready_stops_it_in_the_fence(world: World) -> None:
    post = world.approve(world.draft())
    adapter = world.app.platform("sandbox:main")
    publish = adapter.publish

    def uploads_first(out: Any, once: str) -> Any:
        now = world.clock.now()
        with world.db.write() as conn:
            rates.hold(conn, "sandbox:main", "all", now + timedelta(minutes=1), now)
        return publish(out, once)

    adapter.publish = uploads_first  # type: ignore[method-assign]
    world.drain()
    assert (world.states(post.id), world.live()) == (["due"], [])


@pytest.mark.parametrize("after", [-5.0, 0.0, None])
def test_a_reset_in_the_past_is_no_reason_to_hurry(world: World, after: float | None) -> None:
    world.approve(world.draft())
    world.app.sandbox.break_next("rate_limit", amount=after, count=None)
    began = world.clock.now()
    for _ in range(60):
        world.drain()
        world.advance(1)
    assert len(sent_at(world)) <= 6
    assert world.clock.now() - began == timedelta(seconds=60)


def test_a_reset_ten_years_from_now_is_put_to_a_person(world: World) -> None:
    post = world.approve(world.draft())
    world.app.sandbox.break_next("rate_limit", amount=10 * 365 * 86400)
    world.drain()
    with world.db.read() as conn:
        assert "3650 days" in rows.paused(conn, "sandbox:main")
        [told] = [n for n in rows.notices(conn) if n["subject"] == "account:sandbox:main"]
        assert told["next_step"] == "`signoff resume sandbox:main`."
        assert rates.held(conn, "sandbox:main", "post", world.clock.now()) is None
    world.advance(60)
    assert world.drain() == Counter()
    with world.db.write() as conn:
        rows.pause(conn, "sandbox:main", "", who="li", at=world.clock.now())
    assert world.drain() == Counter(live=1)
    assert world.states(post.id) == ["live"]


def test_a_wait_beyond_its_grace_asks_a_person(world: World) -> None:
    post, now = world.approve(world.draft(window=Window(grace_minutes=15))), world.clock.now()
    with world.db.write() as conn:
        rates.hold(conn, "sandbox:main", "post", now + timedelta(hours=2), now)
    assert world.drain() == Counter(asked=1)
    assert "Sandbox asked to wait" in world.post(post.id).parts[0].why


def test_a_hold_lasts_a_day_at_most_and_a_longer_one_stands(world: World) -> None:
    now = world.clock.now()
    with world.db.write() as conn:
        rates.hold(conn, "sandbox:main", "post", now + timedelta(days=900), now)
        assert rates.held(conn, "sandbox:main", "post", now) == now + timedelta(days=1)
        rates.hold(conn, "sandbox:main", "post", now + timedelta(minutes=1), now)
        assert rates.held(conn, "sandbox:main", "post", now) == now + timedelta(days=1)
        rates.hold(conn, "sandbox:main", "read", now - timedelta(minutes=1), now)
        assert rates.held(conn, "sandbox:main", "read", now) is None
        rates.release(conn, "sandbox:main")
        assert rates.held(conn, "sandbox:main", "post", now) is None


@pytest.mark.parametrize("after", [0.0, 0.4, 1.0, 30.0, None])
def test_no_pause_is_shorter_than_what_was_asked_for(after: float | None) -> None:
    for attempt in range(1, 9):
        for chance in (0.0, 0.5, 0.999):
            assert backoff.pause_for(attempt, after, chance) >= max(after or 0.0, 1.0)


# --- after an outage ----------------------------------------------------------------------------------------


def test_fifty_late_posts_of_one_account_come_paced(world: World, tight: None) -> None:
    world.learn(brand(plan=NO_GAP))
    window = Window(grace_minutes=600)
    made = [world.approve(world.draft(f"Pot number {n} is warm again.", window=window)) for n in range(50)]
    world.advance(1800)
    run_until_done(world, ["sandbox:main"])
    assert all(world.states(post.id) == ["live"] for post in made)
    assert most_in(sent_at(world), 100) <= 8
    assert len(world.live()) == 50


def test_late_posts_of_twenty_accounts_do_not_all_come_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = tuple(Account("sandbox", f"a{n}", f"a{n}.sandbox", "en", "Europe/Berlin") for n in range(20))
    world.learn(brand(plan=NO_GAP, accounts=accounts))
    keys = [account.key for account in accounts]
    for n, key in enumerate(keys):
        world.approve(world.draft(f"Shop {n} opens its doors.", account=key))
    chances = iter(range(10_000))
    monkeypatch.setattr(FixedClock, "random", lambda self: (next(chances) * 7 % 20) / 20)
    world.advance(300)
    began = world.clock.now()
    run_until_done(world, keys, step=0.5)
    times = sent_at(world)
    assert len(times) == 20
    assert most_in(times, 1.0) <= 6, "nobody's jitter is the same"
    assert times[-1] - began >= timedelta(seconds=5)
    assert times[-1] - began <= timedelta(seconds=12), "and nobody waits for long"


def test_a_single_late_account_does_not_wait_for_the_sake_of_order(world: World) -> None:
    world.approve(world.draft())
    world.advance(120)
    assert world.drain() == Counter(live=1)


# --- money --------------------------------------------------------------------------------------------------


class Wallet:
    """A cap that a test moves."""

    def __init__(self, clock: FixedClock, left: float) -> None:
        self.clock, self.left, self.never = clock, left, False

    def check(self, usd: float) -> None:
        if usd > self.left:
            until = None if self.never else self.clock.now().replace(hour=0, minute=0) + timedelta(days=1)
            raise CapReached("$1 of $1 are spent today.", until=until, after=60.0, next_step="Raise DAILY_CAP.")


@pytest.fixture
def wallet(world: World, monkeypatch: pytest.MonkeyPatch) -> Wallet:
    from bot.platforms.terms import Charge

    assert isinstance(world.clock, FixedClock)
    wallet = Wallet(world.clock, 0.0)
    monkeypatch.setattr(Sandbox, "charges", classmethod(lambda cls, part, *, reply=False: (Charge("Post", 0.4),)))
    world.app.platform("sandbox:main").money = wallet
    return wallet


def waiting_post(world: World, *texts: str) -> Any:
    return world.approve(world.draft(*texts, window=Window(grace_minutes=2000)))


def test_beyond_a_cap_nothing_is_sent_and_it_goes_on_by_itself(world: World, wallet: Wallet) -> None:
    post = waiting_post(world, "Tea for tomorrow.")
    for _ in range(20):
        world.drain()
        world.advance(60)
    assert world.live() == []
    with world.db.read() as conn:
        told = [n for n in rows.notices(conn) if n["subject"] == "account:sandbox:main"]
        assert [(n["text"], n["next_step"]) for n in told] == [("$1 of $1 are spent today.", "Raise DAILY_CAP.")]
        assert rows.paused(conn, "sandbox:main") == "", "nobody need resume it"
    assert sent_at(world) == [], "no attempt is spent on it"
    world.advance(86400 / 2)
    wallet.left = 1.0
    world.advance(86400 / 2)
    assert world.drain() == Counter(live=1)
    assert world.states(post.id) == ["live"]


def test_a_cap_that_is_raised_is_noticed_soon(world: World, wallet: Wallet) -> None:
    waiting_post(world, "Tea for today.")
    world.drain()
    wallet.left = 1.0
    world.advance(601)
    assert world.drain() == Counter(live=1)


def test_a_thread_is_not_begun_that_cannot_be_paid_to_its_end(world: World, wallet: Wallet) -> None:
    post, wallet.left = waiting_post(world, "One", "Two", "Three"), 1.0
    world.drain()
    assert world.live() == []
    wallet.left = 1.3
    world.advance(601)
    world.drain()
    assert world.states(post.id) == ["live"] * 3


def test_what_costs_more_than_the_cap_is_put_to_a_person(world: World, wallet: Wallet) -> None:
    post, wallet.never = waiting_post(world, "Gold leaf tea."), True
    assert world.drain() == Counter(asked=1)
    assert world.states(post.id) == [PostState.ASKED.value]


def test_a_cap_that_is_passed_in_the_adapter_waits_too(world: World, wallet: Wallet) -> None:
    """Another process spent the last cent between our look and our call."""
    post, wallet.left = waiting_post(world, "The last cup."), 1.0
    adapter = world.app.platform("sandbox:main")
    publish, until = adapter.publish, world.clock.now() + timedelta(hours=15)
    full = CapReached("$1 of $1 are spent today.", until=until, after=54000.0, next_step="Raise DAILY_CAP.")

    def too_late(out: Any, once: str) -> Any:
        raise full

    adapter.publish = too_late  # type: ignore[method-assign]
    assert world.drain()["due"] >= 1
    assert world.states(post.id) == ["due"]
    adapter.publish = publish  # type: ignore[method-assign]
    world.advance(601)
    assert world.drain() == Counter(live=1)


# --- deleting, looking, reading -----------------------------------------------------------------------------


def test_taking_down_waits_for_its_rate_or_says_when_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = Quota("deletions", 5, 1000.0, {"delete": 1}, burst=2, source="https://example.com (2026-11-22)")
    monkeypatch.setattr(Sandbox, "quotas", (quota,))
    version = world.draft("One", "Two", "Three", "Four")
    post = world.approve(version)
    world.drain()
    with pytest.raises(TryLater) as caught:
        undo.undo(world.desk, version.draft_id, "li")
    assert "again in" in caught.value.next_step
    assert world.states(post.id) == ["live", "live", "deleted", "deleted"]
    world.advance(700)
    undo.undo(world.desk, version.draft_id, "li")
    assert world.states(post.id) == ["deleted"] * 4


def test_a_look_waits_for_a_platform_that_lets_nobody_read(world: World) -> None:
    post = world.approve(world.draft())
    world.app.sandbox.break_next("timeout_after_accept")
    world.drain()
    assert world.states(post.id) == ["doubtful"]
    world.advance(40)
    now = world.clock.now()
    with world.db.write() as conn:
        rates.hold(conn, "sandbox:main", "all", now + timedelta(minutes=5), now)
    world.drain()
    assert (world.states(post.id), world.post(post.id).parts[0].looks) == (["doubtful"], 0)
    world.advance(301)
    world.drain()
    assert world.states(post.id) == ["live"]
    assert len(world.live()) == 1


def test_a_doubt_is_not_put_off_for_ten_years(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post = world.approve(world.draft())
    world.app.sandbox.break_next("timeout_after_accept")
    world.drain()
    adapter = world.app.platform("sandbox:main")
    full = CapReached("$1 of $1 are spent today.", until=None, after=1e9, next_step="Raise DAILY_CAP.")

    def too_dear(*_: Any) -> Any:
        raise full

    monkeypatch.setattr(adapter, "find", too_dear)
    world.advance(40)
    world.drain()
    waits = world.post(post.id).parts[0].not_before
    assert waits is not None
    assert waits <= world.clock.now() + timedelta(days=1, seconds=1)
    with world.db.read() as conn:
        assert [n for n in rows.notices(conn) if n["text"] == "$1 of $1 are spent today."]
    monkeypatch.undo()
    world.advance(86402)
    world.drain()
    assert world.states(post.id) == ["live"]


def test_accounts_of_one_app_share_its_limit_and_no_other_account_does(world: World) -> None:
    quotas = (Quota("posts", 100, 900.0, {"post": 1}), Quota("app", 8, 3600.0, {"post": 1}, burst=3, shared=True))
    now = world.clock.now()

    def take(account: str, app: str) -> bool:
        with world.db.write() as conn:
            return rates.take(conn, account, quotas, {"post": 1}, 1.0, now, app=app) == now

    assert [take(a, "x:app/one") for a in ("x:a", "x:b", "x:a", "x:b", "x:c")] == [True, True, True, False, False]
    assert take("x:d", "x:app/two")
    with world.db.read() as conn:
        # What waits for the app takes nothing of the account's own.
        assert rates.BUCKETS not in facts.of_account(conn, "x:c")
        assert set(facts.of_account(conn, "x:app/one")[rates.BUCKETS]) == {"app:3600"}
        assert set(facts.of_account(conn, "x:a")[rates.BUCKETS]) == {"posts:900"}
    # A deletion costs nothing of it, and an account without an app stands alone.
    with world.db.write() as conn:
        assert rates.take(conn, "x:a", quotas, {"delete": 1}, 1.0, now, app="x:app/one") == now
        assert rates.take(conn, "x:e", quotas, {"post": 1}, 1.0, now) == now


def test_accounts_of_x_that_use_one_app_name_the_same_one(world: World) -> None:
    def app(**settings: str) -> str:
        account = Account("x", "main", "lumen", "en", "UTC")
        context = Context(
            account=account, clock=world.clock, vault=world.app.vault.of("x:main"), media=world.app.media.read
        )
        return X(context, settings).app

    assert app(api_key="key-1", access_token="a") == app(api_key="key-1", access_token="b")
    assert app(api_key="key-1") != app(api_key="key-2")
    assert "key-1" not in app(api_key="key-1")
