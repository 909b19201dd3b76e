"""Recurring series: rows <-> domain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.errors import NotFound
from bot.store.series_tables import series
from bot.store.tables import draft
from bot.words import say


@dataclass(frozen=True)
class Series:
    """A text that comes again and again; each occurrence is a draft of its own, with its own signatures."""

    id: str
    brand: str
    account: str
    #: Draft and version whose text it is.
    draft_id: str
    version: int
    #: RFC 5545 recurrence rule, counted in wall time of ``zone`` from ``start`` on.
    rule: str
    #: ``YYYY-MM-DDTHH:MM``.
    start: str
    zone: str
    #: So many days before its time an occurrence becomes a draft.
    days_ahead: int
    author: str
    created: datetime
    #: Wall time of the last occurrence that became a draft or was passed over; empty for none yet.
    last: str = ""
    #: When the next occurrence is to become a draft; None when no more come.
    look_at: datetime | None = None
    #: Why no more come; empty while they do.
    ended: str = ""


def add(conn: Connection, value: Series) -> None:
    """Store a new series."""
    conn.execute(insert(series).values(**asdict(value)))


def get(conn: Connection, series_id: str, *, lock: bool = False) -> Series:
    """Return a series; with ``lock``, nobody else may go on with it meanwhile. Raises NotFound."""
    query = select(series).where(series.c.id == series_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound(
            say("There is no series {series}.", series=repr(series_id)),
            next_step=say("`signoff repeat` lists what there is."),
        )
    return Series(**row)


def of_brand(conn: Connection, brand: str) -> list[Series]:
    """Return a brand's series, newest first."""
    query = select(series).where(series.c.brand == brand).order_by(series.c.created.desc(), series.c.id)
    return [Series(**row) for row in conn.execute(query).mappings()]


def waiting(conn: Connection, now: datetime) -> list[str]:
    """Return the ids of series of which an occurrence is to become a draft now."""
    query = select(series.c.id).where(series.c.ended == "", series.c.look_at <= now).order_by(series.c.id)
    return list(conn.execute(query).scalars())


def change(conn: Connection, series_id: str, **columns: object) -> None:
    """Set columns of a series."""
    conn.execute(update(series).where(series.c.id == series_id).values(**columns))


def drafts_of(conn: Connection, series_id: str) -> set[str]:
    """Return the ids of the drafts that say the text of a series: its occurrences, and the one it came from."""
    found = set(conn.execute(select(draft.c.id).where(draft.c.series == series_id)).scalars())
    return found | set(conn.execute(select(series.c.draft_id).where(series.c.id == series_id)).scalars())
