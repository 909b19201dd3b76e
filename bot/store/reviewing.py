"""The queue in pages: which drafts wait for whom, which are open, which are done; and what stands between two dates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, cast, desc, exists, or_, select

from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.post import Post, PostState
from bot.store import rows
from bot.store.hints import unindexed
from bot.store.tables import approval_request, decision, draft, draft_version, post, post_part

_OVER = (PostState.LIVE, PostState.CANCELLED, PostState.DELETED)
_MOVING = tuple(s.value for s in PostState if s not in _OVER)
_UNSIGNED = (DraftState.PROPOSED.value, DraftState.IN_REVIEW.value)
#: Drafts that one statement names.
_AT_ONCE = 500
_CURRENT = and_(draft_version.c.draft_id == draft.c.id, draft_version.c.version == draft.c.version)
_ITS_POST = and_(post.c.draft_id == draft.c.id, post.c.version == draft.c.version)


@dataclass(frozen=True)
class Question:
    """One open request for signatures, without the text."""

    draft_id: str
    author: str
    #: Who made the newest version, and how.
    wrote: str
    origin: str
    four_eyes: bool
    signers: tuple[str, ...]


def questions(conn: Connection, brand: str, person: str, now: datetime) -> list[Question]:
    """Return the open requests that a person has not answered, those of the newest drafts first."""
    request = approval_request
    its = and_(request.c.draft_id == draft.c.id, request.c.version == draft.c.version)
    answered = exists(select(decision.c.id).where(decision.c.request_id == request.c.id, decision.c.person == person))
    query = (
        select(draft.c.id, draft.c.author, draft_version.c.author.label("wrote"), draft_version.c.origin,
               request.c.four_eyes, cast(request.c.signers, Text).label("signers"))
        .select_from(draft_version).join(draft, _CURRENT).join(request, its)
        .where(draft_version.c.state == DraftState.IN_REVIEW.value, unindexed(draft.c.brand) == brand)
        .where(request.c.used.is_(None), request.c.expires > now, ~answered)
        .order_by(desc(draft.c.created), desc(draft.c.id))
    )  # fmt: skip
    # Most requests name nobody: of thousands, few lists are worth reading.
    return [
        Question(r[0], r[1], r[2], r[3], bool(r[4]), () if r[5] == "[]" else tuple(json.loads(r[5])))
        for r in conn.execute(query).all()
    ]


def asked(conn: Connection, brand: str) -> list[str]:
    """Return the drafts whose newest version's post needs a person, newest first."""
    query = _with_part((PostState.ASKED.value,)).where(unindexed(draft.c.brand) == brand)
    found = conn.execute(query.order_by(desc(draft.c.created), desc(draft.c.id)))
    return list(dict.fromkeys(row.id for row in found))


def opened(conn: Connection, brand: str) -> list[str]:
    """Return the drafts on which something may still happen: what needs a person, what is held, what waits, the rest.

    Within each, newest first.
    """
    newest = (desc(draft.c.created), desc(draft.c.id))
    mine = unindexed(draft.c.brand) == brand
    found: dict[str, None] = {}
    moving = _with_part(_MOVING).add_columns(post_part.c.state).where(mine).order_by(*newest)
    parts = [(row.id, row.state) for row in conn.execute(moving)]
    found |= dict.fromkeys(i for i, state in parts if state == PostState.ASKED.value)
    for state in _UNSIGNED:
        query = select(draft.c.id).select_from(draft_version).join(draft, _CURRENT)
        found |= dict.fromkeys(
            conn.execute(query.where(draft_version.c.state == state, mine).order_by(*newest)).scalars()
        )
    return list(found | dict.fromkeys(i for i, _ in parts))


def done(conn: Connection, brand: str, offset: int, limit: int) -> list[str]:
    """Return drafts on which nothing happens any more, newest first."""
    # What is left out is little and is found once; the rest is passed over in the index alone, however far the page is.
    moving = _with_part(_MOVING)
    unsigned = select(draft.c.id).select_from(draft_version).join(draft, _CURRENT)
    unsigned = unsigned.where(draft_version.c.state.in_(_UNSIGNED))
    query = (
        select(draft.c.id).where(draft.c.brand == brand, draft.c.id.not_in(moving), draft.c.id.not_in(unsigned))
        .order_by(desc(draft.c.created), desc(draft.c.id)).offset(offset).limit(limit)
    )  # fmt: skip
    return list(conn.execute(query).scalars())


