"""Every rule book that was ever learned, by version: rows <-> domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, desc, insert, select, update

from bot.domain.brand import RuleBook
from bot.errors import BadInput, NotFound
from bot.store import rows
from bot.store.tables import brand, rulebook
from bot.words import say


@dataclass(frozen=True)
class StoredVersion:
    """One version of a brand's rule book."""

    version: str
    #: When it last became the one that counts.
    learned: datetime


def keep(conn: Connection, brand_id: str, book: RuleBook, at: datetime) -> None:
    """Store a rule book as a version of its own; one that counts again after another is the newest from now on."""
    version = book.version
    where = (rulebook.c.brand == brand_id, rulebook.c.version == version)
    rules = [rows.as_dict(rule) for rule in book.rules]
    if conn.execute(select(rulebook.c.version).where(*where)).first() is None:
        conn.execute(insert(rulebook).values(brand=brand_id, version=version, rules=rules, learned=at))
        return
    # What it says is the same; where it stands may have moved, and that is for people to find it.
    now = conn.execute(select(brand.c.rulebook).where(brand.c.id == brand_id)).scalar_one_or_none()
    conn.execute(update(rulebook).where(*where).values(rules=rules, **({} if now == version else {"learned": at})))


def versions(conn: Connection, brand_id: str) -> list[StoredVersion]:
    """Return the versions of a brand's rule book, the one that counts first, then the others, newest first."""
    query = select(rulebook.c.version, rulebook.c.learned).where(rulebook.c.brand == brand_id)
    found = conn.execute(query.order_by(desc(rulebook.c.learned), rulebook.c.version)).all()
    now = conn.execute(select(brand.c.rulebook).where(brand.c.id == brand_id)).scalar_one_or_none()
    return [StoredVersion(v, t) for v, t in sorted(found, key=lambda row: row[0] != now)]


def find(conn: Connection, brand_id: str, given: str) -> StoredVersion:
    """Return the version that begins with ``given``. Raises NotFound, BadInput where several do."""
    known = versions(conn, brand_id)
    matches = [v for v in known if given and v.version.startswith(given.lower())]
    names = ", ".join(f"{v.version} ({v.learned:%Y-%m-%d %H:%M})" for v in (matches or known)[:8])
    if not matches:
        raise NotFound(
            say("There is no version {given} of the rules.", given=repr(given)),
            next_step=say("Choose from: {names}.", names=names),
        )
    if len(matches) > 1:
        raise BadInput(
            say("Several versions of the rules begin with {given}.", given=repr(given)),
            next_step=say("Choose from: {names}.", names=names),
        )
    return matches[0]


def get(conn: Connection, brand_id: str, version: str) -> RuleBook:
    """Return a rule book by its whole version. Raises NotFound."""
    where = (rulebook.c.brand == brand_id, rulebook.c.version == version)
    found = conn.execute(select(rulebook.c.rules).where(*where)).scalar_one_or_none()
    if found is None:
        raise NotFound(say("There is no version {given} of the rules.", given=repr(version)))
    return RuleBook(tuple(rows.rule(r) for r in found))


def of_folder(conn: Connection, folder: str) -> tuple[str, str] | None:
    """Return the brand that was learned from a folder, and the version that counts; None for a new folder."""
    row = conn.execute(select(brand.c.id, brand.c.rulebook).where(brand.c.folder == folder)).first()
    return None if row is None else (row.id, row.rulebook)
