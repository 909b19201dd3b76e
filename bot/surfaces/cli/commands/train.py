"""Fit your own reader of comments to your team's labels, or export them.

KIND is `sentiment`, `intent`, or `export`. Labels are the corrections of `signoff relabel`; --file brings more, one
JSON object a line with text and label. Sixty are the least, a few hundred do well; it takes seconds.

Every figure is of texts that were held out. The new version is used only when it is surely better than the one before:
when the lower bound of its gain is above zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen, trained
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App


@click.command()
@click.argument("kind", type=click.Choice(["sentiment", "intent", "export"]), metavar="KIND")
@click.option(
    "--file", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Labels to take in first."
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Where export writes to.")
@click.option("--versions", is_flag=True, help="List what was trained, and train nothing.")
@click.option("--card", is_flag=True, help="Show the model card of the version in use, and train nothing.")
@click.option("--use", is_flag=True, help="Use the new version even where it is not surely better.")
@options.force
@options.as_json
@click.pass_obj
def command(
    session: Session, kind: str, path: Path | None, out: Path | None, versions: bool, card: bool, use: bool,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Train it."""
    with session.open_app() as app:
        from bot.store import labels
        from bot.writing import teaching

        if kind == "export":
            _export(app, out, force)
            return
        brand = app.brand().id
        if versions or card:
            with app.db.read() as conn:
                found = labels.versions(conn, brand, kind)
            trained.versions(found, card, as_json)
            return
        who = app.operator().id
        if path:
            new = teaching.keep(app, teaching.from_file(path, kind), who)
            click.echo(say("{n} labels taken in.", n=new), err=True)
        done = teaching.train(app, kind, who, force=use)
    if as_json:
        screen.emit({"version": done.made.version, "promoted": done.made.promoted, "card": done.made.card})
    else:
        trained.new(done)


def _export(app: App, out: Path | None, force: bool) -> None:
    from bot.store import labels
    from bot.writing import teaching

    with app.db.read() as conn:
        given = [one for kind in labels.KINDS for one in labels.of(conn, app.brand().id, kind)]
    body = teaching.export(given)
    if not body:
        raise BadInput(
            say("There are no labels yet."),
            next_step=say("Correct comments with `signoff relabel`, or bring labels with --file."),
        )
    if out is None:
        click.echo(body, nl=False)
        return
    screen.save(out, body, force=force)
    click.echo(say("{n} examples written to {path}.", n=body.count("\n"), path=out))
