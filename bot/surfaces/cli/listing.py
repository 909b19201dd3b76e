"""The queue as lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.surfaces.cli import screen
from bot.words import retold, say
from bot.workflow import queue
from bot.workflow.queue import GROUPS, PAST, state, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.app import App
    from bot.domain.post import Post

__all__ = ["GROUPS", "PAST", "line", "notices", "parts", "rows", "state", "word"]


def rows(app: App, conn: Connection, brand: str, everything: bool = False) -> list[dict[str, Any]]:
    """Return the brand's drafts, newest first, each with where it stands; ``everything`` adds what is past."""
    return queue.rows(conn, brand, app.clock.now(), everything)


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


def notices(found: Sequence[dict[str, Any]]) -> list[str]:
    """Write notices as lines, oldest first."""
    marks = {"info": "·", "warn": "!"}
    return [
        f"{marks.get(n['level'], '!')} {retold(n['text'])}\n    {retold(n['next_step'])}".rstrip()
        for n in reversed(found)
    ]
