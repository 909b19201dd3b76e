"""Take in posts from a CSV file, or comments of the past.

A draft for each row of posts, all of them or none.

The first row names the columns: account, when, text. Others may follow: zone, text2 and more (the next parts of a
thread; within a cell a line of --- divides them), media and alt (divided by |), kind, language. Under when stands a
wall time such as 2026-12-01 09:00, `next` for the next free slot, or `now` for as soon as it is signed off.

A file of comments (comments.csv, or .jsonl with an object a line) has text and author, and may have at, account, id,
url, thread, language. They are read for mood and topics, and never answered.

Every row is checked first; while one of them cannot be used, nothing is stored. The drafts wait for their signatures.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import imported, options, screen
from bot.surfaces.cli.session import Session
from bot.words import joined, say

if TYPE_CHECKING:
    from bot.writing.importing import Report

#: So many remarks are printed; --report has them all.
_SHOWN = 40


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", "check_only", is_flag=True, help="Only say what would happen.")
@click.option("--again", is_flag=True, help="Take in a file, or a text that waits for a slot, once more.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every remark into this CSV file.",
)
@click.option("--account", metavar="KEY", default="", help="Account that comments were said to, where no column says.")
@options.force
@options.as_json
@click.pass_obj
def command(
    session: Session, path: Path, check_only: bool, again: bool, report: Path | None, account: str, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Import it."""
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.writing import comment_import, importing

        if comment_import.is_comments(path):
            app.operator()
            imported.comments(comment_import.read(app, path, account, check_only=check_only), as_json)
            return
        found = importing.read(app, path, review.writer(app).id, check_only=check_only, again=again)
    if report:
        screen.save(report, imported.table(found), force=force)
    if as_json:
        screen.emit({"file": found.file, "rows": found.rows, "wrong": found.wrong, "series": found.series,
                     "accounts": found.accounts, "encoding": found.encoding, "remarks": found.remarks})  # fmt: skip
    else:
        _tell(found, report)
    if found.wrong:
        raise BadInput(
            say("{wrong} of {rows} rows cannot be used; nothing was imported.", wrong=found.wrong, rows=found.rows),
            next_step=say("Mend them in the file and run it again."),
        )


def _tell(found: Report, report: Path | None) -> None:
    if found.encoding in ("cp1252", "gb18030"):
        name = {"cp1252": "Windows-1252", "gb18030": "GB 18030"}[found.encoding]
        click.echo(say("The file does not say how it is written; it is read as {name}.", name=name))
    if found.unread:
        click.echo(say("Columns that are not read: {names}.", names=", ".join(found.unread)))
    ranked = sorted(found.remarks, key=lambda r: (("error", "warning", "note").index(r.level), r.row))
    for remark in ranked[:_SHOWN]:
        column = f" ({remark.column})" if remark.column else ""
        level = say(remark.level)
        click.echo(say("row {n}", n=remark.row) + f"{column}: {level}: {joined(remark.message, remark.fix)}")
    if len(ranked) > _SHOWN and not report:
        click.echo(say("{n} more remarks: --report FILE writes them all.", n=len(ranked) - _SHOWN))
    if found.wrong:
        return
    for key, n in sorted(found.accounts.items()):
        click.echo(say("Drafts for {account}: {n}", account=key, n=n))
    if found.series:
        click.echo(say("Imported. Drafts that wait for their signatures: {n}.", n=found.rows))
        click.echo(say("`signoff approve --series {id}` shows and signs them.", id=found.series))
    else:
        click.echo(say("Every row can be used; nothing was stored."))
