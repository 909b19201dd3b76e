"""Stop everything at once; nothing is sent until somebody resumes.

This is the kill switch; it is read in the line before every send. Any of the brand's people may use it.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.reason
@click.pass_obj
def command(session: Session, reason: str) -> None:
    """Stop."""
    with session.open_app() as app:
        from bot.workflow import switching

        changed, why = switching.stop(app.desk, app.operator().id, reason)
    if changed:
        click.echo(say("Stopped. Nothing is sent until an approver runs `signoff resume`."))
    else:
        click.echo(say("It was already {why}.", why=why))
