"""Start again after `signoff stop`, or let a paused account go on.

Without ACCOUNT it turns the kill switch off; with one it lets that account send again. Approvers and admins may.
"""

from __future__ import annotations

import click

from bot.errors import NotAllowed, NotFound
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
        from bot.domain.brand import Role
        from bot.store import desk as store

        person, brand = app.operator(), app.brand()
        if not person.may(Role.APPROVER):
            raise NotAllowed(
                say("{person} is not an approver of {brand}.", person=person.name, brand=brand.name),
                next_step=say("Ask an approver or an admin to resume."),
            )
        if account is not None and brand.account(account) is None:
            known = ", ".join(a.key for a in brand.accounts)
            raise NotFound(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(account)),
                next_step=say("It has: {known}.", known=known),
            )
        now = app.clock.now()
        with app.db.write() as conn:
            if account is None:
                changed = store.set_stop(conn, False, who=person.id, why=reason, at=now)
            else:
                changed = store.pause(conn, account, "", who=person.id, at=now)
            still = store.stopped(conn)
    if account is None:
        click.echo(say("Running again.") if changed else say("It was not stopped."))
        return
    click.echo(
        say("{account} goes on.", account=account) if changed else say("{account} was not paused.", account=account)
    )
    if still:
        click.echo(say("Everything is still {stopped}: `signoff resume`.", stopped=still))
