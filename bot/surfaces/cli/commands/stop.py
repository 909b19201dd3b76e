"""Stop everything at once; nothing is sent until somebody resumes.

This is the kill switch; it is read in the line before every send. Any of the brand's people may use it.
Where several brands are learned it stops them all, whoever's person presses it. A mistake in a setting that has nothing
to do with it is only said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App


@click.command()
@options.reason
@click.pass_obj
def command(session: Session, reason: str) -> None:
    """Stop."""
    with session.open_app(session.to_stop()) as app:
        from bot.workflow import switching

        changed, why = switching.stop(app.desk, _who(app), reason)
    if changed:
        click.echo(say("Stopped. Nothing is sent until an approver runs `signoff resume`."))
    else:
        click.echo(say("It was already {why}.", why=why))


def _who(app: App) -> str:
    """Return who stops: in a hurry nobody has to say for which of several brands. Raises NotAllowed, Misconfigured."""
    from bot.errors import Misconfigured
    from bot.store import desk as rows

    try:
        return app.operator().id
    except Misconfigured:
        with app.db.read() as conn:
            for brand_id in rows.brands(conn):
                if person := app.desk.brand(conn, brand_id)[0].person(app.settings.operator or ""):
                    return person.id
        raise
