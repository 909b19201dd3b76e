"""Read a brand folder into Signoff.

Run it again after every change: only what changed is learned anew. Drafts that wait are checked against the new rules
before they can be signed or sent.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--reindex", is_flag=True, help="Learn everything anew, as after a change of the embedding model.")
@options.as_json
@click.pass_obj
def command(session: Session, folder: Path, reindex: bool, as_json: bool) -> None:
    """Learn the folder."""
    from bot import brand_folder

    with session.open_app() as app:
        learned = app.learn(folder, reindex=reindex)
        brand = brand_folder.load(folder).brand
    counts = {"added": learned.added, "changed": learned.changed, "removed": learned.removed}
    if as_json:
        book = brand.rulebook
        screen.emit({"brand": brand.id, "rulebook": book.version, "rules": len(book.rules), **counts})
        return
    click.echo(
        say(
            "Learned {name}: {rules} rules ({added} new, {changed} changed, {removed} gone).",
            name=brand.name,
            rules=len(brand.rulebook.rules),
            **counts,
        )
    )
    if not session.settings().operator:
        known = ", ".join(f"{p.id} ({p.name})" for p in brand.people)
        click.echo(say("Say who you are with --as or SIGNOFF_OPERATOR. People: {people}.", people=known))
