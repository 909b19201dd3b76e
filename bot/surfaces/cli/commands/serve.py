"""Run the worker and every surface that is set up, in one process.

Ctrl-C or SIGTERM ends it in order. --http tells health and metrics to whoever asks on that address.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.http
@click.pass_obj
def command(session: Session, http: str) -> None:
    """Serve."""
    with session.open_app() as app:
        from bot.surfaces.cli import working

        brand = app.brand()
        click.echo(say("Serving {brand}: the worker. No other surface is part of this version.", brand=brand.name))
        click.echo(say("People decide in the terminal: `signoff queue`, `signoff approve ID`."))
        working.until_stopped(app, http or session.settings().http)
