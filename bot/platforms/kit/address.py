"""How people and the protocol name a Bluesky post: the app's address, and ``at://``."""

from __future__ import annotations

import re

POST = "app.bsky.feed.post"
_ADDRESS = re.compile(
    r"https?://(?:www\.)?bsky\.app/profile/([^/?#\s]+)/post/([A-Za-z0-9._~-]+)/?(?:[?#]\S*)?"
    rf"|at://([^/\s]+)/{re.escape(POST)}/([A-Za-z0-9._~-]+)"
)


def web(handle: str, uri: str) -> str:
    """Return where people read the post."""
    return f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}"


def parse(url: str) -> tuple[str, str] | None:
    """Return the account (handle or DID, in small letters) and the record key that an address names."""
    match = _ADDRESS.fullmatch(url.strip())
    return ((match[1] or match[3]).lower().removeprefix("@"), match[2] or match[4]) if match else None
