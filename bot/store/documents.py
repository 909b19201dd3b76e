"""Documents: rows <-> domain."""

from __future__ import annotations

from sqlalchemy import Connection, desc, func, insert, select

from bot.domain.document import Document
from bot.errors import NotFound
from bot.store import rows
from bot.store.tables import document
from bot.words import say


def add(conn: Connection, value: Document) -> None:
    """Store a new document."""
    conn.execute(insert(document).values(**{**rows.as_dict(value), "citations": list(value.citations)}))


def find(conn: Connection, start: str, brand: str | None = None) -> Document:
    """Return the document whose id is ``start`` or alone begins with it. Raises NotFound."""
    query = select(document).order_by(desc(document.c.created)).limit(2)
    if brand:
        query = query.where(document.c.brand == brand)
    for where in (document.c.id == start, func.substr(document.c.id, 1, len(start)) == start):
        found = conn.execute(query.where(where)).mappings().all()
        if len(found) == 1:
            return rows.document(found[0])
    raise NotFound(
        say("There is no document {id!r}.", id=start), next_step=say("`signoff documents` lists what there is.")
    )


def listed(conn: Connection, brand: str, kind: str = "", limit: int = 50) -> list[Document]:
    """Return the newest documents, newest first, of one kind or of all."""
    query = select(document).where(document.c.brand == brand)
    if kind:
        query = query.where(document.c.kind == kind)
    query = query.order_by(desc(document.c.created), desc(document.c.id)).limit(limit)
    return [rows.document(row) for row in conn.execute(query).mappings()]
