"""Pictures, animated GIFs and videos on their way to X."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from bot.domain.draft import Media
from bot.errors import OutcomeUnknown, Refused, TryLater, Unsupported
from bot.platforms.kit import x_media
from tests.contract.x_bench import PatientClock, XBench
from tests.servers.x import start_x

VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20_000


@pytest.fixture
def bench() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url)
        yield bench
        bench.close()


def kept(bench: XBench, data: bytes, mime: str, **more: object) -> Media:
    name = f"{len(bench.pictures):064d}"
    bench.pictures[name] = data
    return replace(Media(name, mime, 640, 360, "A kettle boils", len(data)), **more)  # type: ignore[arg-type]


def gif(frames: int) -> bytes:
    out = io.BytesIO()
    pictures = [Image.new("RGB", (20, 20), (n * 40, 0, 0)) for n in range(frames)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return out.getvalue()


def test_a_video_goes_up_in_pieces_and_is_waited_for(bench: XBench) -> None:
    bench.net.slow_media = 3
    film = kept(bench, VIDEO, "video/mp4", seconds=5.0)
    receipt = bench.publish(bench.adapter(), bench.out(media=(film,)))
    [id] = bench.net.tweets[receipt.remote_id].media
    medium = bench.net.media[id]
    assert (medium.data, medium.category, medium.mime, medium.alt) == (VIDEO, "tweet_video", "video/mp4", film.alt)
    assert len(medium.pieces) == 3
    assert isinstance(bench.clock, PatientClock)
    assert bench.clock.slept == [1.0] * 4
    assert bench.wire.last("GET", "/2/media/upload").query == {"command": ["STATUS"], "media_id": [id]}


def test_a_gif_that_moves_and_one_that_does_not(bench: XBench) -> None:
    moving = kept(bench, gif(3), "image/gif", seconds=0.3)
    still = kept(bench, gif(1), "image/gif")
    for medium, category in ((moving, "tweet_gif"), (still, "tweet_image")):
        receipt = bench.publish(bench.adapter(), bench.out(media=(medium,)))
        there = bench.net.media[bench.net.tweets[receipt.remote_id].media[0]]
        assert (there.data, there.category, there.alt) == (bench.pictures[medium.sha256], category, medium.alt)


def test_a_video_that_x_cannot_use_goes_back_to_its_author(bench: XBench) -> None:
    film = kept(bench, b"BAD" + VIDEO, "video/mp4", seconds=5.0)
    with pytest.raises(Refused, match="Unsupported video format"):
        bench.publish(bench.adapter(), bench.out(media=(film,)))
    assert bench.sends() == 0


def test_waiting_has_an_end(bench: XBench) -> None:
    bench.net.slow_media = 10**6
    film = kept(bench, VIDEO[:1000], "video/mp4", seconds=5.0)
    with pytest.raises(TryLater, match="still working"):
        bench.publish(bench.adapter(), bench.out(media=(film,)))
    assert isinstance(bench.clock, PatientClock)
    assert sum(bench.clock.slept) <= x_media._PATIENCE
    assert len(bench.clock.slept) <= x_media._LOOKS
    assert bench.sends() == 0


def test_a_picture_leaves_byte_for_byte_as_it_was_signed(bench: XBench) -> None:
    picture = bench.picture(mime="image/webp")
    bench.publish(bench.adapter(), bench.out(media=(picture,)))
    body = bench.wire.last("POST", "/2/media/upload").json
    assert base64.b64decode(body["media"]) == bench.pictures[picture.sha256]
    assert (body["media_type"], body["media_category"]) == ("image/webp", "tweet_image")


def test_a_picture_that_tells_of_its_camera_is_not_sent(bench: XBench) -> None:
    with pytest.raises(Refused, match="camera or place"):
        bench.publish(bench.adapter(), bench.out(media=(bench.picture(exif=True),)))
    assert bench.calls() == 0


def test_what_is_no_picture_or_heavier_than_it_was_said_is_not_sent(bench: XBench) -> None:
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), bench.out(media=(kept(bench, b"nothing", "image/png"),)))
    heavy = kept(bench, bytes(600), "video/mp4", seconds=5.0)
    adapter = bench.adapter()
    limits = replace(adapter.limits, video_bytes=599)
    with pytest.raises(Unsupported, match="600 bytes of 599"):
        x_media.ready(adapter.context, heavy, limits)
    assert bench.calls() == 0


def test_a_post_may_be_a_picture_alone(bench: XBench) -> None:
    adapter = bench.adapter()
    out = bench.out(media=(bench.picture(),))
    out = replace(out, part=replace(out.part, text=""))
    bench.fail("timeout_after_accept")
    with pytest.raises(OutcomeUnknown):
        bench.publish(adapter, out)
    assert "text" not in bench.wire.last().json
    assert out.created is not None
    assert adapter.find(out, "", out.created) is not None


def test_an_alt_text_that_x_takes_for_no_video_holds_nothing_up(bench: XBench) -> None:
    film = kept(bench, VIDEO[:1000], "video/mp4", seconds=5.0)
    picture = bench.picture()
    bench.wire.fail("refuse", "POST", "/2/media/metadata")
    assert bench.publish(bench.adapter(), bench.out(media=(film,))).remote_id
    bench.wire.fail("refuse", "POST", "/2/media/metadata")
    with pytest.raises(Refused):
        bench.publish(bench.adapter(), bench.out(media=(picture,)))
