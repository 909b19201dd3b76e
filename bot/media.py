"""Pictures: taken in once, cleaned of camera and place data, and kept under the digest of the bytes to be sent."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.draft import Media
from bot.errors import BadInput, NotFound
from bot.words import say

if TYPE_CHECKING:
    from PIL import Image

_MIMES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
#: What Pillow keeps about a picture that tells of the person or the place.
_TELLTALE = {"exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp", "Raw profile type exif"}
#: No platform takes a picture larger than this, and reading one costs memory.
MAX_BYTES = 32 * 2**20


class Unreadable(ValueError):
    """The bytes are not a picture of the kind they claim to be."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is sent."""

    data: bytes
    mime: str
    width: int
    height: int


def strip(data: bytes, mime: str, *, always: bool = False) -> Picture:
    """Return the picture upright and without metadata; bytes that hold none leave as they came, unless ``always``.

    Orientation lives in the metadata, so the pixels are turned before it goes. Written anew, a picture also loses
    what stands in or behind it unknown to any reader. A GIF is cut and not written anew, so that it keeps moving.
    """
    from PIL import Image, ImageOps, PngImagePlugin

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(data), formats=[_FORMATS[mime]])
            image.load()
        if mime == "image/gif":
            return Picture(_cut_gif(data), mime, *image.size)
    except (
        KeyError, OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:  # fmt: skip
        raise Unreadable(say("This is not a readable {mime} picture.", mime=mime)) from error
    texts = getattr(image, "text", None) if isinstance(image, PngImagePlugin.PngImageFile) else None
    if not (always or _TELLTALE & set(image.info) or texts or len(image.getexif())):
        return Picture(data, mime, *image.size)
    return _anew(ImageOps.exif_transpose(image), mime)


def _anew(upright: Image.Image, mime: str) -> Picture:
    keep = {"icc_profile": upright.info["icc_profile"]} if "icc_profile" in upright.info else {}
    # A copy without info: some of Pillow's writers put back what they find there.
    bare = upright.copy()
    bare.info = {name: value for name, value in upright.info.items() if name in ("transparency", "gamma")}
    quality = {"quality": 92} if mime in ("image/jpeg", "image/webp") else {}
    out = io.BytesIO()
    bare.save(out, format=_FORMATS[mime], **quality, **keep)
    return Picture(out.getvalue(), mime, *bare.size)


def _cut_gif(data: bytes) -> bytes:
    """Take comments, application data (but for the loop count) and what stands behind the end out of a GIF."""

    def table(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    def blocks_end(at: int) -> int:
        while data[at]:
            at += data[at] + 1
        return at + 1

    at = 13 + table(data[10])
    kept = [data[:at]]
    while data[at] != 0x3B:
        start, kind = at, data[at]
        if kind == 0x2C:
            at = blocks_end(at + 11 + table(data[at + 9]))
        elif kind == 0x21:
            at = blocks_end(at + 2)
        else:
            raise ValueError(kind)
        moves = data[start + 3 : start + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
        if kind == 0x2C or data[start + 1] == 0xF9 or (data[start + 1] == 0xFF and moves):
            kept.append(data[start:at])
    return b"".join([*kept, b"\x3b"])


class MediaFolder:
    """A folder of files named by SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, path: Path, alt: str) -> Media:
        """Take a picture in, without what it tells of camera and place. Raises BadInput for what is no picture."""
        from PIL import Image, UnidentifiedImageError

        try:
            raw = path.expanduser().read_bytes()
        except OSError as error:
            raise BadInput(say("The picture {path} cannot be read: {why}.", path=path, why=error.strerror)) from None
        if len(raw) > MAX_BYTES:
            raise BadInput(
                say(
                    "The picture {path} has {size} bytes; {most} is the most.", path=path, size=len(raw), most=MAX_BYTES
                )
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(raw)) as image:
                    kind = image.format or ""
            if kind not in _MIMES:
                raise BadInput(say("{path} is a {kind}; use JPEG, PNG, WebP or GIF.", path=path, kind=kind or "file"))
            clean = strip(raw, _MIMES[kind], always=True)
        except (
            UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, Unreadable
        ):  # fmt: skip
            raise BadInput(say("{path} is not a picture that can be read.", path=path)) from None
        digest = hashlib.sha256(clean.data).hexdigest()
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / digest
        if not target.exists():
            fresh = target.with_suffix(".part")
            fresh.write_bytes(clean.data)
            fresh.replace(target)
        return Media(digest, clean.mime, clean.width, clean.height, alt, len(clean.data))

    def read(self, medium: Media) -> bytes:
        """Return the bytes of a picture. Raises NotFound when they are gone or are no longer the same."""
        try:
            data = (self.folder / medium.sha256).read_bytes()
        except OSError:
            raise NotFound(
                say("The picture {digest} is missing from {folder}.", digest=medium.sha256[:8], folder=self.folder)
            ) from None
        if hashlib.sha256(data).hexdigest() != medium.sha256:
            raise NotFound(say("The picture {digest} is not the one that was signed off.", digest=medium.sha256[:8]))
        return data
