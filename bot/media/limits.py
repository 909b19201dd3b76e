"""What media must fit into, and the words for what does not."""

from __future__ import annotations

from typing import Protocol

from bot.domain.draft import Media
from bot.errors import BadInput
from bot.words import say

#: No platform takes a picture larger than this, and reading one costs memory.
MOST_PICTURE = 32 * 2**20
#: No platform of ours takes a video larger than this; it is copied before anything reads it.
MOST_VIDEO = 2**30


class Unreadable(ValueError):
    """The bytes are not of the kind they claim to be."""


class Unfit(BadInput):
    """A picture or a video that nothing makes fit; the message says why, the next step what a person can do."""


class MediaLimits(Protocol):
    """The part of a platform's limits that concerns media (``bot.platforms.terms.Limits``)."""

    @property
    def image_bytes(self) -> int: ...
    @property
    def image_types(self) -> tuple[str, ...]: ...
    @property
    def image_pixels(self) -> int | None: ...
    @property
    def gif_bytes(self) -> int | None: ...
    @property
    def gif_pixels(self) -> int | None: ...
    @property
    def videos(self) -> int: ...
    @property
    def video_bytes(self) -> int: ...
    @property
    def video_types(self) -> tuple[str, ...]: ...
    @property
    def video_seconds(self) -> tuple[float, float]: ...
    @property
    def video_pixels(self) -> int | None: ...


def key(limits: MediaLimits) -> tuple[object, ...]:
    """Return the limits as a value: what fits into one fits into another with the same key."""
    return (
        limits.image_bytes, limits.image_types, limits.image_pixels, limits.gif_bytes, limits.gif_pixels,
        limits.videos, limits.video_bytes, limits.video_types, limits.video_seconds, limits.video_pixels,
    )  # fmt: skip


def fits(medium: Media, limits: MediaLimits) -> bool:
    """Say whether a medium can be sent as it is."""
    pixels = medium.width * medium.height
    if medium.is_video:
        shortest, longest = limits.video_seconds
        return (
            limits.videos > 0
            and medium.mime in limits.video_types
            and medium.size <= limits.video_bytes
            and medium.seconds >= shortest
            and not (longest and medium.seconds > longest)
            and (limits.video_pixels is None or pixels <= limits.video_pixels)
        )
    return (
        medium.mime in limits.image_types
        and medium.size <= most_bytes(medium, limits)
        and ((most := most_pixels(medium, limits)) is None or pixels <= most)
    )


def most_bytes(medium: Media, limits: MediaLimits) -> int:
    """Return how many bytes a picture may have."""
    return limits.gif_bytes if medium.moves and limits.gif_bytes is not None else limits.image_bytes


def most_pixels(medium: Media, limits: MediaLimits) -> int | None:
    """Return how many pixels a picture may have; None where nothing is said."""
    kinds = (limits.image_pixels, limits.gif_pixels if medium.mime == "image/gif" else None)
    return min((most for most in kinds if most is not None), default=None)


def amount(size: int) -> str:
    """Write a number of bytes for people, such as ``9.1 MB``; a megabyte has 1,000,000, as platforms count."""
    if size < 1000:
        return say("{n} bytes", n=size)
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
