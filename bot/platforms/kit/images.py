"""A picture or a video at the moment it leaves: the bytes that were signed, and nothing that tells of the place."""

from __future__ import annotations

from bot.domain.draft import Media
from bot.errors import Refused, Unsupported
from bot.media import Picture, Unreadable, strip, video
from bot.platforms.terms import Context
from bot.words import say

__all__ = ["Picture", "Telltale", "Unreadable", "as_signed", "signed", "strip"]


class Telltale(ValueError):
    """The bytes hold what tells of a place, a time, a camera or a person."""


def as_signed(data: bytes, mime: str) -> Picture:
    """Return the medium as it is. Raises Unreadable, and Telltale where cleaning would change what was signed.

    A video is one that the media folder wrote, or none: it holds picture and sound, and no box that could tell more.
    """
    if mime == video.MIME:
        width, height, seconds, telltale = video.look(data)
        if telltale:
            raise Telltale(
                say("A video holds more than picture and sound. Add it to a new draft, which takes that out.")
            )
        return Picture(data, mime, width, height, seconds)
    picture = strip(data, mime)
    if picture.data != data:
        raise Telltale(say("A picture holds data of its camera or place. Add it to a new draft, which takes that out."))
    return picture


def signed(context: Context, medium: Media) -> Picture:
    """Return a medium as it was signed. Raises Unsupported or Refused where it is not fit to be sent."""
    try:
        return as_signed(context.media(medium), medium.mime)
    except Unreadable as bad:
        raise Unsupported(str(bad), platform=context.account.platform) from None
    except Telltale as bad:
        raise Refused(str(bad), platform=context.account.platform) from None
