"""The sandbox network: what fans do, how late it can be, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing
from bot.errors import Misconfigured, OutcomeUnknown, Reconnect, TryLater
from bot.platforms.base import Context
from bot.platforms.sandbox import Sandbox
from bot.store.db import Database
from bot.store.sandbox import EFFECTS, SandboxNetwork
from bot.store.tables import metadata


@pytest.fixture
def net(tmp_path: Path, clock: FixedClock) -> Iterator[SandboxNetwork]:
    db = Database(f"sqlite:///{tmp_path / 'net.db'}")
    metadata.create_all(db.engine)
    yield SandboxNetwork(db, clock)
    db.close()


def adapter(net: SandboxNetwork, clock: FixedClock, **settings: str) -> Sandbox:
    context = Context(Account("sandbox", "main"), clock, vault=None, media=_no_media, sandbox=net)  # type: ignore[arg-type]
    return Sandbox(context, settings)


def _no_media(medium: Media) -> bytes:
    raise AssertionError(medium)


def test_fans_answer_over_time_and_a_tick_repeated_adds_nothing(net: SandboxNetwork, clock: FixedClock) -> None:
    posts = [net.post("main.sandbox", f"Post {n}") for n in range(20)]
    assert net.tick(clock.now()) == 0
    soon = net.tick(clock.now() + timedelta(minutes=30))
    later = net.tick(clock.now() + timedelta(hours=4))
    assert soon > 0
    assert later > 0
    assert net.tick(clock.now() + timedelta(hours=4)) == 0
    counts = net.counts([post.id for post in posts if post])
    likes, replies, reposts = (sum(column) for column in zip(*counts.values(), strict=True))
    # Mentions, quotes, and what was changed or taken back come on top.
    assert 0 < likes + replies + reposts <= soon + later
    assert min(likes, replies, reposts) > 0


def test_the_same_world_answers_the_same(tmp_path: Path) -> None:
    said = []
    for name in ("one", "two"):
        clock = FixedClock()
        db = Database(f"sqlite:///{tmp_path / name}.db")
        metadata.create_all(db.engine)
        net = SandboxNetwork(db, clock)
        for n in range(5):
            net.post("main.sandbox", f"Post {n}", language="zh-Hans")
        net.tick(clock.now() + timedelta(hours=5))
        said.append([(post.account, post.text) for post in net.comments("main.sandbox", 0, 99)])
        db.close()
    assert said[0] == said[1]
    assert said[0]


def test_a_late_timeline_hides_a_post_until_it_shows(net: SandboxNetwork, clock: FixedClock) -> None:
    sandbox = adapter(net, clock, honour_once="no")
    net.break_next("late_timeline", amount=6)
    net.break_next("timeout_after_accept")
    out, began = Outgoing(Part("Hello"), created=clock.now()), clock.now()
    with pytest.raises(OutcomeUnknown):
        sandbox.publish(out, "k")
    assert sandbox.find(out, "k", began) is None
    clock.sleep(6)
    assert sandbox.find(out, "k", began) is not None


def test_a_slow_timeline_is_told_to_the_publish_step(net: SandboxNetwork, clock: FixedClock) -> None:
    assert adapter(net, clock, lag="45").features.read_lag > 45
    assert adapter(net, clock).features.once == "key"
    assert adapter(net, clock, honour_once="no").features.once == "none"
    assert Sandbox.features.once == "key"


def test_find_tells_the_same_words_of_another_day_apart(net: SandboxNetwork, clock: FixedClock) -> None:
    sandbox = adapter(net, clock, honour_once="no")
    old = Outgoing(Part("Good morning"), created=clock.now())
    sandbox.publish(old, "a")
    clock.sleep(86_400)
    assert sandbox.find(Outgoing(Part("Good morning"), created=clock.now()), "b", clock.now()) is None


def test_many_at_once_with_one_key_make_one_post(net: SandboxNetwork) -> None:
    with ThreadPoolExecutor(8) as pool:
        posts = list(pool.map(lambda _: net.post("main.sandbox", "Hello", once="k"), range(16)))
    assert len({post.id for post in posts if post}) == 1
    assert len(net.timeline("main.sandbox")) == 1


def test_latency_is_spent_on_the_given_clock(net: SandboxNetwork, clock: FixedClock) -> None:
    adapter(net, clock, latency="2.5").publish(Outgoing(Part("Hello")), "k")
    assert clock.slept == [2.5]


@pytest.mark.parametrize("operation", ["find", "delete", "comments", "readings"])
def test_reading_that_fails_is_never_in_doubt(net: SandboxNetwork, clock: FixedClock, operation: str) -> None:
    sandbox = adapter(net, clock)
    receipt = sandbox.publish(Outgoing(Part("Hello")), "k")
    calls: dict[str, Callable[[], object]] = {
        "find": lambda: sandbox.find(Outgoing(Part("Hello")), "k", clock.now()),
        "delete": lambda: sandbox.delete(receipt),
        "comments": lambda: sandbox.comments(None),
        "readings": lambda: list(sandbox.readings([receipt])),
    }
    for effect, error in (("timeout_after_accept", TryLater), ("rate_limit", TryLater), ("revoked", Reconnect)):
        net.break_next(effect, operation=operation, amount=3)
        with pytest.raises(error):
            calls[operation]()
    calls[operation]()


def test_a_fault_waits_for_its_account_and_runs_out(net: SandboxNetwork, clock: FixedClock) -> None:
    net.break_next("rate_limit", account="other.sandbox", amount=9, count=2)
    assert net.take_fault("main.sandbox", "publish") is None
    assert net.faults() == 2
    assert "faults that wait: 2" in adapter(net, clock).health()[0].detail
    assert [bool(net.take_fault("other.sandbox", "publish")) for _ in range(3)] == [True, True, False]


def test_an_unknown_fault_or_setting_is_refused(net: SandboxNetwork, clock: FixedClock) -> None:
    with pytest.raises(ValueError, match=r"rate_limit.*refuse"):
        net.break_next("explode")
    assert "refuse" in EFFECTS
    with pytest.raises(Misconfigured, match="latency"):
        adapter(net, clock, latency="slow")
    with pytest.raises(Misconfigured):
        adapter(None, clock)  # type: ignore[arg-type]
