"""Sign in to the web desk: by a one-time link, or by a password.

The desk is shown by `signoff serve` where SIGNOFF_WEB is set, such as 127.0.0.1:8080. A link is good for fifteen
minutes and once. An admin makes links and passwords for others, too.
"""

from __future__ import annotations

import sys

import click

from bot.errors import BadInput, Misconfigured
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group()
def command() -> None:
    """Sign in to the web desk."""


@command.command("link", help="Print a link that signs PERSON in, once, within fifteen minutes; yourself unless named.")
@click.argument("person", required=False, default="")
@click.pass_obj
def link(session: Session, person: str) -> None:
    """Make a link."""
    with session.open_app() as app:
        from bot.surfaces.web import entry, server

        where = server.listening(app)
        if where is None:
            raise Misconfigured(
                say("The web desk is not set up."),
                next_step=say("Set SIGNOFF_WEB=127.0.0.1:8080 and start `signoff serve`."),
            )
        token, to = entry.link(app, person)
        origin = server.origins_of(app, *where)[0]
    click.echo(f"{origin}/enter?token={token}")
    click.echo(say("It signs {person} in, once, within {n} minutes.", person=to, n=15), err=True)


@command.command("password", help="Set the password of PERSON, or take it away with --none; yourself unless named.")
@click.argument("person", required=False, default="")
@click.option("--none", "nothing", is_flag=True, help="Take it away: only links sign in then.")
@click.pass_obj
def password(session: Session, person: str, nothing: bool) -> None:
    """Set it."""
    with session.open_app() as app:
        from bot.surfaces.web import entry

        me = app.operator()
        to = entry.meant(app.brand(), me, person)
        given = ""
        if not nothing:
            asked = sys.stdin.isatty()
            given = (
                click.prompt(say("Password"), hide_input=True, confirmation_prompt=say("Once more"))
                if asked
                else sys.stdin.readline().rstrip("\n")
            )
        if not given and not nothing:
            raise BadInput(say("There is no password."), next_step=say("Type one, or use --none."))
        entry.set_password(app, to, given, me.id)
    said = say("{person} has no password any more.", person=to.id) if nothing else say(
        "{person} signs in with it from now on, as “{person}”.", person=to.id)  # fmt: skip
    click.echo(f"{said} {say('Every session of theirs has ended.')}")


@command.command("sign-out", help="End every session of PERSON, on every device; your own unless named.")
@click.argument("person", required=False, default="")
@click.pass_obj
def sign_out(session: Session, person: str) -> None:
    """Sign out everywhere."""
    with session.open_app() as app:
        from bot.surfaces.web import entry

        me = app.operator()
        to = entry.meant(app.brand(), me, person)
        n = entry.sign_out(app, me, to)
    click.echo(say("Signed out: {n} sessions of {person}.", n=n, person=to.id))
