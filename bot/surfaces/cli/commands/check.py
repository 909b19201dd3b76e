"""Say what is wrong in a brand folder, with file and line.

Errors stop `signoff learn`; warnings are only shown. Exit code 3 when there is an error.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import Misconfigured
from bot.surfaces.cli import options, screen
from bot.words import say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options.as_json
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check the folder."""
    from bot import brand_folder

    found = brand_folder.load(folder)
    errors = sum(p.severity == "error" for p in found.problems)
    if as_json:
        screen.emit({"ok": not errors, "problems": found.problems})
    else:
        for problem in found.problems:
            click.echo(f"{folder}/{problem}")
        if errors:
            click.echo(say("{n} to mend before it can be learned.", n=errors))
        else:
            brand = found.brand
            rules, accounts, people = len(brand.rulebook.rules), len(brand.accounts), len(brand.people)
            counts = {"rules": rules, "accounts": accounts, "people": people}
            click.echo(
                say(
                    "{name} is in order; rules: {rules}, accounts: {accounts}, people: {people}.",
                    name=brand.name,
                    **counts,
                )
            )
            click.echo(say("Next: `signoff learn {folder}`.", folder=folder))
    context.exit(Misconfigured.exit_code if errors else 0)
