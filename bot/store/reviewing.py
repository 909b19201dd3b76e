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
from bot.store.keyset import Place, newer, older
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


def done(
    conn: Connection, brand: str, limit: int, *, after: Place | None = None, before: Place | None = None
) -> list[str]:
    """Return drafts on which nothing happens any more, newest first: behind a place, or the nearest before it."""
    # Each is looked up by its own keys: whatever page it is, only what it shows and what is open around it is read.
    unsigned = select(draft_version.c.version).where(
        _CURRENT, or_(*(unindexed(draft_version.c.state) == state for state in _UNSIGNED))
    )
    moving = select(post_part.c.n).join(post, post.c.id == post_part.c.post_id)
    moving = moving.where(_ITS_POST, or_(*(unindexed(post_part.c.state) == state for state in _MOVING)))
    query = select(draft.c.id).where(draft.c.brand == brand, ~unsigned.exists(), ~moving.exists()).limit(limit)
    if before is not None:
        query = query.where(newer(draft.c.created, draft.c.id, before)).order_by(draft.c.created, draft.c.id)
        return list(conn.execute(query).scalars())[::-1]
    if after is not None:
        query = query.where(older(draft.c.created, draft.c.id, after))
    return list(conn.execute(query.order_by(desc(draft.c.created), desc(draft.c.id))).scalars())


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
    #: Empty where it was not asked for.
    text: str
    #: How many parts there are, and the states that they stand in.
    parts: int
    states: frozenset[str]


def sent(conn: Connection, brand: str, since: datetime, until: datetime, account: str = "", *, texts: bool = True,
         most: int = 50_000) -> list[Sent]:  # fmt: skip
    """Return what is due between two instants, or was, in order; without answers to comments."""
    content = (cast(post.c.content, Text).label("content"),) if texts else ()
    query = (
        select(draft.c.id, draft.c.version, draft.c.account, post.c.id, post.c.due, post_part.c.state, *content)
        .select_from(post).join(draft, _ITS_POST).join(draft_version, _CURRENT)
        .join(post_part, post_part.c.post_id == post.c.id)
        .where(post.c.brand == brand, post.c.due.between(since, until), draft.c.kind != "reply")
        .where(unindexed(draft_version.c.state) == DraftState.APPROVED.value)
    )  # fmt: skip
    if account:
        query = query.where(unindexed(post.c.account) == account)
    found: dict[str, list[Any]] = {}
    for row in conn.execute(query.order_by(post.c.due).limit(most)).all():
        found.setdefault(row[3], []).append(row)
    return [
        Sent(row[0], row[1], row[2], row[4], _first_text(row[6]) if texts else "", len(parts),
             frozenset([part[5] for part in parts]))
        for parts in found.values() for row in parts[:1]
    ]  # fmt: skip


@dataclass(frozen=True)
class Unsigned:
    """What a calendar shows of a draft that nobody has signed."""

    draft: str
    version: int
    account: str
    held: bool
    #: Its time by the clock on a wall, in a zone; none: as soon as it is signed off.
    wall: str | None
    zone: str
    text: str
    parts: int


def unsigned(conn: Connection, brand: str, since: datetime, until: datetime, account: str = "", most: int = 2000
             ) -> list[Unsigned]:  # fmt: skip
    """Return the drafts that nobody has signed and that are wanted within a time, and the newest 200 without one.

    Such a draft has a time on a wall, so a day more is taken on either side. Answers to comments are left out.
    """
    wall = draft_version.c.content["window"]["wall"].as_string()
    content = cast(draft_version.c.content, Text).label("content")
    waits = select(draft.c.id, draft.c.version, draft.c.account, draft_version.c.state, content)
    waits = waits.select_from(draft_version).join(draft, _CURRENT)
    waits = waits.where(
        draft_version.c.state.in_(_UNSIGNED), unindexed(draft.c.brand) == brand, draft.c.kind != "reply"
    )
    if account:
        waits = waits.where(unindexed(draft.c.account) == account)
    first, last = ((at + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M") for at, n in ((since, -1), (until, 1)))
    newest = (desc(draft.c.created), desc(draft.c.id))
    timed = waits.where(wall.between(first, last)).order_by(*newest).limit(most)
    open_ = waits.where(wall.is_(None)).order_by(*newest).limit(200)
    made = []
    for row in [row for query in (timed, open_) for row in conn.execute(query)]:
        said = json.loads(row[4])
        window, parts = said["window"], said["parts"]
        made.append(Unsigned(row[0], row[1], row[2], row[3] == DraftState.PROPOSED.value, window["wall"],
                             window["zone"], parts[0]["text"] if parts else "", len(parts)))  # fmt: skip
    return made


def first_texts(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the beginning of what each of some drafts says now: the text of its first part."""
    content = cast(draft_version.c.content, Text)
    query = select(draft.c.id, content).join(draft_version, _CURRENT)
    found: dict[str, str] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = conn.execute(query.where(draft.c.id.in_(ids[start : start + _AT_ONCE])))
        found |= {row[0]: _first_text(row[1]) for row in some}
    return found


def _first_text(content: str) -> str:
    parts = json.loads(content)["parts"]
    return str(parts[0]["text"]) if parts else ""


def _with_part(states: Sequence[str]) -> Select[tuple[str]]:
    return (
        select(draft.c.id).select_from(post_part).join(post, post.c.id == post_part.c.post_id).join(draft, _ITS_POST)
        .where(or_(*(post_part.c.state == s for s in states)))
    )  # fmt: skip
