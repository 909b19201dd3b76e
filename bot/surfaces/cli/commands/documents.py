"""List the documents that were written, or show one.

A document is what `signoff draft --kind` writes and no account publishes as it stands: an article, a list of titles, a
script. Without ID the newest are listed.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("given", metavar="[ID]", required=False)
@click.option("--kind", metavar="KIND", default="", help="List only documents of this kind.")
@options.out
@options.force
@options.as_json
@click.pass_obj
def command(session: Session, given: str | None, kind: str, out: Path | None, force: bool, as_json: bool) -> None:
    """List or show documents."""
    if out and not given:
        raise BadInput(say("--out needs the ID of a document."), next_step=say("`signoff documents` lists them."))
    with session.open_app() as app:
        from bot.surfaces.cli import paper
        from bot.writing import documents

        if given:
            paper.show(app, documents.find(app, given), out, force, as_json)
            return
        found = documents.listed(app, kind)
        if as_json:
            screen.emit([{"id": d.id, "kind": d.kind, "language": d.language, "created": d.created,
                          "blocked": documents.blocked(d), "brief": d.brief} for d in found])  # fmt: skip
        elif not found:
            click.echo(say("There are no documents yet. `signoff draft BRIEF --kind article` writes one."))
        else:
            screen.columns([
                [d.id, d.kind, d.language, f"{d.created:%Y-%m-%d %H:%M}", "⛔" if documents.blocked(d) else "",
                 screen.short(d.brief, 48)] for d in found
            ])  # fmt: skip
