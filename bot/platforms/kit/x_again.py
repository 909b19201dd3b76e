"""Posts on X read by their ids, a hundred a call: what they say now, and their counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.domain.reading import Reading
from bot.errors import TryLater
from bot.platforms.kit import x_posts
from bot.platforms.kit.x_money import READ_POST
from bot.platforms.kit.x_posts import FIELDS, rows, table
from bot.platforms.kit.x_wire import Wire
from bot.words import say

#: GET /2/tweets takes so many ids: https://docs.x.com/x-api/posts/get-posts-by-ids (read 2026-11-22).
BATCH = 100


def reread(wire: Wire, ids: Sequence[str]) -> dict[str, str | None]:
    """Return what posts say now by the ids of their first versions; None for those that are gone.

    An edit has an id of its own, and the first version stays readable: the newest one of its history is asked for too.
    https://docs.x.com/x-api/fundamentals/edit-posts (read 2026-11-22)
    """
    posts, gone = _many(wire, ids, FIELDS)
    newest = {name: _newest(post) for name, post in posts.items()}
    later = [last for name, last in newest.items() if last != name]
    fresh, _ = _many(wire, later, FIELDS) if later else ({}, set())
    found: dict[str, str | None] = {
        name: x_posts.words(fresh.get(last) or posts[name]) for name, last in newest.items()
    }
    return found | dict.fromkeys(gone & set(ids), None)


def readings(wire: Wire, ids: Sequence[str], now: Callable[[], datetime]) -> Iterator[Reading]:
    """Yield the public counts of posts that are there."""
    for first in range(0, len(ids), BATCH):
        posts, _ = _many(wire, ids[first : first + BATCH], "public_metrics")
        yield from (x_posts.reading(post, now()) for post in posts.values())


def _many(wire: Wire, ids: Sequence[str], fields: str) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """Return the posts that are there by id, and the ids of those that X says are not."""
    said = wire.read("/2/tweets", {"ids": ",".join(ids), "tweet.fields": fields}, each=READ_POST, most=len(ids))
    data, errors = said.get("data", []), said.get("errors")
    if not isinstance(data, list):
        raise TryLater(say("X's answer holds nothing that was asked for."), platform="x")
    lost = [table(e) for e in errors if x_posts.is_gone([e])] if isinstance(errors, list) else []
    return {str(post["id"]): post for post in rows(data)}, {str(e.get("resource_id") or e.get("value")) for e in lost}


def _newest(post: dict[str, Any]) -> str:
    history = post.get("edit_history_tweet_ids")
    return str(history[-1]) if isinstance(history, list) and history else str(post["id"])
