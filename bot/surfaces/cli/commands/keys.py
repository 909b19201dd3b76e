"""Look after the keys that stored tokens are encrypted with."""

from __future__ import annotations

import click

from bot.surfaces.cli.session import Session
from bot.words import say


@click.group()
def command() -> None:
    """Look after the keys."""


@command.command(help="Make a new key, encrypt every stored token with it, and drop the old keys.")
@click.pass_obj
def rotate(session: Session) -> None:
    """Rotate the keys."""
    with session.open_app() as app:
        count = app.vault.rotate()
        path = app.vault.keys.path
    click.echo(say("A new key is in {path}; {n} stored secrets were encrypted anew. Back it up.", path=path, n=count))
