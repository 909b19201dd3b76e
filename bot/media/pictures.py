"""Pictures: read with suspicion, cleaned of what tells of camera and place, and made to fit a platform's limits."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.draft import Media
from bot.media import gif
from bot.media.limits import MediaLimits, Unfit, Unreadable, amount
from bot.words import say

if TYPE_CHECKING:
    from PIL import Image

MIMES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
#: What Pillow keeps about a picture that tells of the person or the place.
_TELLTALE = {"exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp", "Raw profile type exif"}
#: Most pixels of all frames of a GIF together: reading them costs time.
_MOST_FRAMES = 2**29
#: Qualities tried at each size, best first. Below the last one a smaller picture looks better than a coarse one.
_QUALITIES = (90, 85, 80)
#: A picture is not scaled below this longest edge, in pixels; there, and only there, coarser ones are tried too.
_SMALLEST, _COARSE = 400, (70, 60)


@dataclass(frozen=True)
class Picture:
    """A picture as it is sent."""

    data: bytes
    mime: str
    width: int
    height: int
    #: How long it plays; 0 for one that stands still.
    seconds: float = 0.0


@contextmanager
def _read(mime: str) -> Iterator[None]:
    """Turn what Pillow says of bad bytes, and of too many pixels, into Unreadable."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Pillow speaks up about odd metadata, which goes anyway.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except (
        KeyError, OSError, ValueError, SyntaxError, IndexError, EOFError, OverflowError, MemoryError,
        Image.DecompressionBombError, Image.DecompressionBombWarning,
    ) as error:  # fmt: skip
        raise Unreadable(say("This is not a readable {mime} picture.", mime=mime)) from error


def kind_of(data: bytes) -> str:
    """Return the MIME type of a picture by its bytes. Raises Unreadable for what is none that platforms take."""
    from PIL import Image

    with _read("-"), Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF"]) as image:
        return MIMES[image.format or ""]


def strip(data: bytes, mime: str, *, always: bool = False) -> Picture:
    """Return the picture upright and without metadata; bytes that hold none leave as they came, unless ``always``.

    Orientation lives in the metadata, so the pixels are turned before it goes. Written anew, a picture also loses
    what stands in or behind it unknown to any reader. A GIF is cut and not written anew, so that it keeps moving.
    Raises Unreadable; also for a PNG or WebP that moves, which would stand still written anew.
    """
    from PIL import Image, ImageOps, PngImagePlugin

    with _read(mime):
        image: Image.Image = Image.open(io.BytesIO(data), formats=[_FORMATS[mime]])
        frames = 1 if mime == "image/jpeg" else getattr(image, "n_frames", 1)
        if mime == "image/gif":
            if frames * image.width * image.height > _MOST_FRAMES:
                raise ValueError(frames)
            for n in range(frames):
                image.seek(n)
                image.load()
            return Picture(gif.cut(data), mime, *image.size, gif.seconds(data))
        image.load()
        texts = getattr(image, "text", None) if isinstance(image, PngImagePlugin.PngImageFile) else None
        clean = not (_TELLTALE & set(image.info) or texts or len(image.getexif()))
    if always and frames > 1:
        raise Unreadable(say("This is a moving {mime} picture: make it a GIF or a video.", mime=mime))
    if clean and not always:
        return Picture(data, mime, *image.size)
    with _read(mime):
        upright = ImageOps.exif_transpose(image)
        return Picture(_written(upright, mime, 92), mime, *upright.size)


def _written(upright: Image.Image, mime: str, quality: int) -> bytes:
    keep = {"icc_profile": upright.info["icc_profile"]} if upright.info.get("icc_profile") else {}
    # A copy without info: some of Pillow's writers put back what they find there.
    bare = upright.copy()
    bare.info = {name: value for name, value in upright.info.items() if name in ("transparency", "gamma")}
    more = {"quality": quality} if mime in ("image/jpeg", "image/webp") else {}
    out = io.BytesIO()
    bare.save(out, format=_FORMATS[mime], **more, **keep)
    return out.getvalue()


# --- made to fit -------------------------------------------------------------------------------------------


