"""List what waits, what is scheduled and what is live.

Unread notices stand on top, each with its next step; `signoff notices` marks them as read.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import retold, say


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what was rejected, cancelled, taken down or lapsed.")
@options.as_json
@click.pass_obj
def command(session: Session, everything: bool, as_json: bool) -> None:
    """List it."""
    with session.open_app() as app:
        from bot.store import desk as store
        from bot.surfaces.cli import listing

        brand = app.brand()
        with app.db.read() as conn:
            found = listing.rows(app, conn, brand.id, everything)
            waiting = store.notices(conn, brand=brand.id)
            stopped = store.stopped(conn)
            paused = {a.key: why for a in brand.accounts if (why := store.paused(conn, a.key))}
    if as_json:
        screen.emit({"brand": brand.id, "stopped": stopped, "paused": paused, "notices": waiting, "items": found})
        return
    if stopped:
        click.secho(say("Everything is {stopped}. `signoff resume` starts it again.", stopped=stopped), bold=True)
    for key, why in paused.items():
        click.secho(say("{account} is paused: {why}", account=key, why=retold(why)), bold=True)
    for line in listing.notices(waiting[:5]):
        click.echo(line)
    if len(waiting) > 5:
        click.echo(say("{n} more: `signoff notices`.", n=len(waiting) - 5))
    for state, title in listing.GROUPS.items():
        mine = [r for r in found if r["state"] == state]
        if mine:
            screen.heading(say(title))
            screen.columns([listing.line(r) for r in mine])
    if not found:
        click.echo(say('Nothing is on the desk. `signoff draft "BRIEF" --account {key}` begins.', key=_first(brand)))


def _first(brand: object) -> str:
    accounts = getattr(brand, "accounts", ())
    return accounts[0].key if accounts else "PLATFORM:NAME"
