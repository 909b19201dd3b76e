"""What an import came to, as lines of a terminal and as a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import screen
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.writing.comment_import import Imported
    from bot.writing.importing import Report


def comments(found: Imported, as_json: bool) -> None:
    """Tell what a file of comments came to."""
    if as_json:
        screen.emit({"file": found.file, "rows": found.rows, "new": found.new, "known": found.known,
                     "skipped": found.skipped, "wrong": found.wrong})  # fmt: skip
        return
    for n, why in found.wrong:
        click.echo(say("row {n}", n=n) + f": {retold(why)}")
    text = say("{rows} comments: {new} are new, {known} were here, {skipped} cannot be used.", rows=found.rows,
               new=found.new, known=found.known, skipped=found.skipped)  # fmt: skip
    click.echo(text)
    if found.new:
        click.echo(say("The worker reads them; `signoff inbox --all` lists them."))


def table(found: Report) -> str:
    """Return every remark as CSV."""
    from bot.writing.spreadsheet import harmless

    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["row", "level", "column", "message", "fix"])
    for r in found.remarks:
        table.writerow([r.row, r.level, r.column, harmless(r.message), harmless(r.fix)])
    return "\ufeff" + out.getvalue()
