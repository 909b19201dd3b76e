"""Videos are cleaned when they come in, kept whole or not at all, made to fit, and leave as they were signed."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.draft import Media, Part
from bot.errors import BadInput
from bot.media import MediaFolder, Unfit, mp4
from bot.platforms import registry
from bot.platforms.kit.images import Telltale, Unreadable, as_signed
from bot.platforms.kit.media import media_problems
from bot.platforms.terms import Limits
from tests.unit.clips import PLACE, made, program

ROOM = Limits(1, "characters", videos=1, video_bytes=10**9, video_types=("video/mp4",))


def limits(**given: object) -> Limits:
    return Limits(1, "characters", videos=1, **{"video_bytes": 10**9, "video_types": ("video/mp4",), **given})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media", program)


def taken(folder: MediaFolder, data: bytes, name: str = "film.mp4") -> Media:
    path = folder.folder.parent / name
    path.write_bytes(data)
    return folder.add(path, "a test film")


def kept(folder: MediaFolder) -> list[str]:
    """Return everything in the folder, but for the place where work is done."""
    found = sorted(p.relative_to(folder.folder).as_posix() for p in folder.folder.rglob("*"))
    return [name for name in found if name != ".work"]


# --- taking in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
def test_a_video_comes_in_without_its_place_and_leaves_as_it_was_signed(folder: MediaFolder, ending: str) -> None:
    data = made(ending)
    assert PLACE.encode() in data
    medium = taken(folder, data, f"film.{ending}")
    assert (medium.mime, medium.width, medium.height, medium.alt) == ("video/mp4", 320, 180, "a test film")
    assert medium.seconds == pytest.approx(1.0, abs=0.1)
    data = folder.read(medium)
    assert medium.size == len(data)
    for word in (PLACE.encode(), b"Lavf", b"x264", b"udta", b"\xa9xyz", b"loci"):
        assert word not in data
    sent = as_signed(data, medium.mime)
    assert (sent.data, sent.width, sent.height, sent.seconds) == (data, 320, 180, medium.seconds)
    assert kept(folder) == [medium.sha256]


def test_a_video_that_players_turn_is_turned(folder: MediaFolder, tmp_path: Path) -> None:
    straight = tmp_path / "straight.mp4"
    straight.write_bytes(made())
    turned = tmp_path / "turned.mp4"
    subprocess.run(
        [program(), "-v", "error", "-display_rotation", "90", "-i", str(straight), "-c", "copy", str(turned)],
        check=True,
    )
    with turned.open("rb") as file:
        assert mp4.read(file).of("vide")[0].turned
    medium = folder.add(turned, "")
    assert (medium.width, medium.height) == (180, 320)


def test_a_video_without_sound_is_a_video(folder: MediaFolder) -> None:
    assert taken(folder, made(sound=False)).seconds == pytest.approx(1.0, abs=0.1)


def test_what_plays_everywhere_is_not_written_anew(folder: MediaFolder) -> None:
    """The picture itself keeps every bit: only then is a good video as good afterwards."""
    other = MediaFolder(folder.folder.parent / "other", program)
    assert taken(folder, made()).sha256 == taken(other, made()).sha256
    size = taken(folder, made()).size
    assert abs(size - len(made())) < 4000


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
def test_the_same_video_becomes_the_same_bytes(ending: str, tmp_path: Path) -> None:
    found = [taken(MediaFolder(tmp_path / str(n) / "media", program), made(ending), f"f{n}.{ending}") for n in range(2)
             if (tmp_path / str(n)).mkdir() is None]  # fmt: skip
    assert found[0] == found[1]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _broken() -> dict[str, tuple[str, bytes]]:
    film = made()
    return {
        "cut off": ("film.mp4", film[: len(film) * 2 // 3]),
        "cut off webm": ("film.webm", made("webm", seconds=3.0)[:40_000]),
        "only a head": ("film.mp4", film[:40]),
        "no film in it": ("film.mp4", _box(b"ftyp", b"isom\0\0\0\0isom") + _box(b"moov", _box(b"free", b"\0" * 40))),
        "a playlist": ("film.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"),
        "a playlist behind a head": ("film.mp4", _box(b"ftyp", b"isom") + b"ffconcat version 1.0\nfile /etc/passwd\n"),
        "another kind by name": ("film.webm", film),
        "a picture by name": ("film.png", film),
        "a page too": ("film.mp4", _box(b"ftyp", b"isom" + b"<html><script>1</script>") + film),
        "an archive too": ("film.mp4", film + _box(b"free", b"PK\5\6" + b"\0" * 18)),
        "something behind": ("film.mp4", film + b"tea"),
        "sound alone": ("film.mp4", made("m4a", "-vn")),
    }


@pytest.mark.parametrize("name", list(_broken()))
def test_what_is_cut_off_or_lies_is_refused_and_nothing_is_kept(folder: MediaFolder, name: str) -> None:
    with pytest.raises(BadInput):
        taken(folder, *reversed(_broken()[name]))
    assert not folder.folder.exists() or kept(folder) == []


def test_a_film_of_noise_in_the_right_boxes_is_refused(folder: MediaFolder) -> None:
    film = bytearray(made(seconds=2.0, sound=False))
    at = film.index(b"mdat") + 4
    end = at - 8 + int.from_bytes(film[at - 8 : at - 4], "big")
    while at < end:
        size = int.from_bytes(film[at : at + 4], "big")
        film[at + 6 : at + 4 + size] = b"\x5a" * max(0, size - 2)
        at += 4 + size
    with pytest.raises(BadInput):
        taken(folder, bytes(film))
    assert kept(folder) == []


def test_without_ffmpeg_a_person_reads_what_to_install(tmp_path: Path) -> None:
    bare = MediaFolder(tmp_path / "media")
    with pytest.raises(BadInput, match="ffmpeg") as refused:
        taken(bare, made())
    assert "SIGNOFF_FFMPEG" in refused.value.next_step
    assert "install" in refused.value.next_step
    assert kept(bare) == []


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_how_to_install_it_is_said_for_each_system(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.media.video.sys.platform", platform)
    with pytest.raises(BadInput) as refused:
        taken(MediaFolder(tmp_path / "media"), made())
    assert {"darwin": "brew", "win32": "winget", "linux": "apt"}[platform] in refused.value.next_step


@pytest.mark.parametrize("what", ["/nowhere/ffmpeg", "/etc/hostname"])
def test_an_ffmpeg_that_cannot_be_started_is_named(tmp_path: Path, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        taken(MediaFolder(tmp_path / "media", lambda: what), made())


def _script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "ffmpeg"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_ffmpeg_gets_our_own_copy_one_protocol_and_the_kind_of_file(tmp_path: Path) -> None:
    log = tmp_path / "args"
    tool = _script(tmp_path, f"open({str(log)!r}, 'w').write('\\n'.join(sys.argv[1:])); sys.exit(1)")
    folder = MediaFolder(tmp_path / "media", lambda: tool)
    with pytest.raises(BadInput):
        taken(folder, made(), "; rm -rf $HOME.mp4")
    args = log.read_text(encoding="utf-8").split("\n")
    at = args.index("-i")
    assert args[at - 4 : at] == ["-protocol_whitelist", "file", "-f", "mov"]
    assert Path(args[at + 1].removeprefix("file:")).is_relative_to(folder.folder / ".work")
    assert "-nostdin" in args
    assert not any("rm -rf" in arg for arg in args)


def test_an_ffmpeg_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.media.video._LONGEST", 1.0)
    folder = MediaFolder(tmp_path / "media", lambda: _script(tmp_path, "time.sleep(60)"))
    began = time.monotonic()
    with pytest.raises(BadInput, match="took longer"):
        taken(folder, made())
    assert time.monotonic() - began < 30
    assert kept(folder) == []


def test_an_ffmpeg_that_writes_something_else_is_not_believed(tmp_path: Path) -> None:
    """What it wrote is read again: a place that was left in is found."""
    film = tmp_path / "dirty.mp4"
    clean = MediaFolder(tmp_path / "other", program)
    film.write_bytes(clean.read(taken(clean, made())) + _box(b"uuid", PLACE.encode()))
    body = f"import shutil; shutil.copy({str(film)!r}, sys.argv[-1].removeprefix('file:'))"
    folder = MediaFolder(tmp_path / "media", lambda: _script(tmp_path, body))
    with pytest.raises(BadInput):
        taken(folder, made())
    assert kept(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_a_process_killed_at_work_leaves_nothing_by_digest_and_the_next_cleans_up(tmp_path: Path) -> None:
    body = (
        f"open({str(tmp_path / 'at')!r}, 'w').write(str(os.getpid()))\n"
        "open(sys.argv[-1].removeprefix('file:'), 'wb').write(b'half')\ntime.sleep(60)"
    )
    tool = _script(tmp_path, body)
    (tmp_path / "film.mp4").write_bytes(made())
    code = (
        f"from pathlib import Path; from bot.media import MediaFolder; at = Path({str(tmp_path)!r});"
        f"MediaFolder(at / 'media', lambda: {tool!r}).add(at / 'film.mp4', '')"
    )
    root = Path(__file__).parents[2]
    started = subprocess.Popen([sys.executable, "-c", code], cwd=root)
    for _ in range(1500):
        if (tmp_path / "at").exists() and (tmp_path / "at").read_text():
            break
        time.sleep(0.1)
    started.send_signal(signal.SIGKILL)
    started.wait()
    os.kill(int((tmp_path / "at").read_text()), signal.SIGKILL)
    folder = MediaFolder(tmp_path / "media", program)
    assert all(name.startswith(".work/") for name in kept(folder))
    assert any(name.endswith("source") for name in kept(folder))
    medium = folder.add(tmp_path / "film.mp4", "")
    assert kept(folder) == [medium.sha256]


# --- made to fit -------------------------------------------------------------------------------------------


def test_what_fits_stays_what_it_is(folder: MediaFolder) -> None:
    medium = taken(folder, made())
    assert folder.fit(medium, ROOM, "X") is medium


@pytest.mark.parametrize("most", [60_000, 150_000])
def test_a_heavy_video_is_made_light_and_always_the_same(folder: MediaFolder, most: int) -> None:
    medium = taken(folder, made(seconds=3.0, size="640x360"))
    assert medium.size > most
    found = folder.fit(medium, limits(video_bytes=most), "X")
    assert found.size <= most
    assert found.alt == medium.alt
    assert found.seconds == pytest.approx(medium.seconds, abs=0.1)
    assert as_signed(folder.read(found), found.mime).data
    assert folder.read(medium)
    again = MediaFolder(folder.folder, program)
    assert again.fit(medium, limits(video_bytes=most), "X") == found


def test_pixels_are_kept_to_with_even_edges(folder: MediaFolder) -> None:
    medium = taken(folder, made(size="642x358"))
    found = folder.fit(medium, limits(video_pixels=100_000), "X")
    assert found.width * found.height <= 100_000
    assert found.width % 2 == found.height % 2 == 0
    assert found.width / found.height == pytest.approx(642 / 358, rel=0.02)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"videos": 0}, "takes no videos"),
        ({"video_types": ("video/webm",)}, "does not take video/mp4"),
        ({"video_seconds": (0.0, 0.5)}, "takes 0.5"),
        ({"video_seconds": (5.0, 9.0)}, "takes 5 and more"),
        ({"video_bytes": 3000}, "small enough"),
    ],
)
def test_what_cannot_be_made_to_fit_says_why_and_stays(folder: MediaFolder, given: dict[str, object], why: str) -> None:
    medium = taken(folder, made())
    with pytest.raises(Unfit, match=why):
        folder.fit(medium, replace(ROOM, **given), "X")  # type: ignore[arg-type]
    assert kept(folder) == [medium.sha256]


@pytest.mark.parametrize("platform", [name for name in registry.ids() if registry.load(name).limits.videos])
def test_a_video_fits_each_platform_that_takes_one(folder: MediaFolder, platform: str) -> None:
    """With the limits of bytes and pixels scaled down to what a test can bear."""
    real = registry.load(platform).limits
    medium = taken(folder, made(seconds=2.0, size="640x360"))
    small = replace(real, video_bytes=90_000, video_pixels=120_000)
    found = folder.fit(medium, small, platform)
    assert media_problems(platform, Part("x", (found,)), small) == []
    assert media_problems(platform, Part("x", (medium,)), real) == []
    over = Media(medium.sha256, medium.mime, 320, 180, "", real.video_bytes + 1, real.video_seconds[1] + 0.1)
    assert media_problems(platform, Part("x", (over,)), real)


# --- leaving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_a_video_that_still_tells_is_not_sent(ending: str) -> None:
    with pytest.raises(Telltale):
        as_signed(made(ending), "video/mp4")


@pytest.mark.parametrize("data", [b"", b"tea", made()[:100], made("webm")])
def test_what_is_no_video_is_not_sent(data: bytes) -> None:
    with pytest.raises(Unreadable):
        as_signed(data, "video/mp4")
