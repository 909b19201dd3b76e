"""What a Mastodon server says it takes, and the limits that follow.

https://docs.joinmastodon.org/entities/Instance/#configuration (read 2026-11-22); the figures below are what Mastodon
itself is built with, app/models/media_attachment.rb and app/validators/status_length_validator.rb (read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.platforms.kit.comments import table
from bot.platforms.kit.mastodon_text import LINK
from bot.platforms.terms import Limits

#: Kinds that Signoff makes, of those that Mastodon takes.
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_VIDEOS = ("video/mp4",)


@dataclass(frozen=True)
class ServerLimits(Limits):
    """Limits of one server."""

    #: What every link weighs, however long it is.
    link: int = LINK


USUAL = ServerLimits(
    text=500,
    unit="characters",
    images=4,
    image_bytes=16 * 2**20,
    image_types=_IMAGES,
    image_pixels=33_177_600,
    # A GIF that moves becomes a video there: one to a post.
    # https://docs.joinmastodon.org/user/posting/#attachments (read 2026-11-22)
    gif_bytes=16 * 2**20,
    # GIF_MATRIX_LIMIT in app/models/concerns/attachmentable.rb of mastodon/mastodon; servers do not say it (read
    # 2026-11-22).
    gif_pixels=921_600,
    videos=1,
    video_bytes=99 * 2**20,
    video_types=_VIDEOS,
    video_pixels=8_294_400,
    alt=1500,
    parts=25,
    source="https://docs.joinmastodon.org/entities/Instance/#configuration (2026-11-22); each server says its own",
)


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures in an answer of ``/api/v2/instance`` or ``/api/v1/instance``; what is odd is left out."""
    settings = table(said.get("configuration"))
    statuses, media = table(settings.get("statuses")), table(settings.get("media_attachments"))
    # Servers older than 3.4.2, and Pleroma, say it at the top.
    found: dict[str, Any] = {
        "max_characters": _whole(statuses.get("max_characters") or said.get("max_toot_chars")),
        "max_media_attachments": _whole(statuses.get("max_media_attachments")),
        "characters_reserved_per_url": _whole(statuses.get("characters_reserved_per_url")),
    }
    for name in ("image_size_limit", "image_matrix_limit", "video_size_limit", "video_matrix_limit",
                 "description_limit"):  # fmt: skip
        found[name] = _whole(media.get(name))
    kinds = media.get("supported_mime_types")
    if isinstance(kinds, list):
        found["supported_mime_types"] = [kind for kind in kinds if isinstance(kind, str)]
    for name in ("domain", "uri", "version", "title"):
        if isinstance(said.get(name), str):
            found["domain" if name == "uri" else name] = said[name][:200]
    return {name: value for name, value in found.items() if value is not None}


def limits(known: Any) -> ServerLimits:
    """Return the limits of a server of which ``read`` has found ``known``; Mastodon's own where it is silent."""
    known = table(known)

    def figure(name: str, usual: int | None) -> int:
        return _whole(known.get(name)) or usual or 0

    kinds = known.get("supported_mime_types")
    taken = set(kinds) if isinstance(kinds, list) and kinds else {*_IMAGES, *_VIDEOS}
    images = tuple(kind for kind in _IMAGES if kind in taken)
    videos = tuple(kind for kind in _VIDEOS if kind in taken)
    size = figure("image_size_limit", USUAL.image_bytes)
    return replace(
        USUAL,
        text=figure("max_characters", USUAL.text),
        link=figure("characters_reserved_per_url", USUAL.link),
        images=figure("max_media_attachments", USUAL.images) if images else 0,
        image_bytes=size,
        gif_bytes=size,
        image_types=images,
        image_pixels=figure("image_matrix_limit", USUAL.image_pixels),
        videos=1 if videos else 0,
        video_bytes=figure("video_size_limit", USUAL.video_bytes),
        video_types=videos,
        video_pixels=figure("video_matrix_limit", USUAL.video_pixels),
        alt=figure("description_limit", USUAL.alt),
    )


def less(limits: Limits, characters: int) -> Limits:
    """Return ``limits`` with so many characters less."""
    return replace(limits, text=limits.text - characters) if characters else limits


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
