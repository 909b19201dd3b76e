"""What others said, out of the notifications of an account, by a cursor of our own.

The platform's own "seen" mark is not used: it is shared with the app of the person behind the account.

A stranger's own clock dates a notification: the AppView sorts by the earlier of ``createdAt`` and the time it was
indexed, hands over that time as ``indexedAt``, and indexes out of order (AppView 0.0.280, indexing/plugins/post.js and
routes/notifs.js, read 2026-11-22). Nothing in the list tells when an entry came into it. So each reading goes an hour
behind the newest known entry, one in six hours goes back 30 days for what came late, and what was handed over before is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.comment import Comment
from bot.errors import TryLater
from bot.platforms.base import Cursor, Page, Sight
from bot.platforms.kit import address, comments
from bot.platforms.kit.atproto import Wire, sdk
from bot.platforms.kit.comments import table
from bot.platforms.kit.window import Window

NEAR, FAR, EVERY = timedelta(hours=1), timedelta(days=30), timedelta(hours=6)
#: Notifications in one page. The server takes no more than 100.
PAGE = 100
#: Pages read for an account that has never been read; later reads go back as far as they must.
FIRST_PAGES, MOST_PAGES = 10, 500


def read(wire: Wire, now: datetime, account: str, since: Cursor | None, limit: int) -> Page[Comment]:
    """Walk back from the newest to what is known, then hand over the oldest ``limit`` of the rest.

    What is handed over is new to ``since`` alone, so a crash before it was stored loses and doubles nothing.
    """
    window, page = Window(since, now, near=NEAR, far=FAR, every=EVERY), None
    fresh: dict[str, dict[str, Any]] = {}
    for _ in range(MOST_PAGES if since else FIRST_PAGES):
        items, page = _notifications(wire, page)
        fresh |= {i["uri"]: i for i in items if window.is_new(i["indexedAt"], i["uri"])}
        if page is None or (items and items[-1]["indexedAt"] <= window.stop):
            break
    else:
        if not since and fresh:
            window.begin(min(item["indexedAt"] for item in fresh.values()))
    waiting = sorted(fresh.values(), key=lambda item: (item["indexedAt"], item["uri"]))
    taken, own, more = waiting[:limit], wire.session().did, len(waiting) > limit
    found = [comment for item in taken if (comment := comments.read(item, account, own))]
    cursor = window.after([(item["indexedAt"], item["uri"]) for item in taken], all_taken=not more)
    return Page(tuple(found), cursor, more=more)


def _notifications(wire: Wire, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
    params = sdk().AppBskyNotificationListNotifications.Params(
        cursor=cursor, limit=PAGE, reasons=["reply", "mention", "quote"]
    )
    items, following = wire.listed("app.bsky.notification.listNotifications", params, "notifications")
    known = [i for i in items if isinstance(i.get("indexedAt"), str) and isinstance(i.get("uri"), str)]
    return known, following


def reread(
    wire: Wire, uris: Sequence[str], record: Callable[[str, str], dict[str, Any] | None]
) -> dict[str, str | None]:
    """Return what posts say now, None for those that are gone; ``record`` reads one of (repository, record key).

    getPosts leaves out what is gone, and also what is hidden or not indexed just now, so each that it leaves out is
    asked for by its name. https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/getPosts.json
    (2026-11-22)
    """
    posts, _ = wire.listed("app.bsky.feed.getPosts", sdk().AppBskyFeedGetPosts.Params(uris=list(uris)), "posts")
    shown = {str(p.get("uri")): _text(table(p.get("record"))) for p in posts}
    found: dict[str, str | None] = {uri: shown[uri] for uri in uris if uri in shown}
    for uri in (uri for uri in uris if uri not in shown):
        repo, _, rkey = uri.removeprefix("at://").partition(f"/{address.POST}/")
        try:
            said = record(repo, rkey)
        except TryLater:
            # A whole repository may be away for a while: that says nothing of the post.
            continue
        found[uri] = None if said is None else _text(table(said.get("value")))
    return found


def _text(record: dict[str, Any]) -> str:
    return str(record.get("text", ""))


def sight(wire: Wire, uri: str, record: dict[str, Any] | None) -> Sight:
    """Return a post as its record says, and this account's own posts right below it.

    The AppView says for a moment that it knows of a new post and does not show it yet (measured 2026-11-22), so the
    newest records of the account's own repository are looked at too.
    """
    if record is None:
        return Sight(None)
    params = sdk().AppBskyFeedGetPostThread.Params(uri=uri, depth=1, parent_height=0)
    thread, did = table(wire.query("app.bsky.feed.getPostThread", params).get("thread")), wire.session().did
    below = [table(table(view).get("post")) for view in thread.get("replies") or []]
    shown = {str(p.get("uri")) for p in below if table(p.get("author")).get("did") == did}
    newest = sdk().ComAtprotoRepoListRecords.Params(repo=did, collection=address.POST, limit=100)
    own, _ = wire.listed("com.atproto.repo.listRecords", newest, "records")
    kept = {str(r.get("uri")) for r in own if _parent(r) == uri}
    return Sight(_text(table(record.get("value"))), tuple(sorted(shown | kept)))


def _parent(record: dict[str, Any]) -> str:
    return str(table(table(table(record.get("value")).get("reply")).get("parent")).get("uri", ""))
