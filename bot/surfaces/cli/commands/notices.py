"""Read what Signoff has to tell you, and mark it as read."""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that were read before.")
@options.as_json
@click.pass_obj
def command(session: Session, everything: bool, as_json: bool) -> None:
    """Read them."""
    with session.open_app() as app:
        from bot.store import desk as store
        from bot.surfaces.cli import listing

        with app.db.read() as conn:
            found = store.notices(conn, brand=app.brand_id or None, unseen=not everything, limit=200)
        if as_json:
            screen.emit({"notices": found})
        else:
            for line in listing.notices(found):
                click.echo(line)
            if not found:
                click.echo(say("There is nothing new."))
        unread = [n["id"] for n in found if n["seen"] is None]
        if unread:
            with app.db.write() as conn:
                store.seen(conn, unread, app.clock.now())
