"""Letting go of what is old: only what no signature, decision or state rests on, a few rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from bot.domain.comment import SETTLED, CommentState
from bot.store import api, comments, forgetting
from bot.store.comment_rows import LET_GO
from bot.store.comment_tables import comment
from bot.store.desk import put
from bot.store.tables import event, notice, reading, switch, transcript

_NAME = "tidied"
#: Rows that one transaction lets go of: nobody waits long for it.
BATCH = 500
#: Comments whose words one transaction erases: all that quotes them is looked for.
ERASED = 100
#: Counts of a younger post would be read again.
_READ_AGAIN = timedelta(days=30)
#: What passes by itself. All other records are the proof of who decided what, and never let go.
_PASSING = ("account:", "worker:", "web:")


def tidied(conn: Connection) -> datetime | None:
    """Return when old rows were let go of last, or None."""
    found: datetime | None = conn.execute(select(switch.c.at).where(switch.c.name == _NAME)).scalar_one_or_none()
    return found


def tidy(conn: Connection, keep: Mapping[str, int], now: datetime) -> int:
    """Let go of at most BATCH rows of each kind that are older than ``keep`` says; return how many that were.

    Fewer than that of every kind means that all is done for today, which is noted down.
    """
    # No calendar goes back as far as some numbers of days: then all is kept.
    ages = {kind: now - timedelta(days=days) for kind, days in keep.items() if 0 < days < now.toordinal()}
    api.tidy(conn, now)
    done = [_drop(conn, *_old(kind, before, now)) for kind, before in ages.items() if kind != "comments"]
    erased = _erase(conn, ages["comments"], now) if "comments" in ages else 0
    if all(n < BATCH for n in done) and erased < ERASED:
        put(conn, switch, {"name": _NAME}, {"value": str(sum(done) + erased), "who": "clock", "why": "", "at": now})
    return sum(done) + erased


def _erase(conn: Connection, before: datetime, now: datetime) -> int:
    """Erase the words of comments that came before an instant, and what quotes them; their rows and labels stay.

    What was heard then and still waits for somebody is closed; one with an answer under way is left until that ended.
    """
    c = comment.c
    under_way = [CommentState.PROPOSED.value, CommentState.AUTO_REPLIED.value]
    where = (c.heard < before, c.raw != LET_GO, c.state.not_in(under_way))
    rows = conn.execute(select(c.id, c.brand, c.state).where(*where).order_by(c.heard).limit(ERASED)).all()
    settled = {state.value for state in SETTLED}
    for row in rows:
        if row.state not in settled:
            comments.move(conn, row.id, CommentState(row.state), CommentState.CLOSED, at=now, who="clock",
                          why="it is older than comments are kept", closed=now)  # fmt: skip
    for brand in {row.brand for row in rows}:
        ids = [row.id for row in rows if row.brand == brand]
        forgetting.erase(conn, brand, ids)
        conn.execute(update(comment).where(c.id.in_(ids)).values(raw=LET_GO))
    return len(rows)


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
        return table, and_(at < before, or_(*(event.c.subject.startswith(p) for p in _PASSING)))
    return table, at < before


def _drop(conn: Connection, table: Table, old: ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    found = conn.execute(select(*keys).where(old).limit(BATCH)).all()
    for row in found:
        conn.execute(delete(table).where(and_(*(k == v for k, v in zip(keys, row, strict=True)))))
    return len(found)
