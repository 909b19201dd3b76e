"""Put a backup back; nothing is replaced before all of it was checked.

Stop every worker first. What stood in the folder is put aside, not deleted. The worker then looks on each platform
for what went out since the backup, before it sends anything. --check only reads the backup to the end.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder for data to restore into.")
@click.option("--check", is_flag=True, help="Only check the backup; change nothing.")
@click.option("--stop", is_flag=True, help="Send nothing afterwards until `signoff resume`.")
@options.as_json
@click.pass_obj
def command(session: Session, source: Path, into: Path | None, check: bool, stop: bool, as_json: bool) -> None:
    """Restore."""
    from bot.clock import SystemClock
    from bot.operations import restore

    settings = session.settings(**({"home": into.expanduser()} if into else {}))
    done = restore.restore(settings, SystemClock(), source.expanduser(), who=settings.operator, check=check, stop=stop)
    if as_json:
        screen.emit({"checked": True, "restored": not check, **vars(done)})
        return
    made = done.manifest
    rows = sum(count for count, _ in made.tables.values())
    time = f"{made.taken:%Y-%m-%d %H:%M} UTC"
    click.echo(say("A whole backup of {time}: {n} rows, {files} files.", time=time, n=rows, files=len(made.files)))
    if done.locked:
        names = ", ".join(done.locked)
        click.echo(say("The keys at hand do not open: {names}. Bring the key file, or connect again.", names=names))
    if check:
        click.echo(say("Nothing was changed."))
        return
    if done.kept:
        click.echo(say("What stood there is in {folder}.", folder=done.kept))
    click.echo(say("Restored into {folder}.", folder=settings.home))
    click.echo(
        say("Posts that were due since then: {n}. The worker looks for them before it sends.", n=done.to_look_for)
    )
    click.echo(say("What was decided since then is lost: `signoff queue` shows what will go out."))
