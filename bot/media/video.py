"""Videos, by way of ffmpeg: read with suspicion, cleaned, and made to fit. Every video we keep is H.264 and AAC in MP4.

ffmpeg is a program of its own: no shell, a time-out, only our own copy of a file under a name of ours, no protocol but
``file``, and the kind of file is said and not guessed, so that no playlist in disguise makes it open anything else.
https://ffmpeg.org/ffmpeg-protocols.html#Protocol-Options (read 2026-11-22). What it wrote is read again box by box.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.domain.draft import Media
from bot.errors import BadInput
from bot.media import mp4
from bot.media.limits import MediaLimits, Unfit, Unreadable, amount
from bot.words import say

MIME = "video/mp4"
#: Constant quality of x264: near the original at intake, good where a limit asks for less.
_INTAKE, _GOOD = 18, 23
#: Bits a second for sound: in stereo, or in mono where there is little room; and the least for a picture.
_SOUND, _LITTLE_SOUND, _LEAST = 128_000, 64_000, 80_000
#: Where a video has fewer bits a second than this, its sound is in mono.
_ROOM = 800_000
#: Bits for a pixel of a frame below which fewer pixels look better.
_BITS = 0.035
#: Shortest edge a video is scaled to, in pixels.
_SMALLEST = 144
_LONGEST = 3600.0
_CLEAN = (
    "-sn", "-dn", "-map_metadata:g", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1",
    # Cameras put place and time into the stream itself too, in NAL units of type 6 (SEI).
    "-bsf:v", "filter_units=remove_types=6", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
    "-movflags", "+faststart", "-f", "mp4",
)  # fmt: skip
#: The number of threads changes the bytes: four of them make the same everywhere.
_X264 = ("-c:v", "libx264", "-preset", "medium", "-profile:v", "high", "-threads", "4", "-fpsmax", "60")


@dataclass(frozen=True)
class Video:
    """A video as it is sent; its bytes are in ``path``."""

    path: Path
    width: int
    height: int
    seconds: float


def kind_of(head: bytes) -> str:
    """Return what a file is by its first 64 bytes, in ffmpeg's words: ``mov``, ``matroska``, or nothing."""
    if head[4:8] == b"ftyp" and head[8:12] not in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"M4A "):
        return "mov"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and int.from_bytes(head[:4], "big") >= 8:
        # QuickTime of old has no ``ftyp``.
        return "mov"
    return "matroska" if head[:4] == b"\x1aE\xdf\xa3" and (b"webm" in head or b"matroska" in head) else ""


def take(source: Path, kind: str, work: Path, program: str | None) -> Video:
    """Clean a video of ours-to-be, in the folder ``work``. Raises Unreadable, BadInput without ffmpeg."""
    plain = False
    if kind == "mov":
        with source.open("rb") as file:
            mp4.outline(file)
        try:
            with source.open("rb") as file:
                clip = mp4.read(file)
                plain = clip.plain and clip.seconds > 0
        except Unreadable:
            # Another player's dialect: ffmpeg writes it anew.
            plain = False
    tool = _tool(program)
    out = work / "clean.mp4"
    args = ("-c", "copy") if plain else (*_X264, "-crf", str(_INTAKE), "-vf", _frame("iw*sar", "ih"), *_aac(_SOUND))
    said = _run(tool, kind, source, out, args, _LONGEST)
    made = checked(out)
    told = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", said)
    meant = sum(float(n) * f for n, f in zip(told.groups(), (3600, 60, 1), strict=True)) if told else 0.0
    if "ended prematurely" in said or made.seconds < meant - max(1.0, meant * 0.03):
        raise Unreadable(say("The video is cut off or damaged."))
    # What only has the right boxes shows itself when it is played.
    _ffmpeg(tool, ["-xerror", *_from("mov", out), "-t", "2", "-map", "0:v:0", "-f", "null", "-"], 120.0)
    return made


def checked(path: Path) -> Video:
    """Read a video that we wrote. Raises Unreadable where it is not what we wanted."""
    with path.open("rb") as file:
        clip = mp4.read(file)
    if clip.telltale or not clip.plain or clip.seconds <= 0:
        raise Unreadable(say("The video could not be cleaned."))
    (track,) = clip.of("vide")
    return Video(path, track.width, track.height, clip.seconds)


def look(data: bytes) -> tuple[int, int, float, str]:
    """Return width, height and seconds of an MP4, and what it holds beside picture and sound. Raises Unreadable."""
    clip = mp4.read(io.BytesIO(data))
    shown = clip.of("vide")
    if len(shown) != 1:
        raise Unreadable(say("This is not a readable {mime}.", mime=MIME))
    return shown[0].width, shown[0].height, clip.seconds, clip.telltale


