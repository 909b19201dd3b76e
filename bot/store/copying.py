"""A logical copy of every table from one database into another, with a count and a digest of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from bot.store.chat_tables import inbox
from bot.store.comment_tables import comment
from bot.store.label_tables import label
from bot.store.mood_tables import mood_day, mood_hour
from bot.store.proposal_tables import proposal
from bot.store.question_tables import rule_question
from bot.store.sandbox_tables import sandbox_post
from bot.store.series_tables import lasting
from bot.store.tables import metadata
from bot.store.web_tables import web_session

#: Rows of one statement.
_AT_ONCE = 500


def tables() -> list[Table]:
    """Return every table of Signoff, those that others point to first."""
    found = list(metadata.sorted_tables)
    needed = {rule_question, sandbox_post, inbox, comment, label, lasting, mood_hour, mood_day, proposal, web_session}
    assert needed <= set(found)
    return found


def tally(conn: Connection) -> dict[str, tuple[int, str]]:
    """Return (rows, digest) of every table; the digest does not depend on the order of rows or on the database."""
    return {table.name: _tally(conn, table) for table in tables()}


def copy(source: Connection, target: Connection) -> None:
    """Copy every row. The target has the same schema and no rows; its counters go on behind the highest id."""
    for table in tables():
        for rows in _batches(source, table):
            target.execute(insert(table), rows)
        column = next((c for c in table.primary_key if c.autoincrement is True), None)
        if column is not None and target.dialect.name == "postgresql":
            highest = target.execute(select(func.max(column))).scalar_one()
            if highest is not None:
                where = {"table": table.name, "column": column.name, "highest": highest}
                target.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), where)


def empty(conn: Connection) -> bool:
    """Say whether no table has a row."""
    return all(conn.execute(select(*table.primary_key).limit(1)).first() is None for table in tables())


def _batches(conn: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    # On the statement: a connection would keep it for all that follows.
    found = conn.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings()
    for rows in found.partitions(_AT_ONCE):
        yield [dict(row) for row in rows]


def _tally(conn: Connection, table: Table) -> tuple[int, str]:
    count, total = 0, 0
    for rows in _batches(conn, table):
        for row in rows:
            line = json.dumps([row[c.name] for c in table.columns], sort_keys=True, ensure_ascii=False, default=_plain)
            total += int.from_bytes(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest(), "big")
            count += 1
    # A sum of hashes: the two databases sort text differently.
    return count, f"{total % (1 << 256):064x}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a table")
