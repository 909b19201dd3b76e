"""Say what is wrong in a brand folder, with file and line.

Errors stop `signoff learn`; warnings are only shown. Exit code 3 when there is an error.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import Misconfigured
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options.as_json
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check the folder."""
    from bot import brand_folder
    from bot.brand_folder.pages import Copies

    session = context.find_root().ensure_object(Session)
    found = brand_folder.load(folder, copies=Copies.of_home(session.settings().home))
    errors = sum(p.severity == "error" for p in found.problems)
    if as_json:
        screen.emit({"ok": not errors, "problems": found.problems, "unread": found.unread})
    else:
        for problem in found.problems:
            # A page on the web is named by its address.
            click.echo(str(problem) if "://" in problem.file else f"{folder}/{problem}")
        for url in found.unread:
            click.echo(say("{url} was never read; `signoff learn {folder}` does it.", url=url, folder=folder))
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
