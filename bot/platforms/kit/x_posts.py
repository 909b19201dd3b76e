"""Read what X says of posts and people, and what X's rules make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.comment import Author, Comment
from bot.domain.reading import Reading
from bot.platforms.kit.x_text import as_written, without_mentions
from bot.words import say

#: What is asked of every post that is read.
FIELDS = (
    "attachments,author_id,conversation_id,created_at,entities,in_reply_to_user_id,lang,note_tweet,referenced_tweets"
)
_HOSTS = {"x.com", "twitter.com", "www.x.com", "www.twitter.com", "mobile.x.com", "mobile.twitter.com"}
_PATH = re.compile(r"/(?:i/web|i|(?P<who>\w{1,15}))/status/(?P<id>[0-9]{1,19})(?:/.*)?")


@dataclass(frozen=True)
class Me:
    """Who the account is at X."""

    id: str
    handle: str
    name: str = ""
    #: Which login said so: another login may be another account.
    login: str = ""


def table(value: Any) -> dict[str, Any]:
    """Take a stranger's JSON only if it is an object."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """Take a stranger's list without what is no object with an id."""
    return [row for row in value if isinstance(row, dict) and row.get("id")] if isinstance(value, list) else []


def is_gone(errors: Any) -> bool:
    """Say whether X tells that a thing is not there for this account: deleted, or behind a lock."""
    kinds = [str(table(e).get("type") or "") for e in errors] if isinstance(errors, list) else []
    return any(kind.endswith(("/resource-not-found", "/not-authorized-for-resource")) for kind in kinds)


def web(handle: str, post: str) -> str:
    """Return the address of a post for people."""
    return f"https://x.com/{handle or 'i'}/status/{post}"


def parse(url: str) -> tuple[str, str] | None:
    """Return (handle, post id) of an address of a post; the handle is empty where the address has none."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    except ValueError:
        return None
    match = _PATH.fullmatch(parts.path) if (parts.hostname or "") in _HOSTS else None
    return (match["who"] or "", match["id"]) if match else None


def related(post: Mapping[str, Any], how: str) -> str:
    """Return the id of the post that this one answers (``replied_to``) or quotes (``quoted``); empty for none."""
    found = [row for row in rows(post.get("referenced_tweets")) if row.get("type") == how]
    return str(found[0]["id"]) if found else ""


def instant(post: Mapping[str, Any]) -> datetime | None:
    """Return when a post was made."""
    try:
        at = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def pictures(post: Mapping[str, Any]) -> int:
    """Return how many media a post has."""
    keys = table(post.get("attachments")).get("media_keys")
    return len(keys) if isinstance(keys, list) else 0


def first_id(post: Mapping[str, Any]) -> str:
    """Return the id that a post had before it was ever edited: each edit is a post with an id of its own.

    https://docs.x.com/x-api/fundamentals/edit-posts (read 2026-11-22)
    """
    history = post.get("edit_history_tweet_ids")
    return str(history[0]) if isinstance(history, list) and history else str(post["id"])


def mentions(post: Mapping[str, Any], me: Me) -> bool:
    """Say whether a post names the account with an @."""
    named = table(post.get("entities")).get("mentions")
    for entity in named if isinstance(named, list) else []:
        if str(table(entity).get("id")) == me.id or str(table(entity).get("username", "")).lower() == me.handle.lower():
            return True
    return False


def quotes(post: Mapping[str, Any], me: Me, includes: Any = None) -> bool:
    """Say whether a post quotes one of the account's: by the quoted post itself, else by its link in the text."""
    quoted = related(post, "quoted")
    if not quoted:
        return False
    for other in rows(table(includes).get("tweets")):
        if str(other["id"]) == quoted:
            return str(other.get("author_id")) == me.id
    urls = table(post.get("entities")).get("urls")
    for entity in urls if isinstance(urls, list) else []:
        named = parse(str(table(entity).get("expanded_url") or ""))
        if named and named[1] == quoted:
            return named[0].lower() == me.handle.lower()
    return False


def summons(post: Mapping[str, Any], me: Me, includes: Any = None) -> bool:
    """Say whether the account may answer a post: it is its own, or its author named or quoted the account.

    For self-serve customers since 23 February 2026, https://docs.x.com/x-api/posts/manage-tweets/integrate
    (read 2026-11-22).
    """
    return str(post.get("author_id")) == me.id or mentions(post, me) or quotes(post, me, includes)


def may_answer(comment: Comment, *, automatic: bool, approved: bool) -> str:
    """Return why ``comment`` must not be answered; empty where it may. Comments come from the timeline of mentions."""
    if comment.kind not in ("reply", "mention", "quote"):
        return say("X lets an app answer only those who mentioned or quoted the account.")
    if automatic and not approved:
        return say("X must approve of automatic answers first; when it has, set AUTO_REPLIES_APPROVED to yes.")
    return ""


def words(post: Mapping[str, Any]) -> str:
    """Return the text of a post. X sets the mention of whom one answers before it; the app does not show that."""
    text = as_written(post)
    return without_mentions(text) if related(post, "replied_to") else text


def comment(post: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]], account: str, me: Me) -> Comment | None:
    """Return a post of the timeline of mentions as a comment; None for our own, and for what cannot be read."""
    who, at, id = str(post.get("author_id") or ""), instant(post), first_id(post)
    if who == me.id or not who or at is None:
        return None
    author, parent, root = table(users.get(who)), related(post, "replied_to"), str(post.get("conversation_id") or "")
    to_us = parent and str(post.get("in_reply_to_user_id")) == me.id
    kind = "reply" if to_us else "quote" if quotes(post, me) else "mention"
    handle = str(author.get("username") or "")
    return Comment(
        account=account,
        # An edited post is known by its first id, under which X still has it.
        remote_id=id,
        author=Author(id=who, handle=handle, name=str(author.get("name") or "")),
        text=words(post),
        at=at,
        kind=kind,
        parent_id=parent,
        root_id=root if root not in (id, str(post["id"])) else "",
        url=web(handle, str(post["id"])),
        language=str(post.get("lang") or ""),
    )


def reading(post: Mapping[str, Any], at: datetime) -> Reading:
    """Return the public counts of a post."""
    counts = table(post.get("public_metrics"))

    def number(name: str) -> int | None:
        value = counts.get(name)
        return value if isinstance(value, int) else None

    return Reading(
        remote_id=str(post["id"]), at=at, likes=number("like_count"), replies=number("reply_count"),
        reposts=number("retweet_count"), views=number("impression_count"),
    )  # fmt: skip
