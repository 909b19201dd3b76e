"""Labels that people gave to texts, and the classifiers fitted to them. Rows <-> values."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, desc, func, insert, select, update

from bot.store.label_tables import classifier, label

KINDS = ("sentiment", "intent")


@dataclass(frozen=True)
class Label:
    """What a person said of one text."""

    #: ``sentiment`` or ``intent``.
    kind: str
    text: str
    value: str
    language: str = ""
    #: What it was read as before; empty where nothing had read it.
    was: str = ""
    #: Id of the comment; empty for a label from a file.
    comment: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Fitted:
    """One version of a brand's classifier."""

    kind: str
    version: int
    at: datetime
    who: str
    promoted: bool
    card: dict[str, Any]
    weights: bytes = field(default=b"", repr=False)


def digest(text: str) -> str:
    """Return by what a text is known: one label of a kind for each."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


def add(conn: Connection, brand: str, given: Sequence[Label], who: str, at: datetime, new_ids: Iterable[str]) -> int:
    """Store labels; a newer one replaces that of the same text and kind. Returns how many are new texts."""
    before = count(conn, brand)
    for one, label_id in zip(given, new_ids, strict=False):
        key = digest(one.text)
        where = (label.c.brand == brand, label.c.kind == one.kind, label.c.digest == key)
        conn.execute(delete(label).where(*where))
        row = {"kind": one.kind, "text": one.text, "value": one.value, "language": one.language, "was": one.was,
               "comment": one.comment}  # fmt: skip
        conn.execute(insert(label).values(id=label_id, brand=brand, digest=key, who=who, at=at, **row))
    return count(conn, brand) - before


def count(conn: Connection, brand: str) -> int:
    """Return how many labels a brand has."""
    return int(conn.execute(select(func.count()).select_from(label).where(label.c.brand == brand)).scalar_one())


def of(conn: Connection, brand: str, kind: str) -> list[Label]:
    """Return a brand's labels of a kind, in an order that never changes."""
    query = select(label).where(label.c.brand == brand, label.c.kind == kind).order_by(label.c.digest)
    return [Label(r.kind, r.text, r.value, r.language, r.was, r.comment, r.who, r.at) for r in conn.execute(query)]


def forget(conn: Connection, comment_ids: Sequence[str]) -> int:
    """Delete the labels of these comments, as when their author is forgotten; return how many there were."""
    return conn.execute(delete(label).where(label.c.comment.in_(comment_ids))).rowcount if comment_ids else 0


def keep(conn: Connection, brand: str, made: Fitted) -> Fitted:
    """Store a classifier under the next version; where it is promoted, the one before is so no longer."""
    where = (classifier.c.brand == brand, classifier.c.kind == made.kind)
    version = int(conn.execute(select(func.coalesce(func.max(classifier.c.version), 0)).where(*where)).scalar_one()) + 1
    if made.promoted:
        conn.execute(update(classifier).where(*where).values(promoted=False))
    conn.execute(
        insert(classifier).values(
            brand=brand, kind=made.kind, version=version, at=made.at, who=made.who, promoted=made.promoted,
            card=made.card, weights=base64.b64encode(made.weights).decode(),
        )
    )  # fmt: skip
    return Fitted(made.kind, version, made.at, made.who, made.promoted, made.card, made.weights)


def in_use(conn: Connection, brand: str, kind: str) -> Fitted | None:
    """Return the promoted classifier of a kind, with its weights; None where none is."""
    query = select(classifier).where(
        classifier.c.brand == brand, classifier.c.kind == kind, classifier.c.promoted.is_(True)
    )
    row = conn.execute(query.order_by(desc(classifier.c.version)).limit(1)).first()
    return (
        Fitted(row.kind, row.version, row.at, row.who, True, row.card, base64.b64decode(row.weights)) if row else None
    )


def versions(conn: Connection, brand: str, kind: str) -> list[Fitted]:
    """Return every version of a kind, newest first, without weights."""
    columns = [c for c in classifier.c if c.name != "weights"]
    query = select(*columns).where(classifier.c.brand == brand, classifier.c.kind == kind)
    return [
        Fitted(r.kind, r.version, r.at, r.who, r.promoted, r.card)
        for r in conn.execute(query.order_by(desc(classifier.c.version)))
    ]
