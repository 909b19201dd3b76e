"""Say how people speak of the brand, or of a TOPIC, and which day was worst.

DAYS stand behind the topic: `signoff mood delivery 14d`. The web desk draws it. With --recount, every hour is counted
anew out of the comments themselves; a running worker keeps the counts by itself.
"""

from __future__ import annotations

import click

from bot.domain.comment import MOODS
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("text", metavar="[TOPIC] [DAYS]", nargs=-1)
@click.option("--recount", is_flag=True, help="Count every hour anew for the web desk.")
@options.as_json
@click.pass_obj
def command(session: Session, text: tuple[str, ...], recount: bool, as_json: bool) -> None:
    """Say it."""
    with session.open_app() as app:
        if recount:
            from bot.store import mood as rows
            from bot.workflow import counting

            with app.db.write() as conn:
                rows.all_stale(conn, app.brand().id)
            done = counting.count(app.desk, most=1_000_000)
            screen.emit({"hours": done}) if as_json else click.echo(say("Hours counted anew: {n}.", n=done))
            return
        from bot.writing import moods

        topic, days = moods.asked(" ".join(text))
        found = moods.mood(app, topic, days)
        if as_json:
            screen.emit({"topic": topic, "total": found.total, "unread": found.unread,
                         "days": [{"day": d, **{m: n[m] for m in MOODS}} for d, n in found.days]})  # fmt: skip
            return
        click.secho(moods.title(found), bold=True)
        for line in moods.sentences(found):
            click.echo(line)
