"""The append-only record of what changed, by whom and why; and the one place where states change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.domain.draft import DraftState
from bot.domain.post import PostState
from bot.store.plain import Plain
from bot.store.tables import draft_version, event, post_part

#: Subjects that one statement names.
_AT_ONCE = 500
_EVENT = insert(event)
_NAMES = ("at", "who", "subject", "was", "now", "why")
_EVENTS = Plain(_EVENT.inline(), *_NAMES)


def record(conn: Connection, at: datetime, who: str, subject: str, was: str, now: str, why: str = "") -> None:
    """Append one line to the record."""
    conn.execute(_EVENT, {"at": at, "who": who, "subject": subject, "was": was, "now": now, "why": why})


def record_many(conn: Connection, lines: Sequence[tuple[datetime, str, str, str, str, str]]) -> None:
    """Append lines, each as (at, who, subject, was, now, why)."""
    if lines:
        _EVENTS.run(conn, [dict(zip(_NAMES, line, strict=True)) for line in lines])


def about(conn: Connection, *subjects: str) -> list[dict[str, Any]]:
    """Return the record of these subjects, oldest first."""
    found: list[dict[str, Any]] = []
    for some in (subjects[k : k + _AT_ONCE] for k in range(0, len(subjects), _AT_ONCE)):
        found += [dict(r) for r in conn.execute(select(event).where(event.c.subject.in_(some))).mappings()]
    return sorted(found, key=lambda r: r["id"])


def about_draft(
    conn: Connection, draft_id: str, versions: int, parts: Iterable[tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return the record of a draft's versions, the last of them named, and of the parts (post, n) made of it."""
    drafts = (f"draft:{draft_id}@{n}" for n in range(1, versions + 1))
    return about(conn, *drafts, *(f"part:{post_id}/{n}" for post_id, n in parts))


@dataclass(frozen=True)
class Move:
    """One part's change of state, with who did it, and the columns that change with it."""

    post_id: str
    n: int
    attempt: int
    at: datetime
    who: str
    why: str
    columns: dict[str, Any]


def move_parts(conn: Connection, was: PostState, now: PostState, moves: Sequence[Move]) -> bool:
    """Change several parts from ``was`` to ``now`` by compare-and-set, each at its attempt and with the same columns.

    False when not every one of them stood so: then nothing of the transaction may be kept.
    """
    lines = [
        {"its_post": m.post_id, "its_n": m.n, "its_attempt": m.attempt, "its_state": was.value, "state": now.value,
         "why": m.why, **m.columns}
        for m in moves
    ]  # fmt: skip
    if _move(tuple(moves[0].columns)).run(conn, lines) != len(moves):
        return False
    record_many(conn, [(m.at, m.who, f"part:{m.post_id}/{m.n}", was.value, now.value, m.why) for m in moves])
    return True


@lru_cache(maxsize=16)
def _move(columns: tuple[str, ...]) -> Plain:
    row = post_part.c
    which = (row.post_id == bindparam("its_post"), row.n == bindparam("its_n"))
    stood = (row.state == bindparam("its_state"), row.attempts == bindparam("its_attempt"))
    names = ("state", "why", *columns)
    return Plain(update(post_part).where(*which, *stood).values({name: bindparam(name) for name in names}))


def move_version(
    conn: Connection, draft_id: str, number: int, was: DraftState, now: DraftState, *, at: datetime, who: str, why: str
) -> bool:
    """Change a draft version's state by compare-and-set; False when it was no longer ``was``."""
    row = draft_version.c
    done = conn.execute(
        update(draft_version)
        .where(row.draft_id == draft_id, row.version == number, row.state == was.value)
        .values(state=now.value)
    )
    if done.rowcount != 1:
        return False
    record(conn, at, who, f"draft:{draft_id}@{number}", was.value, now.value, why)
    return True


def move_part(
    conn: Connection,
    post_id: str,
    n: int,
    was: PostState,
    now: PostState,
    *,
    at: datetime,
    who: str,
    why: str = "",
    attempt: int | None = None,
    **columns: Any,
) -> bool:
    """Change a part's state by compare-and-set, with any other columns; False when it was no longer ``was``.

    With ``attempt``, the part must also still be at that attempt: a late answer to an old attempt changes nothing.
    """
    row = post_part.c
    where = [row.post_id == post_id, row.n == n, row.state == was.value]
    if attempt is not None:
        where.append(row.attempts == attempt)
    done = conn.execute(update(post_part).where(*where).values(state=now.value, why=why, **columns))
    if done.rowcount != 1:
        return False
    record(conn, at, who, f"part:{post_id}/{n}", was.value, now.value, why)
    return True
