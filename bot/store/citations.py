"""Where a brand's rules are cited: by the newest drafts, posts and answers."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, desc, select

from bot.domain.draft import Draft, DraftVersion
from bot.store import rows
from bot.store.tables import draft, draft_version

#: Drafts that are looked through, the newest: citations are no column, and a brand has a hundred thousand of them.
LOOKED = 2_000

_ITS = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)


def counted(conn: Connection, brand: str) -> Counter[str]:
    """Return how many of the newest drafts cite each rule, by rule id."""
    newest = select(draft.c.id, draft.c.version).where(draft.c.brand == brand)
    newest = newest.order_by(desc(draft.c.created), desc(draft.c.id)).limit(LOOKED)
    mine = newest.subquery()
    its = (draft_version.c.draft_id == mine.c.id) & (draft_version.c.version == mine.c.version)
    found: Counter[str] = Counter()
    for cited in conn.execute(select(draft_version.c.citations).join(mine, its)).scalars():
        found.update(set(cited))
    return found


def citing(conn: Connection, brand: str, rule: str, most: int = 50) -> tuple[list[tuple[Draft, DraftVersion]], int]:
    """Return the drafts that cite a rule, newest first, at most ``most``; and how many do among those looked at."""
    query = select(draft.c.id, draft_version.c.citations).join(draft_version, _ITS).where(draft.c.brand == brand)
    query = query.order_by(desc(draft.c.created), desc(draft.c.id)).limit(LOOKED)
    ids = [row.id for row in conn.execute(query) if rule in row.citations]
    shown = ids[:most]
    whole = select(draft, draft_version).join(draft_version, _ITS).where(draft.c.id.in_(shown))
    found = {}
    for row in conn.execute(whole).mappings():
        first, second = ({c.name: row[c] for c in table.c} for table in (draft, draft_version))
        found[first["id"]] = (rows.draft(first), rows.version(second))
    return [found[i] for i in shown if i in found], len(ids)
