"""The sandbox behaving like other networks: limits, keys, what is done to texts; and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing
from bot.errors import Misconfigured, OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater, Unsupported
from bot.platforms import registry
from bot.platforms.base import Context, Features, Limits, Platform
from bot.platforms.kit import guise
from bot.platforms.sandbox import Sandbox
from bot.store.db import Database
from bot.store.sandbox import SandboxNetwork
from bot.store.tables import metadata
from tests.world import World

BRAND = "main.sandbox"
PICTURE = Media("0" * 64, "image/png", 4, 4, "A square", 9)


@pytest.fixture
def net(tmp_path: Path, clock: FixedClock) -> Iterator[SandboxNetwork]:
    db = Database(f"sqlite:///{tmp_path / 'net.db'}")
    metadata.create_all(db.engine)
    yield SandboxNetwork(db, clock)
    db.close()


def adapter(net: SandboxNetwork, clock: FixedClock, **settings: str) -> Sandbox:
    account = Account("sandbox", "main")
    context = Context(account, clock, vault=None, media=lambda _: b"bytes", sandbox=net)  # type: ignore[arg-type]
    return Sandbox(context, settings)


def stand_in(platform_id: str, **features: Any) -> type[Platform]:
    """Return a class such as a platform's file holds, with data alone."""
    limits = Limits(text=100, unit="characters", images=4, image_bytes=99, image_types=("image/png",), alt=99, parts=3)

    def length(cls: type[Platform], text: str) -> int:
        return 2 * len(text)

    data = {"id": platform_id, "label": platform_id.upper(), "limits": limits, "length": classmethod(length),
            "features": Features(threads=True, replies=True, images=True, quotes=True, **features)}  # fmt: skip
    return type(platform_id.title(), (Platform,), data)


