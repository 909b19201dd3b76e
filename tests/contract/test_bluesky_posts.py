"""What posts of Bluesky can hold: threads of pictures, link cards, quotes, videos, labels; asked of its AppView."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.draft import Card, Media
from bot.domain.post import Outgoing, Receipt
from bot.errors import NotFound, Refused, Unsupported
from bot.platforms.bluesky import Bluesky
from bot.platforms.kit.bluesky_record import CARD_BYTES, LABELS
from tests.contract.bluesky_bench import CREATE, BlueskyBench
from tests.contract.platform_contract import MemoryVault
from tests.servers.bluesky import BlueskyNetwork, Login

pytestmark = pytest.mark.slow
UPLOAD = "com.atproto.repo.uploadBlob"
#: The start of an MP4 file; nothing plays it, and nothing here does.
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 500


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


def view(bench: BlueskyBench, receipt: Receipt) -> dict[str, Any]:
    """Return a post as the AppView shows it to the fan."""
    bench.settle(lambda: bench.shown(receipt.remote_id))
    return one(bench, "app.bsky.feed.getPosts", {"uris": [receipt.remote_id]})["posts"][0]


def one(bench: BlueskyBench, nsid: str, params: dict[str, Any]) -> dict[str, Any]:
    import httpx

    headers = {"Authorization": f"Bearer {bench.fan._wire.session().access}"}
    answer = httpx.get(f"{bench.network.pds_url}/xrpc/{nsid}", params=params, headers=headers, timeout=30)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def carded(bench: BlueskyBench, picture: Media | None, **more: Any) -> Outgoing:
    out = bench.out("See https://lumen.example/lamp", **more)
    card = Card("https://lumen.example/lamp", "The lamp 台灯", "Warm light.", picture)
    return replace(out, part=replace(out.part, card=card))


def test_a_thread_of_five_with_two_pictures_each_is_read_as_one(bench: BlueskyBench) -> None:
    adapter, receipts, outs = bench.adapter(), [], []
    for n in range(5):
        pictures = (bench.picture(40 + n, 20), bench.picture(20, 40 + n, mime="image/png"))
        above, root = (receipts[-1], receipts[0]) if receipts else (None, None)
        outs.append(bench.out(media=pictures, parent=above, root=root))
        receipts.append(bench.publish(adapter, outs[-1]))
    assert bench.wire.count(UPLOAD) == 10
    for out, receipt in zip(outs, receipts, strict=True):
        assert adapter.find(out, bench.key(adapter, out), datetime.now(UTC)) == receipt
    bench.settle(lambda: bench.shown(receipts[-1].remote_id))
    thread = one(bench, "app.bsky.feed.getPostThread", {"uri": receipts[0].remote_id, "depth": 10})["thread"]
    for n, receipt in enumerate(receipts):
        images = thread["post"]["embed"]["images"]
        assert thread["post"]["uri"] == receipt.remote_id
        assert [i["alt"] for i in images] == [m.alt for m in outs[n].part.media]
        sizes = [(i["aspectRatio"]["width"], i["aspectRatio"]["height"]) for i in images]
        assert sizes == [(40 + n, 20), (20, 40 + n)]
        thread = thread["replies"][0] if n < 4 else None


def test_a_link_card_carries_the_picture_that_was_signed(bench: BlueskyBench) -> None:
    medium = bench.picture(60, 30)
    receipt = bench.publish(bench.adapter(), carded(bench, medium))
    assert bench.wire.last(UPLOAD).body == bench.pictures[medium.sha256]
    shown = view(bench, receipt)["embed"]
    assert shown["$type"] == "app.bsky.embed.external#view"
    external = shown["external"]
    assert (external["uri"], external["title"]) == ("https://lumen.example/lamp", "The lamp 台灯")
    assert (external["description"], bool(external["thumb"])) == ("Warm light.", True)


def test_a_link_card_needs_no_picture(bench: BlueskyBench) -> None:
    external = view(bench, bench.publish(bench.adapter(), carded(bench, None)))["embed"]["external"]
    assert external["title"] == "The lamp 台灯"
    assert "thumb" not in external


@pytest.mark.parametrize("beside", ["nothing", "pictures", "card"])
def test_a_quote_stands_alone_or_beside_media(bench: BlueskyBench, beside: str) -> None:
    theirs = bench.publish(bench.fan, bench.out("Quote me"))
    bench.settle(lambda: bench.shown(theirs.remote_id))
    adapter = bench.adapter()
    media = (bench.picture(),) if beside == "pictures" else ()
    out = carded(bench, bench.picture()) if beside == "card" else bench.out("They said", media=media)
    quoted = adapter.post_at(theirs.url).remote_id
    shown = view(bench, bench.publish(adapter, replace(out, quote=quoted)))["embed"]
    if beside == "nothing":
        assert shown["record"]["uri"] == theirs.remote_id
    else:
        assert shown["$type"] == "app.bsky.embed.recordWithMedia#view"
        assert shown["record"]["record"]["uri"] == theirs.remote_id
        kind = {"pictures": "app.bsky.embed.images#view", "card": "app.bsky.embed.external#view"}[beside]
        assert shown["media"]["$type"] == kind


def test_a_quote_of_what_is_gone_is_refused(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    bench.fan.delete(theirs)
    with pytest.raises(Refused, match="quoted post"):
        bench.publish(bench.adapter(), bench.out(quote=theirs.remote_id))
    assert bench.wire.count(CREATE) == 0
    with pytest.raises(NotFound):
        bench.adapter().post_at(theirs.url)


@pytest.mark.parametrize("label", LABELS)
def test_what_a_post_says_of_itself_is_shown_as_its_label(bench: BlueskyBench, label: str) -> None:
    receipt = bench.publish(bench.adapter(), bench.out(labels=(label,), media=(bench.picture(),)))
    assert [found["val"] for found in view(bench, receipt)["labels"]] == [label]


def test_the_language_is_said_and_no_tags_are_added(bench: BlueskyBench) -> None:
    bench.publish(bench.adapter(), bench.out("新茶 #茶", language="zh-Hans"))
    record = bench.record()
    assert record["langs"] == ["zh-Hans"]
    assert "tags" not in record


def video(bench: BlueskyBench, data: bytes = MP4, **more: Any) -> Media:
    name = f"v{len(bench.pictures):063d}"
    bench.pictures[name] = data
    fields = {"alt": "A lamp is lit", "size": len(data), "seconds": 3.0} | more
    return Media(name, "video/mp4", 1280, 720, **fields)


def test_a_video_leaves_as_it_was_signed(bench: BlueskyBench) -> None:
    medium = video(bench)
    receipt = bench.publish(bench.adapter(), bench.out(media=(medium,)))
    upload = bench.wire.last(UPLOAD)
    assert (upload.body, upload.headers["content-type"]) == (MP4, "video/mp4")
    shown = view(bench, receipt)["embed"]
    assert (shown["$type"], shown["alt"]) == ("app.bsky.embed.video#view", "A lamp is lit")
    assert (shown["aspectRatio"]["width"], shown["aspectRatio"]["height"]) == (1280, 720)


@pytest.mark.parametrize(
    "what", ["card and picture", "no title", "no address", "heavy thumb", "no video", "long", "two"]
)
def test_what_a_post_cannot_hold_is_refused_before_any_call(bench: BlueskyBench, what: str) -> None:
    picture, out = bench.picture(), bench.out("x")
    card = Card("https://lumen.example/", "T", "D")
    part = {
        "card and picture": lambda: replace(out.part, card=card, media=(picture,)),
        "no title": lambda: replace(out.part, card=replace(card, title=" ")),
        "no address": lambda: replace(out.part, card=replace(card, url="lumen.example")),
        "heavy thumb": lambda: replace(out.part, card=replace(card, picture=replace(picture, size=CARD_BYTES + 1))),
        "no video": lambda: replace(out.part, media=(video(bench, b"RIFF not a video"),)),
        "long": lambda: replace(out.part, media=(video(bench, seconds=180.1),)),
        "two": lambda: replace(out.part, media=(video(bench), picture)),
    }[what]()
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), replace(out, part=part))
    assert bench.calls() == 0


def test_the_thumb_at_its_limit_is_taken(bench: BlueskyBench) -> None:
    assert not Bluesky.fits([carded(bench, replace(bench.picture(), size=CARD_BYTES)).part])


def test_a_warning_is_refused_and_labels_are_named(bench: BlueskyBench) -> None:
    for out in (bench.out(warning="spoilers"), bench.out(labels=("spoilers",))):
        with pytest.raises(Unsupported):
            bench.publish(bench.adapter(), out)
    assert bench.calls() == 0


def test_the_servers_own_limit_narrows_ours(bench: BlueskyBench) -> None:
    adapter = bench.adapter()
    adapter.identity()
    said = adapter.context.facts.load("blob_bytes")
    assert said > 0
    assert adapter.limits_of({"blob_bytes": said}).video_bytes == min(said, Bluesky.limits.video_bytes)
    adapter.context.facts.store("blob_bytes", 100)
    calls = bench.calls()
    with pytest.raises(Unsupported):
        bench.publish(adapter, bench.out(media=(bench.picture(),)))
    assert bench.calls() == calls


def test_anybodys_post_is_found_by_its_address(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    found = bench.adapter().post_at(theirs.url)
    assert (found.remote_id, found.cid) == (theirs.remote_id, theirs.cid)
