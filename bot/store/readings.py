"""What came of live posts, by age: rows <-> domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select

from bot.domain.post import PostState, Receipt
from bot.domain.reading import Reading
from bot.store.fitting import LARGEST
from bot.store.hints import unindexed
from bot.store.tables import post, post_part, reading

#: Hours after a part went live at which its counts are read.
AGES = (1, 6, 24, 168)
#: A part whose last reading has not worked out for so long is left alone.
GIVE_UP = timedelta(days=14)
COUNTS = ("likes", "replies", "reposts", "views")


@dataclass(frozen=True)
class Due:
    """One live part whose counts are to be read now, for ``age`` (hours)."""

    post_id: str
    n: int
    age: int
    receipt: Receipt


def due(conn: Connection, now: datetime, account: str, limit: int) -> list[Due]:
    """Return up to ``limit`` parts of an account to read now, the newest first.

    A part that several ages of which passed unread is due once, for the latest.
    """
    wanted, query = _due(now)
    query = query.add_columns(
        wanted.label("age"), post_part.c.remote_id, post_part.c.url, post_part.c.live_at, post_part.c.cid
    )
    query = query.where(post_part.c.account == account).order_by(post_part.c.live_at.desc()).limit(limit)
    return [
        Due(row.post_id, row.n, row.age, Receipt(row.remote_id, row.url or "", row.live_at, row.cid or ""))
        for row in conn.execute(query)
    ]


def accounts_due(conn: Connection, now: datetime) -> list[str]:
    """Return accounts that have a part to read now."""
    _, query = _due(now)
    return sorted(conn.execute(query.with_only_columns(post_part.c.account).distinct()).scalars().all())


def _due(now: datetime) -> tuple[Any, Any]:
    part, past = post_part.c, [(post_part.c.live_at <= now - timedelta(hours=a), a) for a in reversed(AGES)]
    wanted = case(*past, else_=0)
    read = select(func.max(reading.c.age)).where(reading.c.post_id == part.post_id, reading.c.n == part.n)
    behind = func.coalesce(read.scalar_subquery(), 0) < wanted
    alive = (part.state == PostState.LIVE.value, part.remote_id.is_not(None), part.live_at > now - GIVE_UP)
    return wanted, select(part.post_id, part.n).where(*alive, behind)


def add(conn: Connection, found: Iterable[tuple[Due, Reading | None]], at: datetime) -> None:
    """Store what was read; None stands for a part that the platform knew no more."""
    for what, told in found:
        counts = {name: getattr(told, name) if told else None for name in COUNTS}
        # What is seen more often than a column can count is as good as the largest number.
        counts = {name: n if n is None else min(n, LARGEST) for name, n in counts.items()}
        key = {"post_id": what.post_id, "n": what.n, "age": what.age}
        conn.execute(insert(reading).values(**key, at=told.at if told else at, **counts))


def of_post(conn: Connection, post_id: str) -> list[dict[str, Any]]:
    """Return every reading of a post, by part, oldest first."""
    query = select(reading).where(reading.c.post_id == post_id).order_by(reading.c.n, reading.c.age)
    return [dict(row) for row in conn.execute(query).mappings()]


def latest(conn: Connection, post_ids: Sequence[str]) -> dict[str, Reading]:
    """Return the newest counts of each post, its parts taken together; posts without a reading are left out.

    Likes, reposts and replies are summed, without the replies that the next part of a thread is; of views the most.
    """
    found: dict[str, Reading] = {}
    newest = (
        select(reading.c.post_id, reading.c.n, func.max(reading.c.age).label("age"))
        .where(reading.c.post_id.in_(bindparam("posts", expanding=True)))
        .group_by(reading.c.post_id, reading.c.n)
        .subquery()
    )
    same = and_(*(reading.c[name] == newest.c[name] for name in ("post_id", "n", "age")))
    below = post_part.alias("below")
    answered = (
        select(below.c.n)
        .where(below.c.post_id == reading.c.post_id, below.c.n == reading.c.n + 1)
        .where(or_(below.c.state == PostState.LIVE.value, below.c.state == PostState.DELETED.value))
        .exists()
    )
    query = (
        select(reading, post_part.c.remote_id, case((answered, 1), else_=0).label("own"))
        .join(newest, same)
        .join(post_part, and_(post_part.c.post_id == reading.c.post_id, post_part.c.n == reading.c.n))
        .order_by(reading.c.post_id, reading.c.n)
    )
    for ids in (post_ids[k : k + 500] for k in range(0, len(post_ids), 500)):
        for row in conn.execute(query, {"posts": ids}).mappings():
            found[row["post_id"]] = _with(found.get(row["post_id"]), row)
    return found


def _with(before: Reading | None, row: Mapping[Any, Any]) -> Reading:
    replies = None if row["replies"] is None else max(0, row["replies"] - row["own"])
    now = Reading(row["remote_id"], row["at"], row["likes"], replies, row["reposts"], row["views"])
    if before is None:
        return now
    both = {name: (getattr(before, name), getattr(now, name)) for name in COUNTS}
    told = {name: [x for x in pair if x is not None] for name, pair in both.items()}
    sums = {
        name: (max(values) if name == "views" else sum(values)) if values else None for name, values in told.items()
    }
    return Reading(before.remote_id, max(before.at, now.at), **sums)


def live_posts(conn: Connection, brand: str, account: str = "", limit: int = 30) -> list[dict[str, Any]]:
    """Return live posts, newest first: id, draft, account, text, when and where."""
    first = and_(post_part.c.post_id == post.c.id, post_part.c.n == 0)
    columns = post.c.id, post.c.draft_id, post.c.account, post.c.content, post_part.c.live_at, post_part.c.url
    query = select(*columns).join(post_part, first)
    query = query.where(unindexed(post.c.brand) == brand, unindexed(post_part.c.state) == PostState.LIVE.value)
    query = query.where(post_part.c.live_at.is_not(None))
    if account:
        query = query.where(unindexed(post.c.account) == account)
    query = query.order_by(post_part.c.live_at.desc(), post.c.id).limit(limit)
    return [
        {
            "post": row.id, "draft": row.draft_id, "account": row.account, "live_at": row.live_at, "url": row.url or "",
            "text": "\n".join(p["text"] for p in row.content["parts"]),
        }
        for row in conn.execute(query)
    ]  # fmt: skip
