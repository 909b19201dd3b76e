"""Pictures are made to fit each account before anybody signs; what was changed is said, what cannot be is a finding."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from bot.app import App
from bot.domain.approval import content_hash
from bot.domain.brand import Account
from bot.domain.draft import DraftVersion, Media, Part, Severity
from bot.errors import BadInput
from bot.media import MediaFolder, Unfit, amount
from bot.platforms import registry
from bot.platforms.kit.images import as_signed
from bot.platforms.kit.media import media_problems
from bot.platforms.terms import Limits
from bot.workflow import card, propose
from tests.unit.clips import made, program
from tests.world import World, brand

ANY = ("image/jpeg", "image/png", "image/webp", "image/gif")
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def limits(**given: Any) -> Limits:
    return Limits(1, "characters", images=4, **{"image_bytes": 10**9, "image_types": ANY, **given})


def noise(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Return a picture that compresses badly: grain, the same each time."""
    size = (width // 3, height // 3)
    grain = Image.frombytes(mode, size, random.Random(1).randbytes(size[0] * size[1] * len(mode)))
    return grain.resize((width, height), Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def opened(folder: MediaFolder, medium: Media) -> Image.Image:
    return Image.open(io.BytesIO(folder.read(medium)))


# --- one picture -------------------------------------------------------------------------------------------


def test_what_fits_stays_what_it_is(folder: MediaFolder) -> None:
    medium = folder.take(saved(noise()), "grain")
    assert folder.fit(medium, limits(), "X") is medium


@pytest.mark.parametrize("most", [400_000, 150_000, 60_000])
def test_a_heavy_picture_is_made_light_with_its_form_and_alt_text(folder: MediaFolder, most: int) -> None:
    medium = folder.take(saved(noise(1280, 960), quality=95), "grain")
    found = folder.fit(medium, limits(image_bytes=most), "X")
    assert most * 0.4 < found.size <= most
    assert found.width / found.height == pytest.approx(4 / 3, rel=0.01)
    assert (found.mime, found.alt) == ("image/jpeg", "grain")
    assert as_signed(folder.read(found), found.mime).data == folder.read(found)
    assert opened(folder, found).size == (found.width, found.height)
    assert folder.read(medium)


@pytest.mark.parametrize("kind", TYPES)
def test_the_same_picture_becomes_the_same_bytes(kind: str, tmp_path: Path) -> None:
    small = limits(image_bytes=110_000, image_types=("image/jpeg", "image/png"))
    found = []
    for n in range(2):
        folder = MediaFolder(tmp_path / str(n))
        found.append(folder.fit(folder.take(saved(noise(600, 600), kind), "x"), small, "X"))
    assert found[0] == found[1]
    assert found[0].size <= 110_000


def test_pixels_are_kept_to_exactly(folder: MediaFolder) -> None:
    medium = folder.take(saved(noise(1001, 667)), "")
    assert folder.fit(medium, limits(image_pixels=1001 * 667), "X") is medium
    found = folder.fit(medium, limits(image_pixels=1001 * 667 - 1), "X")
    assert 660_000 < found.width * found.height < 1001 * 667
    found = folder.fit(medium, limits(image_pixels=300_000), "X")
    assert 295_000 < found.width * found.height <= 300_000


@pytest.mark.parametrize(
    ("kind", "mode", "taken", "becomes"),
    [
        ("PNG", "RGB", ("image/jpeg",), "image/jpeg"),
        ("PNG", "RGBA", ("image/jpeg", "image/webp"), "image/webp"),
        ("PNG", "RGBA", ("image/jpeg",), "image/jpeg"),
        ("WEBP", "RGB", ("image/jpeg", "image/png"), "image/jpeg"),
        ("WEBP", "RGBA", ("image/jpeg", "image/png"), "image/png"),
        ("GIF", "P", ("image/jpeg", "image/png"), "image/jpeg"),
        ("JPEG", "CMYK", ("image/png",), "image/png"),
        ("JPEG", "L", ("image/png",), "image/png"),
        ("PNG", "I;16", ("image/jpeg",), "image/jpeg"),
        ("PNG", "1", ("image/jpeg",), "image/jpeg"),
    ],
)
def test_a_type_that_is_not_taken_becomes_one_that_is(
    folder: MediaFolder, kind: str, mode: str, taken: tuple[str, ...], becomes: str
) -> None:
    colour: Any = {"RGBA": (200, 30, 30, 128), "RGB": (200, 30, 30), "CMYK": (0, 200, 200, 0), "I;16": 40000}.get(
        mode, 1
    )
    medium = folder.take(saved(Image.new(mode, (64, 48), colour), kind), "")
    found = folder.fit(medium, limits(image_types=taken), "X")
    assert (found.mime, found.width, found.height) == (becomes, 64, 48)
    image = opened(folder, found)
    if mode == "RGBA":
        clear = image.convert("RGBA").getpixel((5, 5))
        # See-through where that is possible; else on white, which makes half of it lighter.
        assert clear[3] == (255 if becomes == "image/jpeg" else 128)  # type: ignore[index]
        assert becomes != "image/jpeg" or clear[1] > 120  # type: ignore[index]
    if mode == "I;16":
        assert abs(image.getpixel((5, 5)) - 156) < 4  # type: ignore[operator]


def test_colours_stay_when_a_picture_is_made_smaller(folder: MediaFolder) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    medium = folder.take(saved(noise(), icc_profile=profile), "")
    found = folder.fit(medium, limits(image_bytes=60_000), "X")
    assert opened(folder, found).info["icc_profile"] == profile


def test_a_picture_is_turned_before_it_is_made_smaller(folder: MediaFolder) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    medium = folder.take(saved(noise(800, 400), exif=tags), "")
    found = folder.fit(medium, limits(image_bytes=40_000), "X")
    assert found.height / found.width == pytest.approx(2, rel=0.02)


def gif(frames: int = 3, duration: int = 80, size: tuple[int, int] = (64, 48)) -> bytes:
    images = [noise(*size).rotate(n) for n in range(frames)]
    return saved(images[0], "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)


@pytest.mark.parametrize(
    ("frames", "duration", "seconds"), [(1, 80, 0.0), (3, 80, 0.24), (4, 0, 0.4), (2, 10, 0.2), (2, 1000, 2.0)]
)
def test_how_long_a_gif_plays_is_known(folder: MediaFolder, frames: int, duration: int, seconds: float) -> None:
    medium = folder.take(gif(frames, duration), "")
    assert medium.seconds == pytest.approx(seconds)
    assert medium.moves == (seconds > 0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"image_types": ("image/jpeg",)}, "takes no animated GIFs"),
        ({"gif_bytes": 500}, "animated GIF has"),
        ({"image_bytes": 500}, "animated GIF has"),
        ({"image_pixels": 100}, "3072 pixels"),
        ({"image_pixels": 10**6, "gif_pixels": 100}, "3072 pixels; X takes 100"),
        ({"image_types": ()}, "takes no animated GIFs"),
    ],
)
def test_a_gif_that_moves_never_stands_still_unasked(folder: MediaFolder, given: dict[str, Any], why: str) -> None:
    with pytest.raises(Unfit, match=why) as no:
        folder.fit(folder.take(gif(), ""), limits(**given), "X")
    assert no.value.next_step


