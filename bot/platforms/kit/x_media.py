"""Bring pictures, animated GIFs and videos to X, with their alt texts; nothing of it is public before the post is.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked and .../best-practices (read 2026-11-22)
"""

from __future__ import annotations

import base64
from typing import Any

from bot import failpoints
from bot.domain.draft import Media
from bot.errors import Refused, TryLater, Unsupported
from bot.platforms.base import Context, Limits
from bot.platforms.kit.images import signed
from bot.platforms.kit.x_money import ALT
from bot.platforms.kit.x_posts import table
from bot.platforms.kit.x_wire import Wire
from bot.words import say

#: Bytes a piece: base64 makes a third more of it, and X takes 5 MB and a thousand pieces.
PIECE = 2 * 1024 * 1024
#: How often, and for how many seconds together, X is asked whether it is through with a video.
_LOOKS, _PATIENCE = 60, 300.0


def ready(context: Context, medium: Media, limits: Limits) -> bytes:
    """Return the bytes of a medium as they were signed. Raises Unsupported, Refused."""
    platform = context.account.platform
    data = context.media(medium) if medium.is_video else signed(context, medium).data
    most = limits.video_bytes if medium.is_video else limits.image_bytes
    if medium.moves and limits.gif_bytes is not None:
        most = limits.gif_bytes
    if len(data) > most:
        kind = say("A video") if medium.is_video else say("A picture")
        message = say("{kind} has {size} bytes of {most}.", kind=kind, size=len(data), most=most)
        raise Unsupported(message, platform=platform)
    return data


def upload(wire: Wire, context: Context, medium: Media, data: bytes) -> str:
    """Upload one medium, wait until X is through with it, describe it, and return its id."""
    # A single request takes no GIF (MediaUploadRequestOneShot), moving or not.
    pieces = medium.is_video or medium.mime == "image/gif"
    id = _in_pieces(wire, context, medium, data) if pieces else _at_once(wire, medium, data)
    failpoints.hit("upload: taken")
    if medium.alt:
        # Alt texts are documented for pictures and GIFs; X says so itself if it takes none for a video.
        body = {"id": id, "metadata": {"alt_text": {"text": medium.alt}}}
        try:
            wire.do("write", "POST", "/2/media/metadata", body, usd=ALT)
        except Refused:
            if not medium.is_video:
                raise
    return id


def _at_once(wire: Wire, medium: Media, data: bytes) -> str:
    body = {"media": _text(data), "media_category": "tweet_image", "media_type": medium.mime}
    said = table(wire.do("write", "POST", "/2/media/upload", body).get("data"))
    id = _id(wire, said)
    return id


def _in_pieces(wire: Wire, context: Context, medium: Media, data: bytes) -> str:
    category = "tweet_video" if medium.is_video else "tweet_gif" if medium.moves else "tweet_image"
    body = {"media_type": medium.mime, "total_bytes": len(data), "media_category": category}
    id = _id(wire, table(wire.do("write", "POST", "/2/media/upload/initialize", body).get("data")))
    for n, first in enumerate(range(0, len(data), PIECE)):
        piece = {"media": _text(data[first : first + PIECE]), "segment_index": n}
        wire.do("write", "POST", f"/2/media/upload/{id}/append", piece)
    said = table(wire.do("write", "POST", f"/2/media/upload/{id}/finalize").get("data"))
    waited = 0.0
    for _ in range(_LOOKS):
        state = table(said.get("processing_info"))
        if not state or state.get("state") == "succeeded":
            return id
        if state.get("state") == "failed":
            error = table(state.get("error"))
            why = str(error.get("message") or error.get("detail") or error.get("name") or "-")
            raise Refused(
                say("X cannot use this video or GIF: {why}", why=wire.scrub(why)[:200]), platform=wire.platform
            )
        pause = _seconds(state.get("check_after_secs"))
        if waited + pause > _PATIENCE:
            break
        context.clock.sleep(pause)
        waited += pause
        said = table(
            wire.do("read", "GET", "/2/media/upload", params={"command": "STATUS", "media_id": id}).get("data")
        )
    raise TryLater(say("X is still working on a video."), platform=wire.platform, after=120.0)


def _id(wire: Wire, said: dict[str, Any]) -> str:
    id = said.get("id")
    if not isinstance(id, str | int) or not str(id).isdigit():
        raise TryLater(say("X's answer names no medium."), platform=wire.platform)
    return str(id)


def _seconds(said: Any) -> float:
    return min(60.0, max(1.0, float(said))) if isinstance(said, int | float) else 5.0


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
