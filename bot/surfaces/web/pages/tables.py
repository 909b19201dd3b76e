"""Tables beside pictures, and the same tables as CSV files that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response

#: A cell that begins like this is a formula to spreadsheets (https://owasp.org/www-community/attacks/CSV_Injection,
#: read 2026-11-22).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """Rows under headings. ``name`` stands in addresses and files."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def cell(value: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def as_csv(table: Table, name: str) -> Response:
    """Return a table as a file, in UTF-8 with the mark by which spreadsheets know it."""
    from starlette.responses import Response as Plain

    body = io.StringIO()
    writer = csv.writer(body)
    writer.writerow([cell(h) for h in table.heads])
    writer.writerows([[cell(v) for v in row] for row in table.rows])
    headers = {"content-disposition": f'attachment; filename="{name}-{table.name}.csv"'}
    return Plain("\ufeff" + body.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
