"""Report on a week: what was drafted, signed, published, late and answered.

WEEK is last, week (this one), or a week such as 2026-W47; without it the last seven days. With --html the whole report,
with pictures of how people spoke, is written to one file that any browser shows and prints.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("week", metavar="[WEEK]", default="")
@click.option("--html", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write it as a page to this file.")  # fmt: skip
@options.as_json
@click.pass_obj
def command(session: Session, week: str, path: Path | None, as_json: bool) -> None:
    """Print it, or write it."""
    with session.open_app() as app:
        if path is not None:
            from bot.surfaces.web import paper

            body = paper.report(app, week)
            try:
                path.write_text(body, encoding="utf-8")
            except OSError as error:
                raise BadInput(say("{path} cannot be written: {why}.", path=path, why=error.strerror or error),
                               next_step=say("Name another file.")) from None  # fmt: skip
            click.echo(say("Written: {path}", path=path))
            return
        from bot.writing import report

        found = report.report(app, week)
        if as_json:
            screen.emit({
                "brand": found.brand.id, "first": found.first, "last": found.last, "drafted": found.drafted,
                "signed": found.signed, "rejected": found.rejected, "published": found.published,
                "accounts": dict(found.accounts), "late": len(found.late), "results": dict(found.results),
                "days": [{"day": d, "drafted": made, "published": out} for d, made, out in found.days],
            })  # fmt: skip
            return
        click.secho(report.title(found), bold=True)
        for line in report.sentences(found):
            click.echo(line)
