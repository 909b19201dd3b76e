"""The queue as rows: what waits, what is on its way, what is live, what needs a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.domain.draft import Draft, DraftVersion
from bot.domain.post import Post
from bot.store import drafts, reviewing
from bot.words import say
from bot.workflow import background, when

#: What a row can stand as, in the order of the queue, with its heading.
GROUPS = {
    "asked": "Needs a person",
    "held": "Held back by a check",
    "review": "Waits for a signature",
    "scheduled": "Scheduled",
    "doubtful": "Being looked up on the platform",
    "live": "Live",
    "rejected": "Rejected",
    "lapsed": "Nobody signed in time",
    "refused": "Refused",
    "cancelled": "Cancelled",
    "deleted": "Taken down again",
}
#: Left out unless asked for.
PAST = ("rejected", "lapsed", "cancelled", "deleted")


def rows(conn: Connection, brand: str, now: datetime, everything: bool = False) -> list[dict[str, Any]]:
    """Return the brand's drafts, newest first, each with where it stands; ``everything`` adds what is past."""
    standing = drafts.standing(conn, brand, past=everything)
    made = reviewing.posts_of(conn, [draft.id for draft, _ in standing])
    found = [row(draft, version, made.get(draft.id), now) for draft, version in standing]
    return [one for one in found if everything or one["state"] not in PAST]


def row(draft: Draft, version: DraftVersion, post: Post | None, now: datetime) -> dict[str, Any]:
    """Return one draft as a row of the queue."""
    due, _ = when.instant(version.content.window, now)
    parts = post.parts if post else ()
    urls = [p.receipt.url for p in parts if p.receipt]
    return {
        "id": draft.id,
        "post": post.id if post else None,
        "account": draft.account,
        "state": state(version, post),
        "version": version.version,
        "author": draft.author,
        "due": post.due if post else due if version.content.window.wall else None,
        "zone": version.content.window.zone,
        "text": version.content.parts[0].text if version.content.parts else "",
        "parts": len(version.content.parts),
        "kind": draft.kind,
        "series": draft.series,
        "angle": draft.angle,
        "place": version.known("place"),
        "variant": background.variant(draft, version),
        "live": post.live if post else 0,
        "urls": urls,
        "why": next((p.why for p in parts if p.state.value in ("asked", "refused", "doubtful") and p.why), ""),
    }


def state(version: DraftVersion, post: Post | None) -> str:
    """Return which group of the queue a draft belongs to."""
    if version.state.value == "superseded":
        return "cancelled"
    if post is None:
        known = {"proposed": "held", "in_review": "review", "approved": "scheduled"}
        return known.get(version.state.value, version.state.value)
    states = {p.state.value for p in post.parts}
    for one, group in (("asked", "asked"), ("refused", "refused"), ("doubtful", "doubtful"), ("sending", "doubtful")):
        if one in states:
            return group
    if states == {"live"}:
        return "live"
    if "deleted" in states:
        return "deleted"
    return "cancelled" if "cancelled" in states else "scheduled"


def word(state: str) -> str:
    """Name the state of a part as people say it."""
    return {
        "due": say("waits for its time"),
        "sending": say("being sent"),
        "live": say("live"),
        "refused": say("refused"),
        "doubtful": say("no clear answer; being looked up"),
        "asked": say("needs a person"),
        "cancelled": say("cancelled"),
        "deleted": say("deleted"),
    }[state]
