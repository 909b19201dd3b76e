"""A logical copy of every table from one database into another, with a count and a digest of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.errors import Misconfigured
from bot.store import fitting
from bot.store.chat_tables import inbox
from bot.store.comment_tables import comment
from bot.store.label_tables import label
from bot.store.mood_tables import mood_day, mood_hour
from bot.store.proposal_tables import proposal
from bot.store.prose import Prose, storable
from bot.store.question_tables import rule_question
from bot.store.sandbox_tables import sandbox_post
from bot.store.series_tables import lasting
from bot.store.tables import metadata
from bot.store.trouble import first_line
from bot.store.web_tables import web_session
from bot.words import say

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
    """Copy every row. The target has the same schema and no rows; its counters go on behind the highest id.

    Raises Misconfigured, with the table and the row, where the target does not take one.
    """
    for table in tables():
        for rows in _batches(source, table):
            _insert(target, table, rows)
        column = next((c for c in table.primary_key if c.autoincrement is True), None)
        if column is not None and target.dialect.name == "postgresql":
            highest = target.execute(select(func.max(column))).scalar_one()
            if highest is not None:
                where = {"table": table.name, "column": column.name, "highest": highest}
                target.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), where)


def refused(conn: Connection, table: Table) -> list[str]:
    """Return each row of a table that PostgreSQL would not take, and why."""
    return [
        f"{table.name}, {_key(table, row)}: {why}"
        for rows in _batches(conn, table)
        for row in rows
        if (why := fitting.misfit(table, row))
    ]


def _insert(target: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        with target.begin_nested():
            target.execute(insert(table), rows)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        if len(rows) > 1:
            # Of many rows the database does not say which one it means.
            for row in rows:
                _insert(target, table, [row])
            return
        why = fitting.misfit(table, rows[0]) or first_line(error)
        raise Misconfigured(
            say("The new database does not take a row: {why}", why=f"{table.name}, {_key(table, rows[0])}: {why}"),
            next_step=say("Nothing was changed. Please report it with this line."),
        ) from None


def _key(table: Table, row: Mapping[str, Any]) -> str:
    """Name a row by its key, such as ``id r_1``."""
    return ", ".join(f"{c.name} {row[c.name]}" for c in table.primary_key)


def empty(conn: Connection) -> bool:
    """Say whether no table has a row."""
    return all(conn.execute(select(*table.primary_key).limit(1)).first() is None for table in tables())


def _batches(conn: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    # On the statement: a connection would keep it for all that follows.
    found = conn.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings()
    # What no text column takes was stored by older versions, and is gone from a copy: it is not counted either.
    prose = [c.name for c in table.columns if isinstance(c.type, Prose)]
    for rows in found.partitions(_AT_ONCE):
        lines = [dict(row) for row in rows]
        for line in lines:
            line.update({name: storable(line[name]) for name in prose if line[name]})
        yield lines


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
