"""Tell other programs what happens: a signed request for each event.

A running worker sends them, and tries for a day until one is taken. docs/api.md says what is sent, and how to check
the signature. An admin of the brand manages them.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, programs, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group()
def command() -> None:
    """Manage webhooks."""


@command.command(
    "add", help="Tell URL what happens from now on, and print the secret that its requests are signed with."
)
@click.argument("url")
@click.option(
    "--events", "names", default="*", metavar="LIST", help="Such as post.live,draft.*; everything unless told."
)
@click.pass_obj
def add(session: Session, url: str, names: str) -> None:
    """Add it."""
    with session.open_app() as app:
        secret, made = programs.hook(app, url, names)
    click.echo(secret)
    click.echo(
        say("This is shown once. {id} is told of {n} kinds of events.", id=made.id, n=len(made.events)), err=True
    )


@command.command("list", help="List webhooks, and how what was sent to them ended.")
@options.as_json
@click.pass_obj
def listed(session: Session, as_json: bool) -> None:
    """List them."""
    with session.open_app() as app:
        from bot.store import webhooks

        with app.db.read() as conn:
            found = [(one, webhooks.counts(conn, one.id)) for one in webhooks.every(conn, app.brand().id)]
    if as_json:
        screen.emit({"webhooks": [{**vars(one), "deliveries": counts} for one, counts in found]})
        return
    programs.table(programs.hooks(found), say("There are no webhooks."))


@command.command("log", help="List what was last sent to the webhook ID, the newest first.")
@click.argument("webhook_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="How many.")
@options.as_json
@click.pass_obj
def log(session: Session, webhook_id: str, limit: int, as_json: bool) -> None:
    """List it."""
    with session.open_app() as app:
        from bot.store import webhooks
        from bot.workflow import webhook_list

        one = webhook_list.named(app.desk, app.brand(), webhook_id)
        with app.db.read() as conn:
            found = webhooks.deliveries(conn, one.id, limit)
    if as_json:
        screen.emit({"webhook": one.id, "deliveries": found})
        return
    programs.table(programs.deliveries(found), say("Nothing was sent yet."))


@command.command("replay", help="Send again what the webhook ID did not take, or with --after all behind that event.")
@click.argument("webhook_id", metavar="ID")
@click.option("--after", type=click.IntRange(0), metavar="EVENT", help="The last event that it has.")
@click.pass_obj
def replay(session: Session, webhook_id: str, after: int | None) -> None:
    """Send it again."""
    with session.open_app() as app:
        from bot.workflow import webhook_list

        brand, me = app.brand(), app.operator()
        webhook_list.may(me, brand)
        one = webhook_list.named(app.desk, brand, webhook_id)
        n = webhook_list.replay(app.desk, brand, one, after)
    click.echo(say("{n} events are on their way to {id}; a running worker sends them.", n=n, id=webhook_id))


@command.command("remove", help="Send nothing more to the webhook ID, and forget it.")
@click.argument("webhook_id", metavar="ID")
@click.pass_obj
def remove(session: Session, webhook_id: str) -> None:
    """Remove it."""
    with session.open_app() as app:
        programs.unhook(app, webhook_id)
    click.echo(say("{id} is told nothing any more.", id=webhook_id))