@pytest.fixture(params=["x", "mastodon", "quiet"])
def like(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network whose adapter is not looked at here: only its habits are."""
    found = {"x": stand_in("x", once="none"), "mastodon": stand_in("mastodon", once="key"),
             "quiet": stand_in("quiet", once="record", read_lag=77.0)}  # fmt: skip
    monkeypatch.setattr(registry, "ids", lambda: [*found, "sandbox"])
    monkeypatch.setattr(registry, "load", lambda name: found[name])
    from bot.platforms import sandbox

    sandbox._dressed.cache_clear()
    yield request.param
    sandbox._dressed.cache_clear()


#: A text that every network changes in its own way.
TEXT = "  Tea & more\t<today>: https://lumen.example/tea?a=1&b=2, lumen.example\n\n\n\n@jo@social.example says 你好  "


def test_limits_counting_and_keys_are_the_other_networks(net: SandboxNetwork, clock: FixedClock, like: str) -> None:
    sandbox = adapter(net, clock, like=like)
    assert (sandbox.limits.text, sandbox.length("abc"), sandbox.id) == (100, 6, "sandbox")
    assert not sandbox.fits([Part("a" * 50)])
    assert sandbox.fits([Part("a" * 51)])[0].over == 2
    with pytest.raises(Unsupported):
        sandbox.publish(Outgoing(Part("a" * 51)), "k")
    assert net.timeline(BRAND) == []
    assert Sandbox.limits.text == 500
    if like == "quiet":
        assert (sandbox.features.once, sandbox.features.read_lag) == ("record", 77.0)


def test_what_comes_back_is_rewritten_and_found_all_the_same(net: SandboxNetwork, clock: FixedClock, like: str) -> None:
    limits = replace(registry.load(like).limits, text=1000)
    registry.load(like).limits = limits
    sandbox = adapter(net, clock, like=like)
    before = Outgoing(Part(TEXT.replace("你好", "再见"), (PICTURE,)), created=clock.now())
    sandbox.publish(before, "a")
    out, began = Outgoing(Part(TEXT, (PICTURE,)), created=clock.now()), clock.now()
    assert sandbox.find(out, "b", began) is None
    receipt = sandbox.publish(out, "b")
    shown = net.timeline(BRAND)[-1].text
    assert net.timeline(BRAND)[-1].sent == TEXT
    wanted = {
        "x": ("https://t.co/", "&amp;", "&lt;today&gt;"),
        "mastodon": ("@jo says", "& more <today>"),
        "quiet": (TEXT,),
    }
    assert all(piece in shown for piece in wanted[like])
    if like == "x":
        assert shown.count("https://t.co/") == 3
        assert "lumen.example" not in shown
    elif like == "mastodon":
        assert (shown, "@social" in shown) == (shown.strip(), False)
    assert sandbox.find(out, "b", began) == receipt
    assert sandbox.find(replace(out, part=Part(TEXT + "!", (PICTURE,))), "c", began) is None
    assert sandbox.find(replace(out, part=Part(TEXT)), "c", began) is None


def test_a_repeat_is_seen_as_the_other_network_sees_it(net: SandboxNetwork, clock: FixedClock, like: str) -> None:
    sandbox, out = adapter(net, clock, like=like), Outgoing(Part("Hello"), created=clock.now())
    sandbox.publish(out, "k")
    sandbox.publish(out, "k")
    assert len(net.timeline(BRAND)) == (2 if like == "x" else 1)
    clock.sleep(3601)
    sandbox.publish(out, "k")
    # Mastodon has forgotten the key after an hour.
    assert len(net.timeline(BRAND)) == {"x": 3, "mastodon": 2, "quiet": 1}[like]


def test_no_keys_in_a_guise_means_looking_at_the_timeline(net: SandboxNetwork, clock: FixedClock) -> None:
    sandbox = adapter(net, clock, like="bluesky", honour_once="no")
    assert sandbox.features.once == "none"
    out = Outgoing(Part("Hello"), created=clock.now())
    sandbox.publish(out, "k")
    assert sandbox.find(out, "k", clock.now()) is not None


def test_comments_are_read_as_the_network_shows_them(net: SandboxNetwork, clock: FixedClock, like: str) -> None:
    ours = net.post(BRAND, "Hello")
    assert ours is not None
    net.post("ada.fan.sandbox", "See https://a.example/b & @jo@social.example", parent_id=ours.id)
    [heard] = adapter(net, clock, like=like).comments(None).items
    assert heard.text.startswith(
        {"x": "See https://t.co/", "mastodon": "See https://a.example/b & @jo", "quiet": "See https://a"}[like]
    )


@pytest.mark.parametrize("name", ["myspace", "sand box", "base"])
def test_an_unknown_network_names_those_there_are(net: SandboxNetwork, clock: FixedClock, name: str) -> None:
    with pytest.raises(Misconfigured, match=r"cannot behave like.*bluesky") as caught:
        adapter(net, clock, like=name)
    assert "sandbox," not in caught.value.next_step


def test_its_own_name_is_itself_and_the_card_says_the_guise(net: SandboxNetwork, clock: FixedClock) -> None:
    assert type(adapter(net, clock, like="sandbox")) is Sandbox
    dressed = adapter(net, clock, like="Bluesky")
    assert "behaving like Bluesky" in dressed.preview_host()
    assert "behaving like Bluesky" in dressed.health()[0].detail
    assert dressed.limits == registry.load("bluesky").limits
    assert dressed.once_key("seed", clock.now()) == dressed.once_key("seed", clock.now()) != "seed"


def test_drafts_are_measured_by_the_guise(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.db.read() as conn:
        assert world.desk.limits(conn, "sandbox:main").text == 500
    world.settings.platforms["sandbox"] = {"main": {"like": "bluesky"}}
    world.app.platform("sandbox:main")
    with world.db.read() as conn:
        assert world.desk.limits(conn, "sandbox:main").text == 300
        assert world.desk.limits(conn, "sandbox:cn").text == 500


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ("Tea https://a.example/x.", "Tea https://t.co/AbCdEf1234.", True),
        ("Tea: a.example", "Tea: https://t.co/AbCdEf1234", True),
        ("Café", "Cafe\u0301", True),
        ("茶https://a.example/x，好", "茶https://t.co/AbCdEf1234，好", True),
        ("Tea https://a.example", "Tea", False),
        ("Tea", "Tea https://t.co/AbCdEf1234", False),
        ("3.5 cups", "4.5 cups", False),
        ("@jo@a.example hi", "@jo hi", True),
        ("@jo hi", "@joe hi", False),
    ],
)
def test_the_same_words_are_known_again(ours: str, theirs: str, equal: bool) -> None:
    assert guise.same(ours, theirs) is equal


# --- faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "sending", "reading"),
    [
        ("http 400", Refused, TryLater),
        ("http 401", Reconnect, Reconnect),
        ("http 403", Refused, TryLater),
        ("http 408", TryLater, TryLater),
        ("http 429", TryLater, TryLater),
        ("http 500", OutcomeUnknown, TryLater),
        ("http 503", OutcomeUnknown, TryLater),
    ],
)
def test_an_answer_by_number(
    net: SandboxNetwork, clock: FixedClock, effect: str, sending: type[PlatformError], reading: type[PlatformError]
) -> None:
    sandbox = adapter(net, clock)
    net.break_next(effect, amount=9)
    with pytest.raises(sending) as sent:
        sandbox.publish(Outgoing(Part("Hello")), "k")
    assert (sent.value.status, sent.value.platform) == (int(effect[5:]), "sandbox")
    assert net.timeline(BRAND) == []
    net.break_next(effect, operation="comments", amount=9)
    with pytest.raises(reading) as read:
        sandbox.comments(None)
    if effect == "http 429":
        assert isinstance(read.value, TryLater)
        assert read.value.after == 9
    assert sandbox.publish(Outgoing(Part("Hello")), "k").remote_id
    assert sandbox.comments(None).items == ()


@pytest.mark.parametrize("effect", ["http 200", "http", "http 4000", "404", "http 404 "])
def test_what_is_no_failure_is_refused(net: SandboxNetwork, effect: str) -> None:
    with pytest.raises(ValueError, match="none of"):
        net.break_next(effect)


def test_a_lost_page_comes_again_and_a_crash_between_pages_loses_nothing(
    net: SandboxNetwork, clock: FixedClock
) -> None:
    ours = net.post(BRAND, "Hello")
    assert ours is not None
    said = [post.id for n in range(5) if (post := net.post("ada.fan.sandbox", f"Nr {n}", parent_id=ours.id))]
    sandbox = adapter(net, clock)
    net.break_next("lost_page")
    with pytest.raises(TryLater):
        sandbox.comments(None, 2)
    first = sandbox.comments(None, 2)
    assert [c.remote_id for c in first.items] == said[:2]
    net.break_next("crash_between_pages")
    # It waits for a second page.
    assert [c.remote_id for c in adapter(net, clock).comments(None, 2).items] == said[:2]
    with pytest.raises(RuntimeError, match="between two pages"):
        sandbox.comments(first.cursor, 2)
    rest = adapter(net, clock).comments(first.cursor, 10)
    assert [c.remote_id for c in rest.items] == said[2:]


def test_slow_takes_its_time_and_too_slow_is_no_answer(net: SandboxNetwork, clock: FixedClock) -> None:
    sandbox = adapter(net, clock)
    net.break_next("slow", amount=7)
    sandbox.publish(Outgoing(Part("One")), "a")
    assert clock.slept[-1] == 7
    net.break_next("slow", amount=60, count=2)
    with pytest.raises(OutcomeUnknown):
        sandbox.publish(Outgoing(Part("Two")), "b")
    assert clock.slept[-1] == sandbox.context.timeout
    assert [post.text for post in net.timeline(BRAND)] == ["One", "Two"]
    with pytest.raises(TryLater):
        sandbox.comments(None)


def test_a_fault_by_chance_is_drawn_the_same_from_the_same_seed(net: SandboxNetwork) -> None:
    drawn = []
    for seed in (1, 1, 2):
        net.break_next("unreachable", chance=0.3, seed=seed, count=None)
        drawn.append([net.take_fault(BRAND, "publish") is not None for _ in range(60)])
        assert net.faults() == 1
        assert net.mend() == 1
    assert drawn[0] == drawn[1] != drawn[2]
    assert 10 <= sum(drawn[0]) <= 28
    net.break_next("unreachable", chance=0.5, count=3)
    assert sum(net.take_fault(BRAND, "publish") is not None for _ in range(20)) == 3


def test_a_fault_that_is_not_drawn_lets_the_next_one_happen(net: SandboxNetwork) -> None:
    net.break_next("refuse", chance=0.0, count=None)
    net.break_next("revoked")
    fault = net.take_fault(BRAND, "publish")
    assert fault is not None
    assert fault.effect == "revoked"
    net.break_next("refuse", account="other.sandbox")
    assert net.mend("other.sandbox") == 1
    assert net.faults() == 1


# --- edits, quotes, warnings -------------------------------------------------------------------------------


def test_a_live_post_can_be_changed_quoted_and_warned_of(net: SandboxNetwork, clock: FixedClock) -> None:
    sandbox = adapter(net, clock)
    first = sandbox.publish(Outgoing(Part("Helo"), warning="Spelling"), "a")
    found = net.get(first.remote_id)
    assert found is not None
    assert found.around == {"warning": "Spelling"}
    assert sandbox.edit(first, Outgoing(Part("Hello"))) == first
    assert [post.text for post in net.timeline(BRAND)] == ["Hello"]
    second = sandbox.publish(Outgoing(Part("Look"), quote=first.remote_id), "b")
    quoting = net.get(second.remote_id)
    assert quoting is not None
    assert (quoting.quote_id, quoting.root_id) == (first.remote_id, "")
    sandbox.delete(first)
    with pytest.raises(Refused):
        sandbox.edit(first, Outgoing(Part("Again")))
    with pytest.raises(Refused):
        sandbox.publish(Outgoing(Part("Look"), quote=first.remote_id), "c")


def test_somebody_elses_post_cannot_be_changed(net: SandboxNetwork, clock: FixedClock) -> None:
    theirs = net.post("ada.fan.sandbox", "Mine")
    assert theirs is not None
    assert net.edit(BRAND, theirs.id, "Yours") is None
    assert net.get(theirs.id) == theirs


def test_the_people_act_while_a_worker_runs(world: World) -> None:
    import asyncio

    from bot.workflow.worker import Worker

    world.approve(world.draft("The autumn oolongs are here."))
    asyncio.run(Worker(world.desk).once())
    world.advance(timedelta(hours=6).total_seconds())
    asyncio.run(Worker(world.desk).once())
    [post] = world.app.sandbox.timeline("lumen.sandbox")
    assert sum(world.app.sandbox.counts([post.id])[post.id]) > 0