def of(conn: Connection, ids: Sequence[str]) -> list[tuple[Draft, DraftVersion, Post | None]]:
    """Return some drafts with their newest version and its post, in the order given."""
    query = select(draft, draft_version).join(draft_version, _CURRENT).where(draft.c.id.in_(ids))
    found = {}
    for row in conn.execute(query).mappings():
        first, second = ({c.name: row[c] for c in table.c} for table in (draft, draft_version))
        found[row[draft.c.id]] = (rows.draft(first), rows.version(second))
    signed = [i for i in ids if i in found and found[i][1].state.value not in _UNSIGNED]
    made = posts_of(conn, signed)
    return [(*found[i], made.get(i)) for i in ids if i in found]


def posts_of(conn: Connection, ids: Sequence[str]) -> dict[str, Post]:
    """Return the post of the newest version of each draft that has one, by draft: a few statements, however many."""
    found: dict[str, Post] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= _posts(conn, ids[start : start + _AT_ONCE])
    return found


def _posts(conn: Connection, ids: Sequence[str]) -> dict[str, Post]:
    columns = [*(c for c in post.columns if c.name != "content"), cast(post.c.content, Text).label("content")]
    mine = select(*columns).join(draft, _ITS_POST).where(draft.c.id.in_(ids)).order_by(post.c.created)
    headers = list(conn.execute(mine).mappings())
    parts: dict[str, list[Any]] = {}
    for row in conn.execute(
        select(post_part).where(post_part.c.post_id.in_([h["id"] for h in headers])).order_by(post_part.c.n)
    ).mappings():
        parts.setdefault(row["post_id"], []).append(row)
    return {h["draft_id"]: rows.post(h, parts.get(h["id"], [])) for h in headers}


@dataclass(frozen=True)
class Sent:
    """What a calendar shows of a draft that has a post: without reading what only its card shows."""

    draft: str
    version: int
    account: str
    due: datetime
    text: str
    #: Parts of the text; and the states of those that were made, with when they went live.
    parts: int
    states: frozenset[str]
    changed: datetime


def sent(conn: Connection, brand: str, since: datetime, until: datetime, account: str = "", most: int = 5000
         ) -> list[Sent]:  # fmt: skip
    """Return what is due between two instants, or was, in order; without answers to comments."""
    content = cast(post.c.content, Text).label("content")
    query = (
        select(draft.c.id, draft.c.version, draft.c.account, post.c.id.label("post"), post.c.due, post.c.created,
               draft_version.c.created.label("made"), content, post_part.c.state, post_part.c.live_at)
        .select_from(post).join(draft, _ITS_POST).join(draft_version, _CURRENT)
        .join(post_part, post_part.c.post_id == post.c.id)
        .where(post.c.brand == brand, post.c.due.between(since, until), draft.c.kind != "reply")
        .where(draft_version.c.state == DraftState.APPROVED.value)
    )  # fmt: skip
    if account:
        query = query.where(unindexed(post.c.account) == account)
    found: dict[str, list[Any]] = {}
    for row in conn.execute(query.order_by(post.c.due).limit(most)):
        found.setdefault(row.post, []).append(row)
    made = []
    for parts in found.values():
        row, said = parts[0], json.loads(parts[0].content)["parts"]
        changed = max([row.made, row.created, *(p.live_at for p in parts if p.live_at)])
        made.append(Sent(row.id, row.version, row.account, row.due, said[0]["text"] if said else "", len(said),
                         frozenset(p.state for p in parts), changed))  # fmt: skip
    return made


def unsigned(conn: Connection, brand: str, since: datetime, until: datetime, account: str = "", most: int = 2000
             ) -> list[str]:  # fmt: skip
    """Return the drafts that nobody has signed and that are wanted within a time, and the newest 200 without one.

    Such a draft has a time on a wall, so a day more is taken on either side. Answers to comments are left out.
    """
    wall = draft_version.c.content["window"]["wall"].as_string()
    waits = select(draft.c.id).select_from(draft_version).join(draft, _CURRENT)
    waits = waits.where(
        draft_version.c.state.in_(_UNSIGNED), unindexed(draft.c.brand) == brand, draft.c.kind != "reply"
    )
    if account:
        waits = waits.where(unindexed(draft.c.account) == account)
    first, last = ((at + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M") for at, n in ((since, -1), (until, 1)))
    timed = waits.where(wall.between(first, last)).limit(most)
    open_ = waits.where(wall.is_(None)).order_by(desc(draft.c.created), desc(draft.c.id)).limit(200)
    return list(dict.fromkeys(found for query in (timed, open_) for found in conn.execute(query).scalars()))


def _with_part(states: Sequence[str]) -> Select[tuple[str]]:
    return (
        select(draft.c.id).select_from(post_part).join(post, post.c.id == post_part.c.post_id).join(draft, _ITS_POST)
        .where(or_(*(post_part.c.state == s for s in states)))
    )  # fmt: skip
