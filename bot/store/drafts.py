"""Drafts and their versions: rows <-> domain."""

from __future__ import annotations

from sqlalchemy import Connection, desc, insert, select, update

from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.errors import NotFound
from bot.store import rows
from bot.store.tables import draft, draft_version
from bot.words import say


def add(conn: Connection, value: Draft) -> None:
    """Store a new draft."""
    conn.execute(insert(draft).values(**rows.as_dict(value)))


def add_version(conn: Connection, value: DraftVersion) -> None:
    """Store a new version."""
    body = rows.as_dict(value)
    body["state"] = value.state.value
    body["citations"] = list(value.citations)
    conn.execute(insert(draft_version).values(**body))


def bump(conn: Connection, draft_id: str, was: int) -> bool:
    """Make ``was + 1`` the current version; False when somebody else already did."""
    done = conn.execute(update(draft).where(draft.c.id == draft_id, draft.c.version == was).values(version=was + 1))
    return done.rowcount == 1


def get(conn: Connection, draft_id: str, *, lock: bool = False) -> Draft:
    """Return a draft by its id; with ``lock``, nobody else may revise or decide it meanwhile. Raises NotFound."""
    query = select(draft).where(draft.c.id == draft_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
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


def versions(conn: Connection, draft_id: str) -> list[DraftVersion]:
    """Return every version of a draft, oldest first."""
    query = select(draft_version).where(draft_version.c.draft_id == draft_id).order_by(draft_version.c.version)
    return [rows.version(r) for r in conn.execute(query).mappings()]


def current(
    conn: Connection, brand: str | None = None, states: tuple[DraftState, ...] = (), limit: int = 200
) -> list[tuple[Draft, DraftVersion]]:
    """Return drafts with their current version, newest first."""
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    query = select(draft.c.id).join(draft_version, join).order_by(desc(draft.c.created), desc(draft.c.id)).limit(limit)
    if brand:
        query = query.where(draft.c.brand == brand)
    if states:
        query = query.where(draft_version.c.state.in_([s.value for s in states]))
    found = []
    for draft_id in conn.execute(query).scalars().all():
        found.append((get(conn, draft_id), version(conn, draft_id)))
    return found
