"""Show what came of live posts: likes, replies, reposts, views.

A running worker reads them an hour, six hours, a day and a week after a post went out. With ID, the readings of that
one post.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import counts, options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("given", metavar="ID", required=False)
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option("--limit", default=20, type=click.IntRange(1, 500), help="How many posts, the newest first.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str | None, account: str, limit: int, as_json: bool) -> None:
    """Show them."""
    with session.open_app() as app:
        from bot import evidence
        from bot.store import posts, readings

        brand = app.brand()
        if given:
            draft_id = evidence.find_draft(app, given)
            with app.db.read() as conn:
                live = [p for p in posts.of_draft(conn, draft_id) if p.live]
                found = [row for p in live for row in readings.of_post(conn, p.id)]
            rows = [{"draft": draft_id, **row} for row in found]
        else:
            with app.db.read() as conn:
                live_rows = readings.live_posts(conn, brand.id, account, limit)
                told = readings.latest(conn, [row["post"] for row in live_rows])
            rows = [{**row, **counts.of(told.get(row["post"]))} for row in live_rows]
    if as_json:
        screen.emit({"brand": brand.id, "results": rows})
    elif not rows:
        nothing = say("No counts of {draft} yet.", draft=given) if given else say("Nothing is live yet.")
        click.echo(nothing + " " + say("A running `signoff worker` reads them an hour after a post went out."))
    else:
        screen.columns(counts.by_age(rows) if given else counts.listed(rows, brand.zone))
