"""Start again after `signoff stop`, or let a paused account go on.

Without ACCOUNT it turns the kill switch off; with one it lets that account send again. Approvers and admins may.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("account", required=False)
@options.reason
@click.pass_obj
def command(session: Session, account: str | None, reason: str) -> None:
    """Resume."""
    with session.open_app() as app:
        from bot.workflow import switching

        changed, still = switching.resume(app.desk, app.brand(), app.operator(), account, reason)
    if account is None:
        click.echo(say("Running again.") if changed else say("It was not stopped."))
        return
    click.echo(
        say("{account} goes on.", account=account) if changed else say("{account} was not paused.", account=account)
    )
    if still:
        click.echo(say("Everything is still {stopped}: `signoff resume`.", stopped=still))
