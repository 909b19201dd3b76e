"""An account's own records, newest first: the look for a post whose key nobody knows any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.post import Outgoing
from bot.errors import TryLater
from bot.platforms.kit import address
from bot.platforms.kit.atproto import Wire, sdk
from bot.platforms.kit.comments import table
from bot.words import say

#: Pages of 100 records.
_MOST_PAGES = 20


def by_words(wire: Wire, own: str, out: Outgoing, since: datetime) -> dict[str, Any] | None:
    """Return the first record since ``since`` with the words and the parent of ``out``, or None.

    The server lists records by their key, which begins with the time. Raises TryLater for too many of them.
    """
    found: dict[str, Any] | None = None
    parent, cursor = out.parent.remote_id if out.parent else "", None
    for _ in range(_MOST_PAGES):
        where = sdk().ComAtprotoRepoListRecords.Params(repo=own, collection=address.POST, limit=100, cursor=cursor)
        said = wire.query("com.atproto.repo.listRecords", where)
        records = [r for r in said.get("records") or () if isinstance(r, dict)]
        for record in records:
            value = table(record.get("value"))
            made = _instant(value.get("createdAt"))
            if made is not None and made < since:
                return found
            above = str(table(table(value.get("reply")).get("parent")).get("uri") or "")
            if value.get("text") == out.part.text and above == parent:
                found = record
        cursor = said.get("cursor")
        if not records or not isinstance(cursor, str):
            return found
    raise TryLater(say("There are too many newer posts to look through."), platform="bluesky")


def _instant(said: Any) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return made if made.tzinfo else None
