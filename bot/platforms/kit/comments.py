"""What others said to us on Bluesky, out of the notifications of the account's own server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.comment import Author, Comment
from bot.platforms.kit import address


def table(value: Any) -> dict[str, Any]:
    """Take a stranger's JSON only if it is an object."""
    return value if isinstance(value, dict) else {}


def read(item: dict[str, Any], account: str, own: str) -> Comment | None:
    """Return a notification as a comment to ``account``; None for what is none, or is by ``own`` itself."""
    record, author = table(item.get("record")), table(item.get("author"))
    if item.get("reason") not in ("reply", "mention", "quote") or author.get("did") == own:
        return None
    above, langs = table(record.get("reply")), record.get("langs")
    handle = str(author.get("handle", ""))
    return Comment(
        account=account,
        remote_id=item["uri"],
        author=Author(
            id=str(author.get("did", "")),
            handle=handle,
            name=str(author.get("displayName", "")),
            bot=any(table(label).get("val") == "bot" for label in author.get("labels") or []),
        ),
        text=str(record.get("text", "")),
        at=datetime.fromisoformat(item["indexedAt"]),
        kind=item["reason"],
        parent_id=str(table(above.get("parent")).get("uri", "")),
        root_id=str(table(above.get("root")).get("uri", "")),
        url=address.web(handle, item["uri"]),
        language=str(langs[0]) if isinstance(langs, list) and langs else "",
    )
