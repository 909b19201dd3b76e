"""Pictures: taken in once, cleaned of camera and place data, and kept under the digest of the bytes to be sent."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from bot.domain.draft import Media
from bot.errors import BadInput, NotFound

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
            raise BadInput(f"The picture {path} cannot be read: {error.strerror}.") from None
        if len(raw) > MAX_BYTES:
            raise BadInput(f"The picture {path} has {len(raw)} bytes; {MAX_BYTES} is the most.")
        try:
            with Image.open(io.BytesIO(raw)) as image:
                kind = image.format or ""
                if kind not in _FORMATS:
                    raise BadInput(f"{path} is a {kind or 'file'}; use JPEG, PNG, WebP or GIF.")
                # The camera's rotation is written into the pixels before the tag that says it goes.
                clean = ImageOps.exif_transpose(image) if kind != "GIF" else image
                size = clean.size
                out = io.BytesIO()
                if kind == "GIF":
                    out.write(raw)
                else:
                    clean.save(out, kind, **({"quality": 90} if kind in ("JPEG", "WEBP") else {}))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
            raise BadInput(f"{path} is not a picture that can be read.") from None
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
            raise NotFound(f"The picture {medium.sha256[:8]} is missing from {self.folder}.") from None
        if hashlib.sha256(data).hexdigest() != medium.sha256:
            raise NotFound(f"The picture {medium.sha256[:8]} is not the one that was signed off.")
        return data