def test_a_still_gif_with_too_many_pixels_becomes_another_picture(folder: MediaFolder) -> None:
    made = folder.fit(folder.take(gif(1), ""), limits(gif_pixels=100), "X")
    assert (made.mime != "image/gif", made.width * made.height) == (True, 3072)


def test_a_heavy_gif_may_stand_alone_where_there_is_room_for_it(folder: MediaFolder) -> None:
    medium = folder.take(gif(), "")
    assert folder.fit(medium, limits(image_bytes=500, gif_bytes=10**6), "X") is medium


def test_a_picture_that_cannot_be_made_small_enough_says_so(folder: MediaFolder) -> None:
    medium = folder.take(saved(noise()), "")
    with pytest.raises(Unfit, match="small enough") as no:
        folder.fit(medium, limits(image_bytes=2000), "X")
    assert "smaller" in no.value.next_step
    with pytest.raises(Unfit, match="takes no pictures"):
        folder.fit(medium, limits(image_types=(), image_bytes=0), "X")


@pytest.mark.parametrize("platform", registry.ids())
@pytest.mark.parametrize("kind", TYPES)
def test_a_picture_fits_every_platform(folder: MediaFolder, platform: str, kind: str) -> None:
    """The types are each platform's own; bytes and pixels are scaled down to what a test can bear."""
    real = registry.load(platform).limits
    small = replace(real, image_bytes=50_000, image_pixels=90_000 if real.image_pixels else None)
    found = folder.fit(folder.take(saved(noise(500, 400), kind), ""), small, platform)
    assert media_problems(platform, Part("x", (found,)), small) == []
    assert media_problems(platform, Part("x", (replace(found, size=real.image_bytes),)), real) == []
    assert media_problems(platform, Part("x", (replace(found, size=real.image_bytes + 1),)), real)


# --- what is refused at the door ---------------------------------------------------------------------------


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("run.sh", "echo")
    return out.getvalue()


