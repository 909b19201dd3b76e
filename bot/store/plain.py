"""Statements that run for every post, compiled once and, on SQLite, handed to the driver as they are.

SQLAlchemy's way through a statement costs several times what SQLite needs to run it. The statement is still built and
spelled by SQLAlchemy, with the columns' own types; only the way there and back is shorter. PostgreSQL, where the way to
the server costs more than both, takes the ordinary one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Executable, SelectBase
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
_DIALECT = sqlite.dialect()


@dataclass(frozen=True)
class _Spelled:
    text: str
    #: Takes the values of one line in the order in which the text has them.
    values: Callable[[Mapping[str, Any]], Sequence[Any]]
    #: What must be converted on the way there, by place, and on the way back.
    there: tuple[tuple[int, Convert], ...]
    back: tuple[tuple[int, Convert], ...]
    fixed: Mapping[str, Any]


class Plain:
    """One statement, with the names of what it is given at each execution."""

    def __init__(self, statement: Executable, *names: str) -> None:
        self.statement, self._names = statement, names

    def rows(self, conn: Connection, given: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """Return what the statement selects, each row by its columns' places."""
        given = given or {}
        if conn.dialect.name != "sqlite":
            return conn.execute(self.statement, given).all()
        spelled = self._spelled
        found = run(conn, spelled.text, self._line(spelled, given)).fetchall()
        if not spelled.back:
            return cast(Sequence[Sequence[Any]], found)
        lines = [list(row) for row in found]
        for line in lines:
            for place, convert in spelled.back:
                if line[place] is not None:
                    line[place] = convert(line[place])
        return lines

    def run(self, conn: Connection, lines: Sequence[Mapping[str, Any]]) -> int:
        """Run the statement for each line; return how many rows an update changed in all."""
        if conn.dialect.name != "sqlite":
            # One row alone is no executemany, whose count some drivers do not give.
            return conn.execute(self.statement, lines[0] if len(lines) == 1 else lines).rowcount
        spelled = self._spelled
        return run(conn, spelled.text, [self._line(spelled, line) for line in lines], many=True).rowcount

    @staticmethod
    def _line(spelled: _Spelled, given: Mapping[str, Any]) -> Sequence[Any]:
        values = list(spelled.values({**spelled.fixed, **given} if spelled.fixed else given))
        for place, convert in spelled.there:
            values[place] = convert(values[place])
        return values

    @cached_property
    def _spelled(self) -> _Spelled:
        compiled = self.statement.compile(dialect=_DIALECT, column_keys=list(self._names) or None)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        order = compiled.positiontup or []
        binds = [compiled.binds[name] for name in order]
        there = [(n, b.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for n, b in enumerate(binds)]
        back: list[tuple[int, Any]] = []
        if isinstance(self.statement, SelectBase):
            types = [c.type.dialect_impl(_DIALECT) for c in self.statement.selected_columns]
            back = [(n, t.result_processor(_DIALECT, None)) for n, t in enumerate(types)]
        # What the statement itself gives, beside what it is given.
        fixed = {n: b.value for n, b in zip(order, binds, strict=True) if not b.required and n not in self._names}
        to, fro = ([(n, f) for n, f in way if f] for way in (there, back))
        return _Spelled(str(compiled), _taker(order), tuple(to), tuple(fro), fixed)


def _taker(order: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(order) > 1:
        return cast(Callable[[Mapping[str, Any]], Sequence[Any]], itemgetter(*order))
    return lambda given: [given[name] for name in order]


def run(conn: Connection, text: str, values: Sequence[Any] = (), *, many: bool = False) -> sqlite3.Cursor:
    """Run a text of SQLite's on a connection's own driver, within its transaction. Raises what SQLAlchemy would."""
    driver = cast(sqlite3.Connection, conn.connection.dbapi_connection)
    try:
        return driver.executemany(text, values) if many else driver.execute(text, values)
    except sqlite3.Error as error:
        raise cast(DBAPIError, DBAPIError.instance(text, None, error, sqlite3.Error, dialect=conn.dialect)) from error
