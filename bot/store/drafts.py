"""Drafts and their versions: rows <-> domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, desc, exists, func, insert, select, update

from bot.domain.draft import Draft, DraftState, DraftVersion, Window
from bot.domain.post import PostState
from bot.errors import NotFound
from bot.store import reviewing, rows
from bot.store.hints import unindexed
from bot.store.tables import draft, draft_version, post, post_part
from bot.words import say

_CURRENT = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
_OPEN = (DraftState.PROPOSED.value, DraftState.IN_REVIEW.value)


def add(conn: Connection, value: Draft) -> None:
    """Store a new draft."""
    conn.execute(insert(draft).values(**rows.as_dict(value)))


def add_version(conn: Connection, value: DraftVersion) -> None:
    """Store a new version."""
    body = rows.as_dict(value)
    body["state"] = value.state.value
    body["citations"] = list(value.citations)
    conn.execute(insert(draft_version).values(**body))


def add_many(conn: Connection, new: Sequence[Draft], versions: Sequence[DraftVersion]) -> None:
    """Store new drafts, each with its first version."""
    conn.execute(insert(draft), [rows.as_dict(value) for value in new])
    bodies = [{**rows.as_dict(v), "state": v.state.value, "citations": list(v.citations)} for v in versions]
    conn.execute(insert(draft_version), bodies)


def bump(conn: Connection, draft_id: str, was: int) -> bool:
    """Make ``was + 1`` the current version; False when somebody else already did."""
    done = conn.execute(update(draft).where(draft.c.id == draft_id, draft.c.version == was).values(version=was + 1))
    return done.rowcount == 1


_DRAFT = select(draft).where(draft.c.id == bindparam("id"))


def get(conn: Connection, draft_id: str, *, lock: bool = False) -> Draft:
    """Return a draft by its id; with ``lock``, nobody else may revise or decide it meanwhile. Raises NotFound."""
    row = conn.execute(_DRAFT.with_for_update() if lock else _DRAFT, {"id": draft_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(
            say("There is no draft {draft!r}.", draft=draft_id), next_step=say("`signoff queue` lists what there is.")
        )
    return rows.draft(row)


def version(conn: Connection, draft_id: str, number: int | None = None) -> DraftVersion:
    """Return one version of a draft, by default the current one. Raises NotFound."""
    number = number or get(conn, draft_id).version
    where = (draft_version.c.draft_id == draft_id, draft_version.c.version == number)
    row = conn.execute(select(draft_version).where(*where)).mappings().one_or_none()
    if row is None:
        raise NotFound(say("Draft {draft!r} has no version {number}.", draft=draft_id, number=number))
    return rows.version(row)


def note(conn: Connection, draft_id: str, number: int, name: str, value: object) -> None:
    """Keep something more with a version: what helps to read it, and no part of what is signed."""
    kept = version(conn, draft_id, number).evidence
    where = (draft_version.c.draft_id == draft_id, draft_version.c.version == number)
    conn.execute(update(draft_version).where(*where).values(evidence={**kept, name: value}))


def versions(conn: Connection, draft_id: str) -> list[DraftVersion]:
    """Return every version of a draft, oldest first."""
    query = select(draft_version).where(draft_version.c.draft_id == draft_id).order_by(draft_version.c.version)
    return [rows.version(r) for r in conn.execute(query).mappings()]


def many(conn: Connection, ids: Sequence[str]) -> list[tuple[Draft, list[DraftVersion]]]:
    """Return some drafts with every version of each, oldest first, in the order given; who is missing is left out."""
    found = {r["id"]: rows.draft(r) for r in conn.execute(select(draft).where(draft.c.id.in_(ids))).mappings()}
    query = select(draft_version).where(draft_version.c.draft_id.in_(ids))
    history: dict[str, list[DraftVersion]] = {}
    for row in conn.execute(query.order_by(draft_version.c.draft_id, draft_version.c.version)).mappings():
        history.setdefault(row["draft_id"], []).append(rows.version(row))
    return [(found[i], history[i]) for i in ids if i in found]


def current(
    conn: Connection, brand: str | None = None, states: tuple[DraftState, ...] = (), limit: int = 200
) -> list[tuple[Draft, DraftVersion]]:
    """Return drafts with their current version, newest first."""
    where = (draft_version.c.state.in_([s.value for s in states]),) if states else ()
    return _current(conn, brand, where, limit)


def standing(conn: Connection, brand: str, *, past: bool = False, limit: int = 200) -> list[tuple[Draft, DraftVersion]]:
    """Return drafts with their current version, newest first: every one on which something may still happen.

    Of those that are live, and with ``past`` of all others, the newest ``limit``: they only grow in number.
    """
    opened = reviewing.opened(conn, brand)
    state, join = draft_version.c.state, _CURRENT
    its = (post.c.draft_id == draft.c.id) & (post.c.version == draft.c.version)
    ended = [PostState.CANCELLED.value, PostState.DELETED.value]
    gone = exists(select(post.c.id).join(post_part, post_part.c.post_id == post.c.id)
                  .where(its, unindexed(post_part.c.state).in_(ended)))  # fmt: skip
    newest = (desc(draft.c.created), desc(draft.c.id))
    # The newest first, until there are enough: little of what is passed over stands in between.
    live = select(draft.c.id).join(draft_version, join).where(draft.c.brand == brand, ~gone)
    live = live.where(unindexed(state) == DraftState.APPROVED.value).order_by(*newest).limit(limit + len(opened))
    still = set(opened)
    ids = opened + [i for i in conn.execute(live).scalars() if i not in still][:limit]
    if past:
        over = [DraftState.REJECTED.value, DraftState.LAPSED.value, DraftState.SUPERSEDED.value]
        mine = unindexed(draft.c.brand) == brand
        voided = select(draft.c.id).select_from(draft_version).join(draft, join).where(state.in_(over), mine)
        taken = select(draft.c.id).select_from(post_part).join(post, post.c.id == post_part.c.post_id).join(draft, its)
        taken = taken.where(post_part.c.state.in_(ended), mine)
        either = draft.c.id.in_(voided) | draft.c.id.in_(taken)
        query = select(draft.c.id).where(either).order_by(*newest).limit(limit + len(opened))
        ids += [i for i in conn.execute(query).scalars() if i not in still][:limit]
    found = [one for k in range(0, len(ids), 500) for one in _current(conn, None, [draft.c.id.in_(ids[k : k + 500])])]
    return sorted(found, key=lambda pair: (pair[0].created, pair[0].id), reverse=True)


def beginning(conn: Connection, start: str, brand: str | None = None, limit: int = 6) -> list[str]:
    """Return ids of drafts that begin with ``start``, newest first; the one that is exactly it comes alone."""
    query = select(draft.c.id).order_by(desc(draft.c.created), desc(draft.c.id)).limit(limit)
    if brand:
        query = query.where(draft.c.brand == brand)
    exact = conn.execute(query.where(draft.c.id == start)).scalars().all()
    # Not LIKE: there "_", which is in every id, stands for any letter.
    return list(exact or conn.execute(query.where(func.substr(draft.c.id, 1, len(start)) == start)).scalars().all())


def said(
    conn: Connection, account: str, since: datetime, until: datetime, limit: int = 300
) -> list[tuple[str, str, str, datetime]]:
    """Return (draft id, account, text, instant) of what stands or waits to stand on an account, newest first.

    That is every current version that is signed off or waits for a signature, and not taken down.
    """
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    alive = [DraftState.PROPOSED.value, DraftState.IN_REVIEW.value, DraftState.APPROVED.value]
    ended = [PostState.CANCELLED.value, PostState.DELETED.value, PostState.REFUSED.value]
    gone = exists(
        select(post.c.id)
        .join(post_part, post_part.c.post_id == post.c.id)
        .where(post.c.draft_id == draft.c.id, post.c.version == draft.c.version, post_part.c.state.in_(ended))
    )
    when = draft.c.created.between(since, until)
    where = (draft.c.account == account, when, draft_version.c.state.in_(alive))
    query = select(draft.c.id, draft.c.created, draft_version.c.content).join(draft_version, join).where(*where, ~gone)
    query = query.order_by(desc(draft.c.created), desc(draft.c.id)).limit(limit)
    return [
        (row.id, account, "\n".join(p["text"] for p in row.content["parts"]), row.created)
        for row in conn.execute(query)
    ]


def texts(conn: Connection, account: str) -> list[tuple[str, str, Window]]:
    """Return (draft id, text, window) of every draft of an account that is signed off or may still be."""
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    alive = [DraftState.PROPOSED.value, DraftState.IN_REVIEW.value, DraftState.APPROVED.value]
    query = select(draft.c.id, draft_version.c.content).join(draft_version, join)
    found = conn.execute(query.where(draft.c.account == account, draft_version.c.state.in_(alive)))
    return [(r.id, "\n".join(p["text"] for p in r.content["parts"]), Window(**r.content["window"])) for r in found]


def planned(conn: Connection, account: str, since: str) -> list[tuple[str, str, str]]:
    """Return (draft id, wall time, zone) of what stands or waits to stand on an account from a date on.

    ``since`` is ``YYYY-MM-DD``. Left out is what was rejected, lapsed or taken back, and posts that were refused.
    """
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    wall, zone = (draft_version.c.content["window"][name].as_string() for name in ("wall", "zone"))
    query = select(draft.c.id, wall, zone).where(wall >= since)
    # Two statements, each along an index: what waits is little, and what is signed is found by when it is due.
    open_ = query.select_from(draft_version).join(draft, join).where(draft_version.c.state.in_(_OPEN))
    found = list(conn.execute(open_.where(unindexed(draft.c.account) == account)))
    ended = [PostState.CANCELLED.value, PostState.DELETED.value, PostState.REFUSED.value]
    gone = exists(select(post_part.c.n).where(post_part.c.post_id == post.c.id, post_part.c.state.in_(ended)))
    # No wall is more than a day from UTC.
    day = datetime.fromisoformat(since).replace(tzinfo=UTC) - timedelta(days=1)
    its = (post.c.draft_id == draft.c.id) & (post.c.version == draft.c.version)
    signed = query.select_from(post).join(draft, its).join(draft_version, join)
    signed = signed.where(draft_version.c.state == DraftState.APPROVED.value, ~gone)
    found += list(conn.execute(signed.where(post.c.account == account, post.c.due >= day)))
    return [(row[0], row[1], row[2]) for row in found]


def series(conn: Connection, series_id: str) -> list[tuple[Draft, DraftVersion]]:
    """Return the drafts of a set of variants or of a campaign with their current version, oldest first."""
    return _current(conn, None, [draft.c.series == series_id])[::-1]


def _current(
    conn: Connection, brand: str | None, where: Sequence[ColumnElement[bool]], limit: int | None = None
) -> list[tuple[Draft, DraftVersion]]:
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    query = select(draft, draft_version).join(draft_version, join).where(*where)
    query = query.order_by(desc(draft.c.created), desc(draft.c.id)).limit(limit)
    if brand:
        query = query.where(draft.c.brand == brand)
    found = []
    for row in conn.execute(query).mappings():
        first, second = ({c.name: row[c] for c in table.c} for table in (draft, draft_version))
        found.append((rows.draft(first), rows.version(second)))
    return found
