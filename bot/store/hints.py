"""Which index a statement shall not take.

SQLite has no figures of the tables here, and takes the index of what nearly every row has (a brand, a state) where that
of an instant or an id would lead to the few that are wanted. PostgreSQL knows better, and gets the plain column.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: Attempts that did not end well, in queries and in the index: word for word, as SQLite wants it.
FAILED = text("attempt.outcome not in ('live','unsent')")
FAILED_ROWS = text("outcome not in ('live','unsent')")


class unindexed(FunctionElement[Any]):
    """The column as it is, without its index (https://www.sqlite.org/optoverview.html#uplus, read 2026-11-22)."""

    inherit_cache = True
    name = "unindexed"

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _as_it_is(element: Any, compiler: Any, **given: Any) -> str:
    return str(compiler.process(element.clauses.clauses[0], **given))


@compiles(unindexed, "sqlite")
def _without_index(element: Any, compiler: Any, **given: Any) -> str:
    return "+" + _as_it_is(element, compiler, **given)
