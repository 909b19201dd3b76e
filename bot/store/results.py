"""What came of posts in a stretch of time, by index: the newest with their newest counts, and posts by the hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from bot.domain.post import PostState
from bot.store.hints import unindexed
from bot.store.tables import draft, post, post_part, reading

COUNTS = ("likes", "replies", "reposts", "views")
_OUT = (PostState.LIVE.value, PostState.DELETED.value)


@dataclass(frozen=True)
class Result:
    """One post that went out, with what came of it; None where no platform told."""

    post: str
    draft: str
    account: str
    #: Name of the kind of content.
    kind: str
    at: datetime
    #: Parts that are out.
    parts: int = 1
    #: Hours after it went out at which it was counted last; 0 for not yet.
    age: int = 0
    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None
    #: Whether anybody looked, also where no platform told.
    read: bool = False

    @property
    def answers(self) -> int:
        """How often readers answered it: likes, replies and reposts together."""
        return (self.likes or 0) + (self.replies or 0) + (self.reposts or 0)


def newest(
    conn: Connection, brand: str, since: datetime, until: datetime, *, account: str = "", kind: str = "",
    most: int = 1000, known: Iterable[Result] = (),
) -> list[Result]:  # fmt: skip
    """Return the newest posts that went out between two instants, newest first; without answers to comments.

    ``kind`` ``reply`` asks for those alone. Posts that are ``known`` with their counts are not counted again.
    """
    p = post_part.c
    wanted = select(post.c.id, post.c.draft_id, post.c.account, draft.c.kind, p.live_at)
    query = _between(wanted, brand, since, until, account)
    query = query.where(draft.c.kind == kind if kind else draft.c.kind != "reply")
    found = [Result(r.id, r.draft_id, r.account, r.kind, r.live_at)
             for r in conn.execute(query.order_by(p.live_at.desc()).limit(most)).all()]  # fmt: skip
    counts = {one.post: one for one in known}
    counts |= {one.post: one for one in counted(conn, [one for one in found if one.post not in counts])}
    return [replace(counts[one.post], kind=one.kind) for one in found]


def live(conn: Connection, brand: str, since: datetime, until: datetime, most: int) -> list[Result]:
    """Return the newest posts that went out between two instants and still stand, answers to comments among them."""
    p = post_part.c
    query = select(post.c.id, post.c.draft_id, post.c.account, p.live_at).join(post, post.c.id == p.post_id)
    query = query.where(p.n == 0, unindexed(p.state) == PostState.LIVE.value, unindexed(post.c.brand) == brand,
                        p.live_at >= since, p.live_at < until)  # fmt: skip
    found = conn.execute(query.order_by(p.live_at.desc(), post.c.id).limit(most)).all()
    return counted(conn, [Result(id_, draft_id, account, "", at) for id_, draft_id, account, at in found])


def counted(conn: Connection, given: Sequence[Result]) -> list[Result]:
    """Return posts with their newest counts: summed over their parts, of views the most; own replies left out."""
    counts: dict[str, dict[int, tuple[int | None, ...]]] = {}
    parts: Counter[str] = Counter()
    later = reading.alias("later")
    its = (later.c.post_id == reading.c.post_id, later.c.n == reading.c.n, later.c.age > reading.c.age)
    columns = [reading.c[name] for name in ("post_id", "n", "age", *COUNTS)]
    newest_of = select(*columns).where(~select(later.c.age).where(*its).exists())
    for ids in _some([one.post for one in given]):
        mine = (post_part.c.post_id.in_(ids), unindexed(post_part.c.state).in_(_OUT))
        out = select(post_part.c.post_id, func.count()).where(*mine)
        parts.update({row[0]: int(row[1]) for row in conn.execute(out.group_by(post_part.c.post_id)).all()})
        for row in conn.execute(newest_of.where(reading.c.post_id.in_(ids))).all():
            counts.setdefault(row[0], {})[row[1]] = row[2:]
    return [_with(one, counts.get(one.post, {}), parts[one.post]) for one in given]


def _with(one: Result, rows: dict[int, tuple[int | None, ...]], parts: int) -> Result:
    """Return a post with its counts, by part: (hours, likes, replies, reposts, views)."""
    ages, columns = [0], list[list[int]]([[], [], [], []])
    for n, (age, *values) in rows.items():
        told = False
        for k, value in enumerate(values):
            if value is not None:
                # The next part of a thread is a reply of our own.
                columns[k].append(value - (k == 1 and n + 1 < parts and value > 0))
                told = True
        if told:
            ages.append(age or 0)
    likes, replies, reposts, views = columns
    return Result(
        one.post, one.draft, one.account, one.kind, one.at, parts, max(ages), sum(likes) if likes else None,
        sum(replies) if replies else None, sum(reposts) if reposts else None, max(views) if views else None,
        bool(rows),
    )  # fmt: skip


def texts(conn: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return (text, url) of these posts."""
    given = list(ids)
    first = and_(post_part.c.post_id == post.c.id, post_part.c.n == 0)
    query = select(post.c.id, post.c.content, post_part.c.url).join(post_part, first).where(post.c.id.in_(given))
    return {r.id: ("\n".join(p["text"] for p in r.content["parts"]), r.url or "") for r in conn.execute(query)}


def by_hour(conn: Connection, brand: str, since: datetime, until: datetime, account: str = "", most: int = 1000
            ) -> dict[datetime, int]:  # fmt: skip
    """Return how many posts went out in each hour that had one, of the newest ``most``, without answers to comments."""
    p = post_part.c
    query = _between(select(p.live_at), brand, since, until, account).where(draft.c.kind != "reply")
    found = conn.execute(query.order_by(p.live_at.desc()).limit(most)).scalars()
    return dict(Counter(at.replace(minute=0, second=0, microsecond=0) for at in found))


def _between(wanted: Select[Any], brand: str, since: datetime, until: datetime, account: str) -> Select[Any]:
    """Ask it of the first parts that went out between two instants, on one account or on all."""
    p = post_part.c
    query = (
        wanted.select_from(post_part)
        .join(post, post.c.id == p.post_id)
        .join(draft, draft.c.id == post.c.draft_id)
        .where(
            p.n == 0,
            unindexed(p.state).in_(_OUT),
            p.live_at >= since,
            p.live_at < until,
            unindexed(post.c.brand) == brand,
        )
    )
    return query.where(p.account == account) if account else query


def _some(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[k : k + 500] for k in range(0, len(ids), 500))
