"""Whom Bluesky lets answer, what it reads late, and the day on which only its posting half works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.brand import Account
from bot.domain.comment import Author, Comment
from bot.domain.post import Receipt
from bot.errors import Refused, TryLater
from bot.platforms.bluesky import Bluesky
from bot.platforms.kit import bluesky_inbox
from tests.contract.bluesky_bench import CREATE, BlueskyBench
from tests.contract.platform_contract import MemoryVault, read_all
from tests.contract.test_platforms_bluesky import OffClock
from tests.servers.bluesky import BlueskyNetwork, Login, start_bluesky

pytestmark = pytest.mark.slow
POSTS = "app.bsky.feed.getPosts"


@pytest.fixture(scope="module")
def people(bluesky_network: BlueskyNetwork) -> tuple[Login, Login, MemoryVault]:
    return bluesky_network.new_account("brand"), bluesky_network.new_account("fan"), MemoryVault()


@pytest.fixture
def bench(bluesky_network: BlueskyNetwork, people: tuple[Login, Login, MemoryVault]) -> Iterator[BlueskyBench]:
    if bluesky_network.appview_url is None:
        from tests.servers.fixtures import left_out

        left_out("Bluesky's AppView, which needs PostgreSQL and Redis")
    bench = BlueskyBench(bluesky_network, *people)
    yield bench
    bench.close()


def gate(bench: BlueskyBench, receipt: Receipt, kind: str, **rules: Any) -> None:
    """Have the fan set a gate on a post, and wait until the AppView knows it."""
    collection, rkey = f"app.bsky.feed.{kind}", receipt.remote_id.rpartition("/")[2]
    record = {"$type": collection, "post": receipt.remote_id, "createdAt": datetime.now(UTC).isoformat(), **rules}
    session = bench.fan._wire.session()
    body = {"repo": session.did, "collection": collection, "rkey": rkey, "record": record}
    bench.xrpc(CREATE, body, session.access)
    told = "replyDisabled" if kind == "threadgate" else "embeddingDisabled"

    def known() -> bool:
        from atproto_client import models  # type: ignore[import-untyped]

        params = models.AppBskyFeedGetPosts.Params(uris=[receipt.remote_id])
        posts = bench.adapter()._wire.query(POSTS, params)["posts"]
        return bool(posts) and posts[0]["viewer"].get(told) is not (None if kind == "threadgate" else False)

    bench.settle(known)


def test_an_answer_that_nobody_would_see_is_not_sent(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    below = bench.publish(bench.fan, bench.out(parent=theirs, root=theirs))
    gate(bench, theirs, "threadgate", allow=[])
    adapter, before = bench.adapter(), bench.wire.count(CREATE)
    for parent in (theirs, below, replace(below, cid="")):
        with pytest.raises(Refused, match="does not let this account answer") as caught:
            bench.publish(adapter, bench.out(parent=parent))
        assert caught.value.next_step
    assert bench.wire.count(CREATE) == before


def test_an_answer_that_a_gate_lets_through_is_sent(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out(f"Tell me @{bench.brand.handle}"))
    gate(bench, theirs, "threadgate", allow=[{"$type": "app.bsky.feed.threadgate#mentionRule"}])
    assert bench.publish(bench.adapter(), bench.out(parent=theirs)).remote_id


def test_a_post_that_may_not_be_quoted_is_not_quoted(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    bench.settle(lambda: bench.shown(theirs.remote_id))
    rules = [{"$type": "app.bsky.feed.postgate#disableRule"}]
    gate(bench, theirs, "postgate", embeddingRules=rules)
    before = bench.wire.count(CREATE)
    with pytest.raises(Refused, match="does not let it be quoted"):
        bench.publish(bench.adapter(), bench.out(quote=theirs.remote_id))
    assert bench.wire.count(CREATE) == before


def test_a_gate_that_cannot_be_asked_is_waited_for_but_not_on_own_threads(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    adapter = bench.adapter()
    bench.wire.fail("upstream", POSTS, count=2)
    for out in (bench.out(parent=theirs), bench.out(quote=theirs.remote_id)):
        with pytest.raises(TryLater):
            bench.publish(adapter, out)
    assert bench.wire.count(CREATE) == 0
    mine = bench.publish(adapter, bench.out())
    asked = bench.wire.count(POSTS)
    bench.publish(adapter, bench.out(parent=mine, root=mine, quote=mine.remote_id))
    assert bench.wire.count(POSTS) == asked


@pytest.mark.parametrize(("kind", "free"), [("mention", True), ("reply", False), ("quote", False)])
def test_software_answers_only_who_tagged_the_account(kind: str, free: bool) -> None:
    comment = Comment("bluesky:main", "at://x", Author("did:plc:x", "x.test"), "Hi", datetime.now(UTC), kind)
    account = Account("bluesky", "main", "brand.test", "en", "UTC")
    assert bool(Bluesky.may_answer(comment, account, automatic=True)) is not free
    assert Bluesky.may_answer(comment, account, automatic=False) == ""


# --- listening ----------------------------------------------------------------------------------------------------


def test_every_kind_of_comment_is_told_apart(bench: BlueskyBench) -> None:
    adapter = bench.adapter()
    mine = bench.publish(adapter, bench.out())
    _, start = read_all(adapter, None)
    said = {bench.says("Plain", mine): "reply", bench.says("Hello"): "mention"}
    quote = bench.publish(bench.fan, bench.out("Look", quote=mine.remote_id)).remote_id
    tagged = bench.publish(bench.fan, bench.out(f"@{bench.brand.handle}, why?", parent=mine, root=mine)).remote_id
    said |= {quote: "quote", tagged: "mention"}
    bench.settle(lambda: len(read_all(adapter, start)[0]) == 4)
    found = read_all(adapter, start)[0]
    assert {c.remote_id: c.kind for c in found} == said
    # An answer that tags the account is a mention to the AppView, and still stands below our post.
    assert next(c for c in found if c.remote_id == tagged).parent_id == mine.remote_id


def test_a_comment_dated_days_back_is_found_at_the_next_far_look(
    bench: BlueskyBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured against the AppView: it stands where its writer's clock puts it, pages behind the newest."""
    monkeypatch.setattr(bluesky_inbox, "PAGE", 2)
    adapter = bench.adapter()
    mine = bench.publish(adapter, bench.out())
    _, start = read_all(adapter, None)
    said = [bench.says(f"Now {n}", mine) for n in range(4)]
    bench.settle(lambda: len(read_all(adapter, start)[0]) == 4)
    found, cursor = read_all(adapter, start)
    assert [c.remote_id for c in found] == said
    old = replace(bench.out("From last week", parent=mine), created=datetime.now(UTC) - timedelta(days=6))
    late = bench.publish(bench.fan, old).remote_id
    bench.settle(lambda: bench.shown(late))
    monkeypatch.setattr(bluesky_inbox, "NEAR", timedelta(0))
    assert adapter.comments(cursor).items == ()
    bench.clock = OffClock(6.1)
    later = bench.adapter()
    bench.settle(lambda: bool(later.comments(cursor).items))
    page = later.comments(cursor)
    assert [c.remote_id for c in page.items] == [late]
    assert later.comments(page.cursor).items == ()
    listed = bench.wire.count("app.bsky.notification.listNotifications")
    later.comments(page.cursor)
    assert bench.wire.count("app.bsky.notification.listNotifications") - listed == 1, "a near look is one page"


