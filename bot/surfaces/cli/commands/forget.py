"""Erase what somebody said, everywhere in the database, as they may ask.

AUTHOR is their handle, or their id on the platform. Their comments go, with notes, quotations, notices and the runs in
which a model read them; they are not heard again. Answers that went out stay on the platform: `signoff undo` takes
one down. Backups made before still hold it: how long they are kept is yours to set.
"""

from __future__ import annotations

import sys

import click

from bot.errors import BadInput, NotAllowed
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("author", metavar="AUTHOR")
@click.option("--platform", metavar="NAME", default="", help="Where, such as bluesky; else wherever there is one.")
@options.yes
@options.as_json
@click.pass_obj
def command(session: Session, author: str, platform: str, yes: bool, as_json: bool) -> None:
    """Erase it."""
    with session.open_app() as app:
        from bot.domain.brand import Role
        from bot.writing import forgetting

        who, brand = app.operator(), app.brand()
        if not who.may(Role.ADMIN):
            raise NotAllowed(say("{person} is not an admin of {brand}.", person=who.name, brand=brand.name))
        if not yes:
            if not sys.stdin.isatty():
                raise BadInput(say("This cannot be undone."), next_step=say("Add --yes."))
            click.confirm(say("Erase all that {author} said? This cannot be undone.", author=author), abort=True)
        found = forgetting.forget(app, author, platform, who.id)
    if as_json:
        screen.emit(found)
        return
    text = say("Erased: {comments} comments, {notes} notes, {drafts} quotations, {runs} runs of the model.",
               comments=found.comments, notes=found.notes, drafts=found.drafts, runs=found.transcripts)  # fmt: skip
    click.echo(text)
    if not found.comments:
        click.echo(say("Nothing by that author was here; they are not heard from now on."))
