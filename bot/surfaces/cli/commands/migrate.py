"""Move everything into another database: from SQLite to PostgreSQL, or back.

Nothing is sent meanwhile. The copy counts only when every table has the same number of rows and the same digest. The
old database stays as it was and refuses to work from then on; `--stay` takes that back.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.option("--to", metavar="URL", help="The new database: postgresql://... or sqlite:///FILE; it must be empty.")
@click.option("--check", is_flag=True, help="Only say what would be moved; change nothing.")
@click.option("--stay", is_flag=True, help="Go on with this database after all.")
@options.as_json
@click.pass_obj
def command(session: Session, to: str | None, check: bool, stay: bool, as_json: bool) -> None:
    """Move."""
    from bot.app import App
    from bot.operations import move
    from bot.surfaces.cli.progress import Progress

    if bool(to) == stay:
        raise click.UsageError(say("Say where to with --to, or --stay."))
    settings, progress = session.settings(), Progress()
    with App(settings, progress=progress, moved=stay) as app:
        try:
            who = settings.operator or "operator"
            if stay:
                back = move.stay(app, who)
                click.echo(say("This database goes on.") if back else say("This database was not moved."))
                return
            assert to is not None
            done = move.move(app, to, who=who, check=check)
        finally:
            progress.close()
    if as_json:
        screen.emit({"moved": not check, "to": done.to, "doubtful": done.doubtful, "tables": done.tables})
        return
    counts = {"name": done.to, "rows": done.rows, "tables": sum(1 for count, _ in done.tables.values() if count)}
    if check:
        click.echo(say("{rows} rows of {tables} tables would be moved to {name}.", **counts))
        click.echo(say("Nothing was changed."))
        return
    click.echo(say("Moved to {name}: {rows} rows of {tables} tables, each the same on both sides.", **counts))
    if n := done.doubtful:
        click.echo(say("Being sent when it was moved: {n}. The worker looks for them before it sends.", n=n))
    click.echo(say("Now set SIGNOFF_DATABASE_URL to the new address, on every machine, and start the workers."))
    click.echo(say("Keys, pictures and the brand memory stay in {folder}.", folder=settings.home))
