"""Videos for tests, made by the ffmpeg of the package imageio-ffmpeg; and small tests files of other kinds."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg

#: What no published file may tell.
PLACE = "+52.5200+013.4050/"


def program() -> str:
    """Return the path of ffmpeg."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@functools.cache
def made(
    ending: str = "mp4", *more: str, seconds: float = 1.0, size: str = "320x180", fps: int = 25, sound: bool = True
) -> bytes:
    """Return a short film with a place in its metadata and, for H.264, in its stream."""
    into = {"webm": ("-c:v", "libvpx", "-b:v", "300k", "-c:a", "libvorbis")}.get(
        ending,
        ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-bsf:v",
         f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{PLACE}"),
    )  # fmt: skip
    sounds = ("-f", "lavfi", "-i", f"sine=d={seconds}") if sound else ()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"film.{ending}"
        subprocess.run(
            [program(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", f"testsrc2=s={size}:r={fps}:d={seconds}",
             *sounds, *into, "-metadata", f"location={PLACE}", "-metadata", f"comment={PLACE}", "-threads", "1", *more,
             str(out)],
            check=True, timeout=120,
        )  # fmt: skip
        return out.read_bytes()
