"""Bring texts that your brand published before Signoff.

FILE is .csv, .jsonl or .md: date, account, text, language, and if you have them likes, replies, reposts, views and url.
They count as your own approved words: drafts take after them. All rows are taken over, or none.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

#: Rows that are named at most.
_NAMED = 20


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path), required=False)
@click.option("--undo", is_flag=True, help="Take back what the last file brought.")
@options.as_json
@click.pass_obj
def command(session: Session, file: Path | None, undo: bool, as_json: bool) -> None:
    """Bring them."""
    if undo == (file is not None):
        raise BadInput(say("Name one file, or say --undo."))
    with session.open_app() as app:
        from bot import own_words
        from bot.store import own

        who = app.operator().id
        brand = app.brand()
        if file is None:
            with app.desk.deciding() as conn:
                gone = own.undo(conn, brand.id)
            own_words.refresh(app)
            if as_json:
                screen.emit({"removed": gone})
            else:
                click.echo(say("Texts taken back: {n}.", n=gone))
            return
        report = own_words.remember(app, file, who)
        if report.added:
            own_words.refresh(app)
    if as_json:
        screen.emit(report)
    else:
        for problem in [*report.problems, *report.skipped][:_NAMED]:
            click.echo(say("line {n}: {what}", n=problem.line, what=problem.message), err=bool(report.problems))
        if (more := len(report.problems) + len(report.skipped) - _NAMED) > 0:
            click.echo(say("and {n} more.", n=more), err=bool(report.problems))
    if report.problems:
        raise BadInput(
            say("Rows that cannot be taken over: {n}. Nothing was taken over.", n=len(report.problems)),
            next_step=say("Mend them and bring the file again; rows that are known are skipped."),
        )
    if not as_json:
        by = ", ".join(f"{language} {n}" for language, n in sorted((report.languages or {}).items()))
        click.echo(say("Texts taken over: {n} ({languages}); known already: {known}.", n=report.added,
                       languages=by or "-", known=len(report.skipped)))  # fmt: skip