def fit(source: Path, medium: Media, limits: MediaLimits, label: str, work: Path, program: str | None) -> Video:
    """Write a video anew, within pixels and bytes; nothing is cut off its end. Raises Unfit, BadInput."""
    shortest, longest = limits.video_seconds
    if not limits.videos:
        raise Unfit(say("{label} takes no videos.", label=label), next_step=say("Use a picture there."))
    if MIME not in limits.video_types:
        raise Unfit(say("{label} does not take {mime}.", label=label, mime=MIME))
    if longest and medium.seconds > longest:
        raise Unfit(
            say(
                "The video plays {n:.1f} seconds; {label} takes {most:g}.", n=medium.seconds, label=label, most=longest
            ),
            next_step=say("Cut it: what may go, only a person knows."),
        )
    if medium.seconds < shortest:
        raise Unfit(
            say("The video plays {n:.1f} seconds; {label} takes {least:g} and more.", n=medium.seconds, label=label,
                least=shortest), next_step=say("Use a longer one.")
        )  # fmt: skip
    tool, out = _tool(program), work / "fitted.mp4"
    bits = limits.video_bytes * 8 / medium.seconds * 0.95
    sound = _LITTLE_SOUND if bits < _ROOM else _SOUND
    bits -= sound
    pixels = min(medium.width * medium.height, limits.video_pixels or medium.width * medium.height)
    for n in range(4):
        if bits < _LEAST:
            break
        width, height = _size(medium, min(pixels, max(1, int(bits / 25 / _BITS))))
        if min(width, height) < min(_SMALLEST, medium.width, medium.height):
            break
        frame = ("-vf", _frame(str(width), str(height)))
        # A good picture may be small enough. If not, two passes meet a size; a ceiling on the rate (VBV) would take
        # one, but then x264 writes other bytes each time.
        rate = ("-crf", str(_GOOD)) if n == 0 else ("-b:v", str(int(bits)), "-passlogfile", str(work / "passes"))
        if n:
            first = [*_from("mov", source), "-map", "0:V:0", *_X264, *rate, *frame, "-pass", "1", "-f", "null", "-"]
            _ffmpeg(tool, first, _LONGEST)
            rate = (*rate, "-pass", "2")
        _run(tool, "mov", source, out, (*_X264, *rate, *frame, *_aac(sound)), _LONGEST)
        made = checked(out)
        size = out.stat().st_size
        if size <= limits.video_bytes:
            return made
        bits = bits if n == 0 else bits * limits.video_bytes / size * 0.95
    raise Unfit(
        say("A video of {n:.0f} seconds cannot be made small enough for the {most} that {label} takes.",
            n=medium.seconds, most=amount(limits.video_bytes), label=label),
        next_step=say("Use a shorter one."),
    )  # fmt: skip


def still(source: Path, work: Path, program: str | None) -> bytes:
    """Return the first frame of a kept video as a JPEG of at most 640 pixels. Raises BadInput, Unreadable."""
    out = work / "still.jpg"
    shape = "scale=w='min(640,iw)':h=-2"
    args = [*_from("mov", source), "-map", "0:V:0", "-frames:v", "1", "-vf", shape, "-f", "image2", "-c:v", "mjpeg"]
    _ffmpeg(_tool(program), [*args, f"file:{out}"], 60)
    if not out.exists():
        raise Unreadable(say("The video is cut off or damaged."))
    return out.read_bytes()


def _size(medium: Media, pixels: int) -> tuple[int, int]:
    """Return even edges that keep the form within ``pixels``."""
    share = min(1.0, (pixels / (medium.width * medium.height)) ** 0.5)
    return max(2, int(medium.width * share) // 2 * 2), max(2, int(medium.height * share) // 2 * 2)


def _aac(bits: int) -> tuple[str, ...]:
    return "-c:a", "aac", "-b:a", str(bits), "-ac", "2" if bits == _SOUND else "1", "-ar", "48000"


def _frame(width: str, height: str) -> str:
    return f"scale=trunc({width}/2)*2:trunc({height}/2)*2:flags=bicubic,setsar=1,format=yuv420p"


def _tool(program: str | None) -> str:
    if program:
        return program
    how = {
        "darwin": say("Install it with `brew install ffmpeg`."),
        "win32": say("Install it with `winget install ffmpeg`."),
    }.get(sys.platform, say("Install it with `sudo apt install ffmpeg` (Debian, Ubuntu) or `sudo dnf install ffmpeg`."))
    raise BadInput(
        say("Videos need ffmpeg, and this machine has none."),
        next_step=f"{how} " + say("If it is there under another name, set SIGNOFF_FFMPEG to its path."),
    )


def _from(kind: str, source: Path) -> list[str]:
    return ["-protocol_whitelist", "file", "-f", kind, "-i", f"file:{source}"]


def _run(tool: str, kind: str, source: Path, out: Path, args: tuple[str, ...], seconds: float) -> str:
    maps = ("-map", "0:V:0", "-map", "0:a:0?")
    said = _ffmpeg(tool, [*_from(kind, source), *maps, *args, *_CLEAN, f"file:{out}"], seconds)
    if not out.exists() or not out.stat().st_size:
        raise Unreadable(say("The video is cut off or damaged."))
    with out.open("rb+") as file:
        mp4.blank(file)
    return said


def _ffmpeg(tool: str, args: list[str], seconds: float) -> str:
    """Run ffmpeg and return what it said. Raises Unreadable where it did not like the file."""
    try:
        done = subprocess.run(
            [tool, "-nostdin", "-hide_banner", "-nostats", "-y", *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=seconds, check=False,
        )  # fmt: skip
    except OSError as error:
        raise BadInput(
            say("{program} cannot be started: {why}.", program=tool, why=error.strerror or error),
            next_step=say("Set SIGNOFF_FFMPEG to the path of ffmpeg."),
        ) from None
    except subprocess.TimeoutExpired:
        raise BadInput(
            say("The video took longer than {n:.0f} minutes to read.", n=seconds / 60),
            next_step=say("Use a shorter one, or one with fewer pixels."),
        ) from None
    said = done.stderr.decode("utf-8", "replace")
    if any(sign in said for sign in ("Unknown encoder", "Unrecognized option", "No such filter")):
        raise BadInput(
            say("This ffmpeg cannot write H.264: {program}.", program=tool),
            next_step=say("Install one with libx264, version 5 or newer, and set SIGNOFF_FFMPEG to its path."),
        )
    if done.returncode:
        raise Unreadable(say("The video is cut off or damaged."))
    return said