def test_a_crash_or_a_deletion_between_pages_loses_and_doubles_nothing(bench: BlueskyBench) -> None:
    adapter = bench.adapter()
    mine = bench.publish(adapter, bench.out())
    _, start = read_all(adapter, None)
    receipts = []
    for n in range(6):
        bench.settle(lambda: bench.shown(mine.remote_id))
        receipts.append(bench.publish(bench.fan, bench.out(f"Reply {n}", parent=mine)))
    bench.settle(lambda: len(read_all(adapter, start)[0]) == 6)
    said = [r.remote_id for r in receipts]
    first = adapter.comments(start, 2)
    second = adapter.comments(first.cursor, 2)
    # Nothing was stored of the second page: it comes again, to another process.
    again = bench.adapter().comments(first.cursor, 2)
    assert [c.remote_id for c in again.items] == [c.remote_id for c in second.items] == said[2:4]
    bench.fan.delete(receipts[0])
    bench.fan.delete(receipts[4])
    bench.settle(lambda: not bench.shown(said[4]))
    bench.settle(lambda: len(read_all(adapter, again.cursor, limit=2)[0]) == 1)
    assert [c.remote_id for c in read_all(adapter, again.cursor, limit=2)[0]] == [said[5]]


def test_a_burst_costs_a_page_and_a_bounded_cursor(bench: BlueskyBench) -> None:
    adapter = bench.adapter()
    mine = bench.publish(adapter, bench.out())
    _, start = read_all(adapter, None)
    bench.settle(lambda: bench.shown(mine.remote_id))
    said = [bench.publish(bench.fan, bench.out(f"Burst {n}", parent=mine)).remote_id for n in range(60)]
    bench.settle(lambda: len(read_all(adapter, start)[0]) == 60, seconds=180)
    found, cursor = read_all(adapter, start, limit=7)
    assert sorted(c.remote_id for c in found) == sorted(said)
    assert cursor is not None
    assert len(cursor.value) < 60 * len(json.loads(cursor.value)["seen"]) + 200


# --- the posting half alone ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def half() -> Iterator[BlueskyNetwork]:
    from tests.servers import setup
    from tests.servers.fixtures import left_out

    if setup.have_bluesky() is None:
        left_out("Bluesky's servers")
    with start_bluesky(appview=False) as network:
        yield network


def test_posting_goes_on_while_the_appview_is_down(half: BlueskyNetwork) -> None:
    bench = BlueskyBench(half, half.accounts["brand"], half.accounts["fan"], MemoryVault())
    adapter = bench.adapter()
    out = bench.out(media=(bench.picture(),))
    first = bench.publish(adapter, out)
    second = bench.publish(adapter, bench.out("#and on", parent=first, root=first, quote=first.remote_id))
    assert adapter.find(out, bench.key(adapter, out), datetime.now(UTC)) == first
    assert adapter.lookup(second.url).remote_id == second.remote_id
    adapter.delete(second)
    for read in (lambda: adapter.comments(None), lambda: list(adapter.readings([first]))):
        with pytest.raises(TryLater):
            read()
    theirs = bench.publish(bench.fan, bench.out())
    count = bench.wire.count(CREATE)
    with pytest.raises(TryLater):
        bench.publish(adapter, bench.out(parent=theirs))
    # A server asks the AppView for foreign handles: until it is back, nobody can say whether this one is somebody's.
    with pytest.raises(TryLater):
        bench.publish(adapter, bench.out("Hi @ann.example.com"))
    assert bench.wire.count(CREATE) == count
    lines = {line.name: line for line in adapter.health()}
    assert [name for name, line in lines.items() if not line.ok] == ["reading"]
    assert "posting works" in lines["reading"].detail
    assert lines["reading"].fix
    assert adapter.identity().handle == bench.brand.handle
    bench.close()
