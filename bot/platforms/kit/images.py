"""A picture at the moment it leaves: the very bytes that were signed, and nothing in them that tells of the place."""

from __future__ import annotations

from bot.media import Picture, Unreadable, strip
from bot.words import say

__all__ = ["Picture", "Telltale", "Unreadable", "as_signed", "strip"]


class Telltale(ValueError):
    """The bytes hold what tells of a place, a time, a camera or a person."""


def as_signed(data: bytes, mime: str) -> Picture:
    """Return the picture as it is. Raises Unreadable, and Telltale where cleaning would change what was signed."""
    picture = strip(data, mime)
    if picture.data != data:
        raise Telltale(say("A picture holds data of its camera or place. Add it to a new draft, which takes that out."))
    return picture
