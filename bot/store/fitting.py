"""What one database keeps and another refuses: PostgreSQL holds to the lengths and sizes that SQLite only notes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Integer, String, Table

from bot.store.prose import Prose, storable
from bot.words import say

#: The largest number that an integer column of PostgreSQL holds, and the smallest is one below its negative.
LARGEST = 2**31 - 1


def misfit(table: Table, row: Mapping[str, Any]) -> str:
    """Return why PostgreSQL would not take a row, with the column; empty where it would."""
    for column in table.columns:
        value, name = row[column.name], column.name
        # Free text is stored without what no database takes, see Prose.
        if value is None or isinstance(column.type, Prose):
            continue
        if isinstance(value, str) and isinstance(column.type, String):
            most = column.type.length
            if most is not None and len(value) > most:
                return say("{column} has {n} characters, and {most} fit", column=name, n=len(value), most=most)
            if storable(value) != value:
                return say("{column} holds a character that is no text", column=name)
        elif isinstance(column.type, Integer) and isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST:
            return say("{column} is {n}, which is too large", column=name, n=value)
        elif isinstance(column.type, JSON) and not _json(value):
            return say("{column} holds a number that is none", column=name)
    return ""


def _json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
