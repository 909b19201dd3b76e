"""Give programs tokens for the API of the web desk, and take them back.

A token acts for a person and can never do more than they may. Its scopes narrow that: read, write, approve. It is
shown once. docs/api.md has examples.
"""

from __future__ import annotations

import click

from bot.errors import NotAllowed, NotFound
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group()
def command() -> None:
    """Manage tokens."""


@command.group("token", help="Make, list and revoke tokens.")
def token() -> None:
    """Manage them."""


@token.command("new", help="Make a token named NAME and print it, this once.")
@click.argument("name")
@click.option("--scopes", default="read", metavar="LIST", help="What it may do: read,write,approve. Read unless told.")
@click.option("--person", default="", metavar="ID", help="For whom it acts; yourself unless named.")
@click.option("--days", type=click.IntRange(1, 366), default=90, help="How long it counts, 90 unless told.")
@click.pass_obj
def new(session: Session, name: str, scopes: str, person: str, days: int) -> None:
    """Make one."""
    with session.open_app() as app:
        from bot.surfaces.cli import programs

        secret, made, to = programs.token(app, name, scopes, person, days)
    wanted = made.scopes
    click.echo(secret)
    click.echo(say("This is shown once. It acts for {person}, until {day}: {scopes}.", person=to,
                   day=f"{made.expires:%Y-%m-%d}", scopes=", ".join(sorted(wanted))), err=True)  # fmt: skip


@token.command("list", help="List tokens: whose, what they may do, and when each was last used.")
@options.as_json
@click.pass_obj
def listed(session: Session, as_json: bool) -> None:
    """List them."""
    with session.open_app() as app:
        from bot.store import api

        with app.db.read() as conn:
            found = api.tokens(conn, app.brand().id)
        now = app.clock.now()
    if as_json:
        screen.emit({"tokens": found})
        return
    rows = [
        [one.id, one.name, one.person, ",".join(sorted(one.scopes)),
         say("ended") if one.expires <= now else say("until {day}", day=f"{one.expires:%Y-%m-%d}"),
         say("used {day}", day=f"{one.used:%Y-%m-%d %H:%M}") if one.used else say("never used")]
        for one in found
    ]  # fmt: skip
    screen.columns(rows, indent="") if rows else click.echo(say("There are no tokens."))


@token.command("revoke", help="Take the token ID back at once; ID as `list` shows it.")
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke(session: Session, token_id: str) -> None:
    """Take it back."""
    with session.open_app() as app:
        from bot.domain.brand import Role
        from bot.store import api, events

        me, brand = app.operator(), app.brand()
        with app.desk.deciding() as conn:
            mine = next((one for one in api.tokens(conn, brand.id) if one.id == token_id), None)
            if mine is None:
                raise NotFound(say("There is no token {id}.", id=repr(token_id)),
                               next_step=say("`signoff api token list` lists them."))  # fmt: skip
            if mine.person != me.id and not me.may(Role.ADMIN):
                raise NotAllowed(say("Only an admin of {brand} may do that for somebody else.", brand=brand.name))
            api.revoke(conn, token_id)
            events.record(conn, app.clock.now(), me.id, f"token:{token_id}", "made", "revoked", "")
    click.echo(say("{id} does nothing any more.", id=token_id))
