"""Pictures: taken in once, cleaned of camera and place data, and kept under the digest of the bytes to be sent."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from bot.domain.draft import Media
from bot.errors import BadInput, NotFound
from bot.words import say

_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
#: No platform takes a picture larger than this, and reading one costs memory.
MAX_BYTES = 32 * 2**20


class MediaFolder:
    """A folder of files named by SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, path: Path, alt: str) -> Media:
        """Take a picture in, without its EXIF data. Raises BadInput for what is no picture."""
        from PIL import Image, ImageOps, UnidentifiedImageError

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
            with Image.open(io.BytesIO(raw)) as image:
                kind = image.format or ""
                if kind not in _FORMATS:
                    raise BadInput(
                        say("{path} is a {kind}; use JPEG, PNG, WebP or GIF.", path=path, kind=kind or "file")
                    )
                # The camera's rotation is written into the pixels before the tag that says it goes.
                clean = ImageOps.exif_transpose(image) if kind != "GIF" else image
                size = clean.size
                out = io.BytesIO()
                if kind == "GIF":
                    out.write(raw)
                else:
                    clean.save(out, kind, **({"quality": 90} if kind in ("JPEG", "WEBP") else {}))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
            raise BadInput(say("{path} is not a picture that can be read.", path=path)) from None
        data = out.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / digest
        if not target.exists():
            fresh = target.with_suffix(".part")
            fresh.write_bytes(data)
            fresh.replace(target)
        return Media(digest, _FORMATS[kind], size[0], size[1], alt, len(data))

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
