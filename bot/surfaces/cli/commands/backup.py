"""Back up everything into one file, while it runs.

TARGET is a file, or a folder that gets one named by the time. It holds the database, pictures, the brand memory and
copies of pages; not your brand folders, and not the keys of stored logins unless you ask for them. Who has the file
and the keys can post as you.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the keys of stored logins into it too.")
@options.as_json
@click.pass_obj
def command(session: Session, target: Path, with_keys: bool, as_json: bool) -> None:
    """Back up."""
    with session.open_app() as app:
        from bot.operations import backup

        path, made = backup.back_up(app, target.expanduser(), with_keys=with_keys)
        keys = app.vault.keys.path
    if as_json:
        screen.emit({"path": str(path), "manifest": made})
        return
    size = path.stat().st_size / 1e6
    rows = sum(count for count, _ in made.tables.values())
    click.echo(say("{path}: {n} rows, {files} files, {size} MB.", path=path, n=rows, files=len(made.files),
                   size=f"{size:.1f}"))  # fmt: skip
    if not made.keys:
        click.echo(say("Not in it: the keys of stored logins ({path}). Keep them in another safe place.",
                       path=keys or "SIGNOFF_KEYS"))  # fmt: skip
    for brand, folder in made.brands.items():
        click.echo(say("Not in it: the folder of {brand}, {folder}.", brand=brand, folder=folder))
    if "memory" in made.elsewhere:
        click.echo(say("Not in it: the memory on the Chroma server; `signoff learn` fills it again."))
    click.echo(say("`signoff restore {path} --check` reads it to the end.", path=path))