def _bomb() -> bytes:
    return saved(Image.new("1", (20_000, 20_000)), "PNG")


def _lies() -> dict[str, tuple[str, bytes]]:
    jpeg, png = saved(noise(64, 48)), saved(noise(64, 48), "PNG")
    moving = [noise(32, 32), noise(32, 32).rotate(90)]
    return {
        "a type by name": ("a.jpg", png),
        "a film by name": ("a.mp4", jpeg),
        "cut off jpeg": ("a.jpg", jpeg[: len(jpeg) // 2]),
        "cut off png": ("a.png", png[: len(png) // 2]),
        "cut off gif": ("a.gif", gif()[:-200]),
        "bomb": ("a.png", _bomb()),
        "an archive too": ("a.png", png + _archive()),
        "a page too": ("a.gif", saved(noise(64, 48), "GIF", comment=b"<script>alert(1)</script>")),
        "moving webp": ("a.webp", saved(moving[0], "WEBP", save_all=True, append_images=moving[1:])),
        "moving png": ("a.png", saved(moving[0], "PNG", save_all=True, append_images=moving[1:])),
        "vector": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "postscript": ("a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        "heic": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    }


@pytest.mark.parametrize("name", list(_lies()))
def test_what_lies_or_is_damaged_is_refused_and_nothing_is_kept(name: str, tmp_path: Path) -> None:
    file, data = _lies()[name]
    (tmp_path / file).write_bytes(data)
    folder = MediaFolder(tmp_path / "media", program)
    with pytest.raises(BadInput):
        folder.add(tmp_path / file, "")
    assert [p for p in (tmp_path / "media").rglob("*") if p.is_file()] == []


def test_an_iphone_picture_is_named_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "IMG_1.HEIC").write_bytes(_lies()["heic"][1])
    with pytest.raises(BadInput, match="is a HEIC; use JPEG"):
        MediaFolder(tmp_path / "media").add(tmp_path / "IMG_1.HEIC", "")


def test_a_file_without_an_ending_or_with_capitals_is_what_its_bytes_are(tmp_path: Path) -> None:
    for name in ("tin", "TIN.JPG", "tin.v2.jpeg"):
        (tmp_path / name).write_bytes(saved(noise(8, 8)))
        assert MediaFolder(tmp_path / "media").add(tmp_path / name, "").mime == "image/jpeg"


def test_too_many_bytes_are_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(33 * 2**20)
    with pytest.raises(BadInput, match=r"34\.6 MB; 33\.6 MB is the most"):
        MediaFolder(tmp_path / "media").add(tmp_path / "a.jpg", "")


@pytest.mark.parametrize(("size", "said"), [(999, "999 bytes"), (9_140_000, "9.1 MB"), (900_000, "900 kB")])
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    assert amount(size) == said


# --- on the desk -------------------------------------------------------------------------------------------

BLUE = "bluesky:main"
#: The sandbox, as it would be if it took videos.
FILMS = replace(registry.load("sandbox").limits, videos=1, video_bytes=10**8, video_types=("video/mp4",))


@pytest.fixture
def desk(world: World) -> World:
    accounts = (*brand().accounts, Account("bluesky", "main", "lumen.bsky.social", "en", "Europe/Berlin"))
    world.learn(brand(accounts=accounts))
    world.app.media._ffmpeg = program
    return world


def shown(at: World, version: DraftVersion) -> str:
    with at.db.read() as conn:
        return card.text(card.card(at.desk, conn, version.draft_id))


def drafted(at: World, *media: Media, account: str = BLUE) -> DraftVersion:
    wish = propose.Proposal(account, (Part("The autumn oolongs are here.", media),), "anna")
    return propose.new(at.desk, wish)


@pytest.fixture
def heavy(desk: World, tmp_path: Path) -> Media:
    path = tmp_path / "tin.png"
    path.write_bytes(saved(noise(1200, 900), "PNG"))
    return desk.app.media.add(path, "A green tin.")


def test_a_heavy_picture_is_made_to_fit_and_the_card_says_what_was_done(desk: World, heavy: Media) -> None:
    assert heavy.size > 2_000_000
    version = drafted(desk, heavy)
    (medium,) = version.content.parts[0].media
    assert medium.size <= 2_000_000
    assert medium.alt == heavy.alt
    assert not version.blocked
    said = shown(desk, version)
    assert f"from PNG 1200x900, {amount(heavy.size)} to JPEG {medium.width}x{medium.height}, " in said
    assert "for Bluesky)" in said
    assert desk.app.media.read(heavy)
    other = drafted(desk, heavy, account="sandbox:main")
    assert other.content.parts[0].media == (heavy,)
    assert "for Sandbox" not in shown(desk, other)


def test_what_was_changed_is_still_said_after_an_edit(desk: World, heavy: Media) -> None:
    from bot import writing

    version = drafted(desk, heavy)
    edited = writing.edit(desk.app, version.draft_id, ["Oolongs: they are here."], "anna")
    assert edited.content.parts[0].media == version.content.parts[0].media
    assert "from PNG 1200x900, " in shown(desk, edited)


def test_what_cannot_be_made_to_fit_is_a_finding_and_nothing_is_lost(desk: World, tmp_path: Path) -> None:
    path = tmp_path / "tin.gif"
    path.write_bytes(gif())
    medium = desk.app.media.add(path, "A tin that turns.")
    version = drafted(desk, medium)
    assert version.blocked
    assert version.content.parts[0].media == (medium,)
    (remark,) = [f for f in version.findings if f.check == "platform"]
    assert (remark.severity, remark.message) == (Severity.WARN, "Bluesky takes no animated GIFs.")
    (block,) = [f for f in version.findings if f.check == "length"]
    assert block.fix == "Use another picture or video."
    assert "takes no animated GIFs" in shown(desk, version)


def test_a_video_where_none_is_taken_is_a_finding(desk: World, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(made())
    version = drafted(desk, desk.app.media.add(path, "A film."), account="sandbox:main")
    takes = registry.load("sandbox").limits.videos
    assert version.blocked == (not takes)
    assert takes or any("takes no videos" in f.message for f in version.findings)
    assert "Video: video/mp4 320x180" in shown(desk, version)


@pytest.mark.parametrize("kind", ["picture", "video"])
@pytest.mark.parametrize("changed", [True, False])
def test_a_byte_that_changed_after_the_signature_is_never_sent(
    desk: World, tmp_path: Path, kind: str, changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.load("sandbox"), "limits", FILMS)
    path = tmp_path / ("film.mp4" if kind == "video" else "tin.jpg")
    path.write_bytes(made() if kind == "video" else saved(noise(64, 48)))
    medium = desk.app.media.add(path, "Tea.")
    version = drafted(desk, medium, account="sandbox:main")
    assert not version.blocked
    post = desk.approve(version)
    file = desk.app.media.folder / medium.sha256
    data = bytearray(file.read_bytes())
    data[-9] ^= changed
    file.write_bytes(data)
    for _ in range(3):
        desk.drain()
        desk.advance(3600)
    assert desk.live() == ([] if changed else ["The autumn oolongs are here."])
    assert (desk.states(post.id) == ["live"]) is not changed


def test_the_bytes_are_in_what_is_signed(desk: World, tmp_path: Path) -> None:
    film, other = tmp_path / "film.mp4", tmp_path / "other.mp4"
    film.write_bytes(made())
    other.write_bytes(made(fps=20))
    found = [desk.app.media.add(path, "A film.") for path in (film, other)]
    content = drafted(desk, found[0], account="sandbox:main").content
    second = replace(content, parts=(replace(content.parts[0], media=(replace(found[0], sha256=found[1].sha256),)),))
    assert content_hash(content) != content_hash(second)
    longer = replace(content, parts=(replace(content.parts[0], media=(replace(found[0], seconds=9.0),)),))
    assert content_hash(content) != content_hash(longer)


def test_without_ffmpeg_a_video_too_heavy_for_an_account_is_a_finding_with_the_way_out(
    desk: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as on a second machine, where somebody edits a draft."""
    path = tmp_path / "film.mp4"
    path.write_bytes(made())
    medium = desk.app.media.add(path, "A film.")
    monkeypatch.setattr(registry.load("sandbox"), "limits", replace(FILMS, video_bytes=medium.size - 1))
    monkeypatch.setattr(desk.app.media, "_ffmpeg", lambda: None)
    version = drafted(desk, medium, account="sandbox:main")
    (remark,) = [f for f in version.findings if f.check == "platform"]
    assert "need ffmpeg" in remark.message
    assert "SIGNOFF_FFMPEG" in remark.fix
    assert version.blocked


def test_the_program_is_found_by_setting_or_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings import load

    def found() -> str | None:
        with App(load(home=tmp_path, llm_discover=False)) as app:
            return app.media._ffmpeg()

    monkeypatch.setenv("PATH", str(tmp_path))
    assert found() is None
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    assert found() == str(tmp_path / "ffmpeg")
    monkeypatch.setenv("SIGNOFF_FFMPEG", "/opt/ffmpeg")
    assert found() == "/opt/ffmpeg"
