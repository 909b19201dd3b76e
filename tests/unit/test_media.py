"""Pictures are cleaned when they come in, and leave byte for byte as they were signed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot.errors import BadInput
from bot.media import MediaFolder
from bot.platforms.kit.images import Telltale, as_signed

PLACE = b"52.5200,13.4050"


def _pictures() -> dict[str, bytes]:
    tags = Image.Exif()
    tags[0x010E], tags[0x0112] = PLACE.decode(), 6
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", PLACE.decode())
    given = {
        "comment.jpg": ("JPEG", {"comment": PLACE}),
        "xmp.jpg": ("JPEG", {"xmp": b"<x:xmpmeta>" + PLACE + b"</x:xmpmeta>"}),
        "exif.jpg": ("JPEG", {"exif": tags}),
        "exif.png": ("PNG", {"exif": tags}),
        "text.png": ("PNG", {"pnginfo": words}),
        "both.webp": ("WEBP", {"exif": tags, "xmp": PLACE}),
        "comment.gif": ("GIF", {"comment": PLACE}),
    }
    made = {}
    for name, (kind, more) in given.items():
        out = io.BytesIO()
        Image.new("RGB", (16, 8), "teal").save(out, kind, **more)  # type: ignore[arg-type]
        made[name] = out.getvalue()
    made["behind.jpg"] = made["comment.jpg"] + PLACE
    made["behind.png"] = made["text.png"] + PLACE
    made["behind.gif"] = made["comment.gif"] + PLACE
    return made


@pytest.mark.parametrize(("name", "data"), _pictures().items())
def test_what_tells_of_the_place_is_gone_at_intake_and_the_rest_is_sent_as_it_is(
    name: str, data: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    assert PLACE in data
    folder = MediaFolder(tmp_path / "media")
    medium = folder.add(tmp_path / name, "tea")
    kept = folder.read(medium)
    assert PLACE not in kept
    assert medium.size == len(kept)
    sent = as_signed(kept, medium.mime)
    assert (sent.data, sent.mime, sent.width, sent.height) == (kept, medium.mime, medium.width, medium.height)
    assert (medium.width, medium.height) == ((8, 16) if name.startswith(("exif", "both")) else (16, 8))


def test_the_colours_a_picture_was_made_for_stay(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", icc_profile=profile, comment=PLACE)
    folder = MediaFolder(tmp_path / "media")
    kept = folder.read(folder.add(tmp_path / "a.jpg", ""))
    assert Image.open(io.BytesIO(kept)).info["icc_profile"] == profile


def test_a_moving_picture_keeps_moving(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], loop=0, duration=80, comment=PLACE)
    folder = MediaFolder(tmp_path / "media")
    kept = folder.read(folder.add(tmp_path / "a.gif", ""))
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (3, 0, 80)  # type: ignore[attr-defined]
    assert PLACE not in kept


@pytest.mark.parametrize("name", ["comment.jpg", "exif.png", "both.webp", "comment.gif"])
def test_a_picture_that_still_tells_is_not_sent(name: str) -> None:
    data = _pictures()[name]
    mime = {"jpg": "image/jpeg"}.get(name[-3:], "image/" + name.partition(".")[2])
    with pytest.raises(Telltale):
        as_signed(data, mime)


@pytest.mark.parametrize(
    "data", [b"", b"tea", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10JFIF", _pictures()["text.png"][:60]]
)
def test_what_is_no_picture_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(BadInput):
        MediaFolder(tmp_path / "media").add(tmp_path / "a", "")
