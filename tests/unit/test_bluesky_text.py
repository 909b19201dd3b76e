"""What Bluesky's adapter finds in a text, and the small parts it is made of."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from bot.platforms.base import Cursor
from bot.platforms.kit.images import Unreadable, strip
from bot.platforms.kit.richtext import graphemes, spans
from bot.platforms.kit.tid import is_tid, tid
from bot.platforms.kit.window import REMEMBERED, Window

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com.", [("link", "https://example.com")]),
        ("(https://example.com/a_(b))", [("link", "https://example.com/a_(b)")]),
        ("看https://example.com/茶很好", [("link", "https://example.com/")]),
        ("请看https://example.com。谢谢", [("link", "https://example.com")]),
        ("HTTP://Example.com/#tag, #tag", [("link", "HTTP://Example.com/#tag"), ("tag", "tag")]),
        ("ftp://example.com and example.com", []),
        ("hi @Ann.bsky.social!", [("mention", "ann.bsky.social")]),
        ("你好@ann.test，再见", [("mention", "ann.test")]),
        ("me@example.com @ann @-a.b", []),
        ("https://x.test/@ann.test", [("link", "https://x.test/@ann.test")]),
        ("#tea #2026 #a_1 ##no a#b", [("tag", "tea"), ("tag", "a_1")]),
        ("新品#新茶 ＃茶", [("tag", "新茶"), ("tag", "茶")]),
        ("#" + "a" * 65, []),
        ("", []),
    ],
)
def test_what_can_be_pressed(text: str, found: list[tuple[str, str]]) -> None:
    assert [(span.kind, span.value) for span in spans(text)] == found


@given(st.text(alphabet="a茶é👋🏽#@:/. \u200dhtps", max_size=60))
def test_spans_are_whole_characters_in_order(text: str) -> None:
    raw, done = text.encode(), 0
    for span in spans(text):
        assert done <= span.start < span.end <= len(raw)
        done = span.end
        assert span.value.lower() in raw[span.start : span.end].decode().lower()


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("\r\n", 1), ("👨‍👩‍👧‍👦🇨🇭👋🏽", 3), ("e\u0301茶", 2), ("क्षि", 1), ("a\u200bb", 3)]
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


@given(st.text(min_size=1), st.integers(0, 2_000_000_000))
def test_a_key_is_a_tid_and_holds_its_second(seed: str, seconds: int) -> None:
    at = AT + timedelta(seconds=seconds)
    key = tid(seed, at)
    assert is_tid(key)
    assert tid(seed, at + timedelta(seconds=2)) > key
    assert tid(seed, at.replace(microsecond=0)) == tid(seed, at.replace(microsecond=999_999))


@pytest.mark.parametrize(
    "text", ["", "3jzfcijpj2z2", "3jzfcijpj2z2a0", "0000000000000", "zzzzzzzzzzzzz", "3JZFCIJPJ2Z2A"]
)
def test_what_is_no_key(text: str) -> None:
    assert not is_tid(text)


def _bytes(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def test_a_clean_picture_leaves_byte_for_byte() -> None:
    data = _bytes(Image.new("RGB", (4, 3), "red"), "PNG")
    assert strip(data, "image/png").data == data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_are_taken_out_of_every_kind(kind: str) -> None:
    tags = Image.Exif()
    tags[0x010F], tags[0x0112] = "SecretCamera", 6
    data = _bytes(Image.new("RGB", (40, 20), "red"), kind, exif=tags)
    assert b"SecretCamera" in data
    clean = strip(data, f"image/{kind.lower()}")
    assert b"SecretCamera" not in clean.data
    assert (clean.width, clean.height) == (20, 40)
    assert Image.open(io.BytesIO(clean.data)).size == (20, 40)


def test_words_hidden_in_a_picture_are_taken_out() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Secret Person")
    assert b"Secret Person" not in strip(_bytes(Image.new("RGBA", (4, 3)), "PNG", pnginfo=words), "image/png").data
    comment = _bytes(Image.new("RGB", (4, 3)), "JPEG", comment=b"Secret Person")
    assert b"Secret Person" not in strip(comment, "image/jpeg").data


@pytest.mark.parametrize(("data", "mime"), [(b"", "image/png"), (b"GIF89a", "image/gif"), (b"x", "image/tiff")])
def test_what_is_no_picture_is_unreadable(data: bytes, mime: str) -> None:
    with pytest.raises(Unreadable):
        strip(data, mime)


def test_a_picture_of_another_kind_than_it_says_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        strip(_bytes(Image.new("RGB", (4, 3)), "PNG"), "image/jpeg")


def _entries(count: int, apart: float) -> list[tuple[str, str]]:
    return [((AT + timedelta(seconds=n * apart)).isoformat().replace("+00:00", ".000Z"), f"u{n}") for n in range(count)]


def _window(since: Cursor | None, now: datetime = AT) -> Window:
    return Window(since, now, near=timedelta(hours=1), far=timedelta(days=2), every=timedelta(hours=6))


def test_a_window_hands_out_each_entry_once() -> None:
    entries = _entries(30, 60)
    window = _window(None)
    assert all(window.is_new(*entry) for entry in entries)
    after = _window(window.after(entries[:20], all_taken=False))
    assert [entry for entry in entries if after.is_new(*entry)] == entries[20:]
    assert after.is_new(entries[5][0], "came late")


def test_a_window_looks_a_little_behind_each_time_and_far_behind_now_and_then() -> None:
    entries = _entries(10, 3600)
    cursor = _window(None).after(entries, all_taken=True)
    soon, later = _window(cursor, AT + timedelta(hours=5)), _window(cursor, AT + timedelta(hours=6))
    assert (soon.wide, soon.stop) == (False, entries[8][0])
    assert (later.wide, later.stop) == (True, later.floor)
    assert later.is_new(entries[0][0], "came late")
    # A wide look that left something for later is taken up again.
    assert _window(later.after([], all_taken=False), AT + timedelta(hours=6)).wide
    assert not _window(later.after([], all_taken=True), AT + timedelta(hours=6)).wide


def test_a_window_forgets_what_is_far_behind() -> None:
    entries = _entries(10, 86400)
    cursor = _window(None).after(entries, all_taken=True)
    assert len(json.loads(cursor.value)["seen"]) == 2
    assert not _window(cursor).is_new(entries[3][0], "came much too late")


def test_a_first_window_that_was_cut_off_begins_where_it_was_cut() -> None:
    entries = _entries(10, 60)
    window = _window(None)
    window.begin(entries[4][0])
    after = _window(window.after(entries[4:6], all_taken=False))
    assert [entry for entry in entries if after.is_new(*entry)] == entries[6:]


def test_a_crowded_window_gets_shorter_and_doubles_nothing() -> None:
    entries = _entries(REMEMBERED + 200, 1)
    cursor = _window(None).after(entries, all_taken=True)
    assert len(json.loads(cursor.value)["seen"]) == REMEMBERED
    after = _window(cursor)
    assert [entry for entry in entries if after.is_new(*entry)] == []
