"""The queue as rows: what waits, what is on its way, what is live, what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.surfaces.cli import screen
from bot.words import retold, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.app import App
    from bot.domain.draft import Draft, DraftVersion
    from bot.domain.post import Post

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


def rows(app: App, conn: Connection, brand: str, everything: bool = False) -> list[dict[str, Any]]:
    """Return the brand's drafts, newest first, each with where it stands; ``everything`` adds what is past."""
    from bot.store import drafts, posts

    found = []
    for draft, version in drafts.standing(conn, brand, past=everything):
        made = [p for p in posts.of_draft(conn, draft.id) if p.version == version.version]
        found.append(_row(draft, version, made[-1] if made else None, app.clock.now()))
    return [row for row in found if everything or row["state"] not in PAST]


def _row(draft: Draft, version: DraftVersion, post: Post | None, now: datetime) -> dict[str, Any]:
    from bot.workflow import background, when

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


def line(row: dict[str, Any]) -> list[str]:
    """Return a row of the queue as columns."""
    from bot.workflow import when

    if row["state"] == "live":
        time = ", ".join(row["urls"][:1])
    else:
        time = when.spoken(row["due"], row["zone"]) if row["due"] else say("as soon as it is signed off")
    if row["parts"] > 1:
        time += " " + say("({live} of {of} live)", live=row["live"], of=row["parts"])
    text = screen.short(row["text"], 44)
    if row["variant"]:
        text = f"{screen.short(row['text'], 30)} ({row['variant']})"
    return [row["id"], row["account"], text, retold(row["why"]) or time]


def parts(post: Post) -> list[str]:
    """Say how each part of a post stands."""
    found = []
    for part in post.parts:
        where = f"  {part.receipt.url}" if part.receipt else f"  {retold(part.why)}" if part.why else ""
        number = say("part {n} of {of}", n=part.n + 1, of=len(post.parts))
        found.append(f"{post.id}  {number}: {word(part.state.value)}{where}")
    return found


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


def notices(found: Sequence[dict[str, Any]]) -> list[str]:
    """Write notices as lines, oldest first."""
    marks = {"info": "·", "warn": "!"}
    return [
        f"{marks.get(n['level'], '!')} {retold(n['text'])}\n    {retold(n['next_step'])}".rstrip()
        for n in reversed(found)
    ]
