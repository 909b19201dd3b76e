"""What happened on a brand's desk between two instants, for reports: rows to plain values."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, and_, func, select

from bot.domain.approval import Choice
from bot.domain.post import PostState
from bot.store.hints import unindexed
from bot.store.tables import decision, draft, event, post, post_part

#: Lines of the record that are read rather than asked about.
NEAR = 500


def drafted(conn: Connection, brand: str, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return when each draft was made, and for which account."""
    query = select(draft.c.created, draft.c.account).where(draft.c.brand == brand)
    found = conn.execute(query.where(_within(draft.c.created, since, until))).all()
    return [(created, account) for created, account in found]


def decided(conn: Connection, brand: str, since: datetime, until: datetime) -> list[tuple[str, Choice, int]]:
    """Return how many answers each person gave: who, which, how many; whoever answered first comes first."""
    c = decision.c
    query = select(c.person, c.choice, func.count()).join(draft, draft.c.id == c.draft_id)
    query = query.where(unindexed(draft.c.brand) == brand, _within(c.at, since, until)).group_by(c.person, c.choice)
    return [(person, Choice(choice), int(n)) for person, choice, n in conn.execute(query.order_by(func.min(c.at)))]


def published(conn: Connection, brand: str, since: datetime, until: datetime) -> list[tuple[datetime, datetime, str]]:
    """Return each post that went out: when its first part was live, when it was due, and its account.

    Posts that were taken down since are among them.
    """
    out = (PostState.LIVE.value, PostState.DELETED.value)
    first = and_(post_part.c.post_id == post.c.id, post_part.c.n == 0, unindexed(post_part.c.state).in_(out))
    query = select(post_part.c.live_at, post.c.due, post.c.account).join(post, first)
    query = query.where(unindexed(post.c.brand) == brand, _within(post_part.c.live_at, since, until))
    found = conn.execute(query.order_by(post_part.c.live_at)).all()
    return [(live_at, due, account) for live_at, due, account in found]


def troubled(conn: Connection, brand: str, since: datetime, until: datetime) -> dict[PostState, int]:
    """Return how many posts had a part without a clear answer, were refused, or asked a person."""
    states = (PostState.DOUBTFUL, PostState.REFUSED, PostState.ASKED)
    start, _ = _lines(conn, since)
    lines = event.c.id.between(start, _lines(conn, until, start)[1])
    query = select(event.c.subject, event.c.now).where(lines, _within(event.c.at, since, until))
    query = query.where(event.c.subject.like("part:%"), event.c.now.in_([s.value for s in states]))
    seen = {(r.subject.removeprefix("part:").split("/")[0], r.now) for r in conn.execute(query)}
    mine = _of_brand(conn, brand, {post_id for post_id, _ in seen})
    return {state: len({p for p, now in seen if now == state.value and p in mine}) for state in states}


def _lines(conn: Connection, at: datetime, low: int = 0) -> tuple[int, int]:
    """Return two lines of the record, near each other, between which an instant lies: by halves, for it grows.

    ``low`` is a line that is known to be before it.
    """
    high = conn.execute(select(func.max(event.c.id))).scalar() or 0
    low = low or conn.execute(select(func.min(event.c.id))).scalar() or 0
    while high - low > NEAR:
        middle = (low + high) // 2
        query = select(event.c.id, event.c.at).where(event.c.id >= middle).order_by(event.c.id).limit(1)
        row = conn.execute(query).one()
        if row.at < at:
            low = row.id + 1
        else:
            high = middle
    return low, high


def _of_brand(conn: Connection, brand: str, ids: set[str]) -> set[str]:
    """Return which of some posts are a brand's."""
    wanted, found = sorted(ids), set[str]()
    for some in (wanted[k : k + 500] for k in range(0, len(wanted), 500)):
        query = select(post.c.id).where(unindexed(post.c.brand) == brand, post.c.id.in_(some))
        found |= set(conn.execute(query).scalars())
    return found


def _within(column: Column[datetime], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(column >= since, column < until)
