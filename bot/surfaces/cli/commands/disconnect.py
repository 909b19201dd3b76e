"""Remove an account's login from this machine; posts and what is queued stay.

The account is paused: what waits goes out once you connect it again, and asks you first where it is late by then. The
password or the app's access stays valid at the platform until you withdraw it there. Approvers and admins may.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import connecting, options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("account", metavar="ACCOUNT|PLATFORM")
@options.yes
@click.pass_obj
def command(session: Session, account: str, yes: bool) -> None:
    """Disconnect it."""
    with session.open_app() as app:
        from bot.app import platform_class
        from bot.connecting.checking import variable
        from bot.store import posts

        person = connecting.approver(app, say("Ask an approver or an admin to disconnect it."))
        meant = connecting.meant(app.brand(), account)
        adapter = platform_class(meant.platform)
        with app.db.read() as conn:
            waiting = posts.waiting(conn, meant.key)
        if waiting:
            click.echo(say("Posts that wait on {account} and stay queued: {n}.", account=meant.key, n=waiting))
        if not yes:
            question = say("Remove the login of {account} from this machine?", account=meant.key)
            try:
                agreed = click.confirm(question)
            except click.Abort:
                raise BadInput(
                    say("Nobody said yes; nothing was changed."), next_step=say("Say it with --yes.")
                ) from None
            if not agreed:
                click.echo(say("Nothing was changed."))
                return
        count = app.connector.disconnect(meant.key, who=person.id, name=person.name)
        outside = [variable(meant.key, name) for name in app.settings.account(meant.key)]
    if count:
        click.echo(say("{account} is disconnected, and paused.", account=meant.key))
    else:
        click.echo(say("No login of {account} was stored; it is paused.", account=meant.key))
    if outside:
        click.echo(say("Remove these from the environment or .env too: {names}.", names=", ".join(outside)))
    if count and adapter.ways:
        click.echo(say("Withdraw the password or the app's access on {label} too.", label=adapter.label))
    step = say("`signoff connect {account}` connects it again; what is queued goes on then.", account=meant.key)
    click.echo(step)
