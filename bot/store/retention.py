"""Letting go of what is old: only what no signature, decision or state rests on, a few rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, not_, or_, select

from bot.store.desk import put
from bot.store.tables import event, notice, reading, switch, transcript

_NAME = "tidied"
#: Rows that one transaction lets go of: nobody waits long for it.
BATCH = 500
#: Counts of a younger post would be read again.
_READ_AGAIN = timedelta(days=30)
#: The record of drafts, posts, series and the kill switch is the proof of who decided what: it is never let go.
_PROOF = ("draft:", "part:", "post:", "series:", "switch")


def tidied(conn: Connection) -> datetime | None:
    """Return when old rows were let go of last, or None."""
    found: datetime | None = conn.execute(select(switch.c.at).where(switch.c.name == _NAME)).scalar_one_or_none()
    return found


def tidy(conn: Connection, keep: Mapping[str, int], now: datetime) -> int:
    """Let go of at most BATCH rows of each kind that are older than ``keep`` says; return how many that were.

    Fewer than that of every kind means that all is done for today, which is noted down.
    """
    done = [_drop(conn, *_old(kind, now - timedelta(days=days), now)) for kind, days in keep.items() if days]
    if all(n < BATCH for n in done):
        put(conn, switch, {"name": _NAME}, {"value": str(sum(done)), "who": "clock", "why": "", "at": now})
    return sum(done)


def kept(conn: Connection) -> dict[str, tuple[int, datetime | None]]:
    """Return (rows, oldest) of each kind that may be let go of."""
    found = {}
    for kind in ("transcripts", "notices", "readings", "events"):
        table, at = _TABLES[kind]
        n, oldest = conn.execute(select(func.count(), func.min(at)).select_from(table)).one()
        found[kind] = (int(n), oldest)
    return found


_TABLES: dict[str, tuple[Table, Any]] = {
    "transcripts": (transcript, transcript.c.created),
    "notices": (notice, notice.c.at),
    "readings": (reading, reading.c.at),
    "events": (event, event.c.at),
}


def _old(kind: str, before: datetime, now: datetime) -> tuple[Table, ColumnElement[bool]]:
    table, at = _TABLES[kind]
    if kind == "notices":
        # What nobody has read yet waits for somebody.
        return table, and_(at < before, notice.c.seen.is_not(None))
    if kind == "readings":
        return table, at < min(before, now - _READ_AGAIN)
    if kind == "events":
        return table, and_(at < before, not_(or_(*(event.c.subject.startswith(p) for p in _PROOF))))
    return table, at < before


def _drop(conn: Connection, table: Table, old: ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    found = conn.execute(select(*keys).where(old).limit(BATCH)).all()
    for row in found:
        conn.execute(delete(table).where(and_(*(k == v for k, v in zip(keys, row, strict=True)))))
    return len(found)
