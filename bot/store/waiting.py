"""The inbox by index: a page of comments, how many like each there are, and how long people waited.

Priorities are read one after the other, so that each page is the beginning of an index, whatever else waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, func, or_, select

from bot.domain.comment import CommentState, Entry, Priority
from bot.store.comment_rows import entry
from bot.store.comment_tables import ASSIGNED, GROUPED, WAITING, comment
from bot.store.comments import OPEN
from bot.store.hints import unindexed

#: Comments of one priority that are looked through for words; of all four times as many.
LOOKED = 1500
#: More than this is not counted to the end.
COUNTED = 300


@dataclass(frozen=True)
class Wanted:
    """Which comments: every field that is set must fit."""

    now: datetime
    #: ``waiting``, ``snoozed``, ``late`` or ``all``.
    show: str = "waiting"
    mood: str = ""
    intent: str = ""
    account: str = ""
    #: A person's id; ``-`` for nobody.
    assignee: str = ""
    words: str = ""
    #: By account: what came before this instant is late.
    late: Mapping[str, datetime] = field(default_factory=dict)


def page(conn: Connection, brand: str, only: Wanted, most: int) -> list[Entry]:
    """Return comments, the most urgent first and then the oldest; ``all`` of them the newest first."""
    if only.show == "all":
        return _read(conn, _newest(brand, only).limit(most))
    found: list[Entry] = []
    for priority in reversed(Priority):
        if len(found) < most:
            found += _read(conn, _waiting(brand, only, priority).limit(most - len(found)))
    return found


def count(conn: Connection, brand: str, only: Wanted) -> int:
    """Return how many there are, at most COUNTED + 1."""
    n = 0
    queries = [_newest(brand, only)] if only.show == "all" else [_waiting(brand, only, p) for p in reversed(Priority)]
    for query in queries:
        if n <= COUNTED:
            few = query.with_only_columns(comment.c.id).order_by(None).limit(COUNTED + 1 - n).subquery()
            n += int(conn.execute(select(func.count()).select_from(few)).scalar_one())
    return n


def wait_now(conn: Connection, brand: str, now: datetime, account: str = "") -> int:
    """Return how many comments wait, each of a group counted, those put off left out; at most COUNTED + 1."""
    c = comment.c
    where = [c.brand == brand, WAITING, c.aside == "", _there(), or_(c.snoozed.is_(None), c.snoozed <= now)]
    few = select(c.id).where(*where, *([c.account == account] if account else [])).limit(COUNTED + 1).subquery()
    return int(conn.execute(select(func.count()).select_from(few)).scalar_one())


def like(conn: Connection, heads: Collection[str]) -> dict[str, int]:
    """Return how many comments that wait say nearly the same as each of these, these not counted."""
    if not heads:
        return {}
    query = select(comment.c.like_id, func.count()).where(comment.c.like_id.in_(list(heads)), GROUPED, WAITING)
    return {row[0]: int(row[1]) for row in conn.execute(query.group_by(comment.c.like_id))}


def group(conn: Connection, head: str, most: int) -> list[Entry]:
    """Return the first of a group and what says nearly the same, as far as it waits, oldest first."""
    mine = or_(comment.c.id == head, and_(comment.c.like_id == head, GROUPED))
    return _read(conn, select(comment).where(mine, WAITING, _there()).order_by(comment.c.at, comment.c.id).limit(most))


def by_author(conn: Connection, brand: str, author: str, most: int) -> tuple[list[Entry], int, int]:
    """Return an author's newest comments, how many there are (at most COUNTED + 1), and how many were answered."""
    c = comment.c
    # By the author alone: asked for a brand and in order, SQLite reads the brand's comments from the newest on.
    query = select(c.id, c.at, c.answered, c.brand, c.deleted).where(c.author_id == author).limit(COUNTED + 1)
    mine = [r for r in conn.execute(query) if r.brand == brand and r.deleted is None]
    newest = [r.id for r in sorted(mine, key=lambda r: r.at, reverse=True)[:most]]
    found = _read(conn, select(comment).where(c.id.in_(newest)).order_by(c.at.desc()))
    return found, len(mine), sum(r.answered is not None for r in mine)


def escalated(conn: Connection, brand: str, since: datetime, account: str) -> int:
    """Return how many comments since an instant need a person, at most COUNTED + 1."""
    c = comment.c
    query = select(c.id).where(c.brand == brand, c.state == CommentState.ESCALATED.value, unindexed(c.at) >= since)
    few = (query.where(unindexed(c.account) == account) if account else query).limit(COUNTED + 1).subquery()
    return int(conn.execute(select(func.count()).select_from(few)).scalar_one())


def answered(
    conn: Connection, brand: str, since: datetime, until: datetime, account: str, most: int
) -> list[tuple[str, datetime, datetime, str]]:
    """Return (account, said, answered, rule) of the newest ``most`` that were answered between two instants."""
    c = comment.c
    query = select(c.account, c.at, c.answered, c.rule).where(c.brand == brand, c.answered >= since, c.answered < until)
    if account:
        query = query.where(c.account == account)
    found = conn.execute(query.order_by(c.answered.desc()).limit(most)).all()
    return [(account, at, answered, rule) for account, at, answered, rule in found]


# --- queries ----------------------------------------------------------------------------------------------------


def _there() -> Any:
    return comment.c.deleted.is_(None)


def _waiting(brand: str, only: Wanted, priority: Priority) -> Any:
    c = comment.c
    where = [c.brand == brand, c.priority == int(priority), c.aside == "", WAITING, *_exact(only)]
    if only.show == "snoozed":
        where.append(c.snoozed > only.now)
    else:
        where.append(or_(c.snoozed.is_(None), c.snoozed <= only.now))
    if only.show == "late":
        where.append(or_(*(and_(c.account == key, c.at < at) for key, at in only.late.items()))
                     if only.late else c.id == "")  # fmt: skip
    # One of a group stands for all of it, as long as it waits itself.
    head = comment.alias("head")
    grouped = select(head.c.id).where(head.c.id == c.like_id, head.c.state.in_(OPEN), head.c.deleted.is_(None)).exists()
    where += [_there(), or_(c.like_id == "", ~grouped)]
    return _within(where, only, (c.at, c.id))


def _newest(brand: str, only: Wanted) -> Any:
    c = comment.c
    return _within([c.brand == brand, *_exact(only)], only, (c.at.desc(), c.id.desc()))


def _exact(only: Wanted) -> list[Any]:
    c = comment.c
    pairs = ((c.account, only.account), (c.intent, only.intent), (c.assignee, only.assignee), (c.label, only.mood))
    found: list[Any] = [column == ("" if value == "-" else value) for column, value in pairs if value]
    return [*found, ASSIGNED] if only.assignee not in ("", "-") else found


def _within(where: Sequence[Any], only: Wanted, order: tuple[Any, ...]) -> Any:
    """Return the query; words are looked for only among so many, so that rare ones cost no full look."""
    c = comment.c
    if not only.words:
        return select(comment).where(*where).order_by(*order)
    most = 4 * LOOKED if only.show == "all" else LOOKED
    some = select(c.id, c.text).where(*where).order_by(*order).limit(most).subquery()
    fits = func.lower(some.c.text, type_=String).contains(only.words.lower(), autoescape=True)
    return select(comment).where(c.id.in_(select(some.c.id).where(fits))).order_by(*order)


def _read(conn: Connection, query: Any) -> list[Entry]:
    return [entry(row) for row in conn.execute(query).mappings()]
