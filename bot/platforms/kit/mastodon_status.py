"""A status as Mastodon servers hand it out: its receipt, its address, and whether it is what we sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.platforms.kit.mastodon_html import text_of
from bot.platforms.kit.mastodon_notes import instant
from bot.platforms.kit.mastodon_text import alike

#: ``/@name/1``, ``/@name@host/1``, ``/users/name/statuses/1``, ``/web/statuses/1``, ``/deck/@name/1``; other servers
#: of the same interface have letters in their ids.
_PATH = re.compile(r"/(?:deck/|web/)?(?:@[^/]+|@[^/]+/statuses|users/[^/]+/statuses|statuses)/([0-9A-Za-z]+)/?")


def receipt(status: Mapping[str, Any], fallback: datetime) -> Receipt | None:
    """Return the receipt of a status; None where the answer names none."""
    name, url = status.get("id"), status.get("url") or status.get("uri")
    if not isinstance(name, str) or not name or not isinstance(url, str):
        return None
    return Receipt(name, url, instant(status.get("created_at")) or fallback)


def reading(status: Mapping[str, Any], at: datetime) -> Reading:
    """Return a status's counts at an instant."""
    likes, replies, reposts = (status.get(f"{name}_count") for name in ("favourites", "replies", "reblogs"))
    return Reading(remote_id=str(status.get("id")), at=at, likes=likes, replies=replies, reposts=reposts)


def address(url: str) -> tuple[str, str] | None:
    """Return host and id that the address of a status names; None for another address."""
    try:
        parts = urlsplit(url.strip())
        found = _PATH.fullmatch(parts.path) if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
    return (parts.netloc.lower(), found[1]) if found else None


def is_ours(status: Mapping[str, Any], out: Outgoing, since: datetime) -> bool:
    """Say whether a status of the own timeline is ``out``, sent after ``since``.

    Text and warning are compared without what a server rewrites; the parent, the number of media and the time must
    agree. A boost or an older post with the same words is not it.
    """
    made = instant(status.get("created_at"))
    if made is None or made < since - timedelta(milliseconds=1) or status.get("reblog"):
        return False
    parent = out.parent.remote_id if out.parent else ""
    return (
        alike(text_of(str(status.get("content") or ""))) == alike(out.part.text)
        and alike(str(status.get("spoiler_text") or "")) == alike(out.warning)
        and str(status.get("in_reply_to_id") or "") == parent
        and len(status.get("media_attachments") or ()) == len(out.part.media)
    )
