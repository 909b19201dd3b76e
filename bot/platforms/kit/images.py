"""Make a picture fit to leave: no place, time or camera in it, upright, and with its true size."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from bot.words import say


class Unreadable(ValueError):
    """The bytes are not a picture of the kind they claim to be."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is sent."""

    data: bytes
    mime: str
    width: int
    height: int


_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
#: What Pillow keeps about a picture that tells of the person or the place.
_TELLTALE = {"exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp", "Raw profile type exif"}


def strip(data: bytes, mime: str) -> Picture:
    """Return the picture without metadata; bytes that hold none leave as they came.

    Orientation lives in the metadata, so the pixels are turned before it goes.
    """
    from PIL import Image, ImageOps, PngImagePlugin

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=[_FORMATS[mime]])
            image.load()
    except (KeyError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise Unreadable(say("This is not a readable {mime} picture.", mime=mime)) from error
    texts = getattr(image, "text", None) if isinstance(image, PngImagePlugin.PngImageFile) else None
    if not (_TELLTALE & set(image.info) or texts or len(image.getexif())):
        return Picture(data, mime, *image.size)
    upright = ImageOps.exif_transpose(image)
    keep = {"icc_profile": image.info["icc_profile"]} if "icc_profile" in image.info else {}
    # A copy without info: some of Pillow's writers put back what they find there.
    bare = upright.copy()
    bare.info = {name: value for name, value in upright.info.items() if name in ("transparency", "gamma")}
    quality = {"quality": 95} if mime in ("image/jpeg", "image/webp") else {}
    out = io.BytesIO()
    bare.save(out, format=_FORMATS[mime], **quality, **keep)
    return Picture(out.getvalue(), mime, *bare.size)