def fit(data: bytes, medium: Media, limits: MediaLimits, label: str) -> Picture:
    """Return a still picture in a type, with the pixels and the bytes that are taken; always the same for the same.

    First the type that loses least, then as large as fits at each of ``_QUALITIES``, then smaller. Raises Unfit.
    """
    from PIL import Image

    if not limits.image_types:
        raise Unfit(say("{label} takes no pictures.", label=label))
    with _read(medium.mime):
        image: Image.Image = Image.open(io.BytesIO(data), formats=[_FORMATS[medium.mime]])
        image.load()
        image = _plain(image)
    sized, smallest_edge = image, min(_SMALLEST, max(image.size))
    if limits.image_pixels is not None and image.width * image.height > limits.image_pixels:
        sized = _scaled(image, (limits.image_pixels / (image.width * image.height)) ** 0.5, limits.image_pixels)
    while True:
        smallest = 0
        for mime in _types(sized, medium.mime, limits.image_types):
            for quality in _qualities(mime, max(sized.size) <= smallest_edge):
                made = _written(_opaque(sized) if mime == "image/jpeg" else sized, mime, quality)
                if len(made) <= limits.image_bytes:
                    return Picture(made, mime, *sized.size)
                smallest = min(smallest or len(made), len(made))
        # Bytes grow a little slower than pixels do.
        share = min(0.9, max(0.25, (limits.image_bytes / smallest) ** 0.5 * 0.97)) * max(sized.size) / max(image.size)
        if max(sized.size) <= smallest_edge:
            raise Unfit(
                say("A picture of {size} cannot be made small enough for {label}.", size=amount(medium.size),
                    label=label),
                next_step=say("Use a smaller picture, or one with less in it."),
            )  # fmt: skip
        sized = _scaled(image, max(share, smallest_edge / max(image.size)), image.width * image.height)


def _qualities(mime: str, last: bool) -> tuple[int, ...]:
    if mime not in ("image/jpeg", "image/webp"):
        return (0,)
    return _QUALITIES + _COARSE if last else _QUALITIES


def _types(image: Image.Image, now: str, taken: tuple[str, ...]) -> list[str]:
    """Return the types to try, the one that loses least first: its own, then those that keep what is see-through."""
    order = ("image/webp", "image/png") if _clear(image) else ("image/jpeg", "image/webp", "image/png")
    # One more than its own is enough, and each costs seconds with a large picture.
    other = [mime for mime in order if mime in taken][:1]
    found = list(dict.fromkeys([now, *other] if now in taken and now in ("image/png", *order[:1]) else other))
    # On white, where nothing else is taken.
    return found or [mime for mime in ("image/jpeg", "image/gif") if mime in taken] or _none(taken)


def _none(taken: tuple[str, ...]) -> list[str]:
    raise Unfit(say("No type of picture is known among {types}.", types=", ".join(taken)))


def _clear(image: Image.Image) -> bool:
    return image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in grey, RGB or RGBA, in colours that every screen shows alike."""
    from PIL import ImageCms

    profile, made = image.info.get("icc_profile"), image
    if image.mode == "CMYK" and profile:
        try:
            made = ImageCms.profileToProfile(  # type: ignore[assignment]
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError:
            made = image.convert("RGB")
        profile = None
    elif image.mode.startswith("I;16"):
        made = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("P", "PA", "LA", "RGBa", "La") or "transparency" in image.info:
        made = image.convert("RGBA")
        made = made if _clear(made) else made.convert("RGB")
    elif image.mode not in ("L", "RGB", "RGBA"):
        made, profile = image.convert("RGB"), None
    made = made.copy()
    made.info = {"icc_profile": profile} if profile else {}
    return made


def _opaque(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    ground.info = dict(image.info)
    return ground


def _scaled(image: Image.Image, share: float, most: int) -> Image.Image:
    from PIL import Image

    width, height = max(1, round(image.width * share)), max(1, round(image.height * share))
    while width * height > most:
        width, height = (width - 1, height) if width >= height else (width, height - 1)
    made = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    made.info = dict(image.info)
    return made
