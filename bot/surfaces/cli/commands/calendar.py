"""Show the weeks to come: what goes out when, and which slots are free.

One picture for each account and week, by the clock of the account's zone. Weekly slots and quiet times are set in
brand.yaml. With --ical a calendar file is written, which a calendar program can show; write it again to renew it.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.option("--weeks", "n", type=click.IntRange(1, 26), default=2, metavar="N", help="How many weeks, 2 unless told.")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option(
    "--ical",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an iCalendar file in place of it.",
)
@options.as_json
@click.pass_obj
def command(session: Session, n: int, account: str, ical: Path | None, as_json: bool) -> None:
    """Show it."""
    with session.open_app() as app:
        from bot.surfaces.cli import grid
        from bot.writing import weeks

        if ical is not None:
            try:
                ical.write_bytes(weeks.ical(app, app.brand().name, app.clock.now()))
            except OSError as error:
                raise BadInput(
                    say("{file} cannot be written: {why}.", file=ical, why=error.strerror or error),
                    next_step=say("Choose another folder."),
                ) from None
            click.echo(say("Written: {file}.", file=ical))
            return
        found = weeks.weeks(app, n, account)
        if as_json:
            screen.emit(found)
            return
        grid.show(found, app.clock.now())
