"""Check everything a day's work needs; what fails names its fix.

Database, clock, keys, brand, memory, every account, worker, kill switch and language model. Exit code 3 when something
fails.
"""

from __future__ import annotations

import click

from bot.errors import Misconfigured
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.option("--no-model", is_flag=True, help="Leave the language model out: it may have to be fetched and started.")
@options.as_json
@click.pass_context
def command(context: click.Context, no_model: bool, as_json: bool) -> None:
    """Check it."""
    session = context.find_object(Session)
    assert session is not None
    with session.open_app() as app:
        from rich.cells import cell_len

        from bot import evidence

        found = evidence.doctor(app, model=not no_model)
    bad = [h for h in found if not h.ok]
    if as_json:
        screen.emit({"ok": not bad, "checks": found})
    else:
        # "sandbox:main login": the account's name stays, the rest is said.
        names = [" ".join(say(w) for w in h.name.split()) if ":" in h.name else say(h.name) for h in found]
        width = max(map(cell_len, names))
        for name, health in zip(names, found, strict=True):
            mark = click.style(say("ok"), fg="green") if health.ok else click.style(say("FAILS"), fg="red", bold=True)
            click.echo(f"{name}{' ' * (width - cell_len(name))}  {mark}  {health.detail}")
            if health.fix and not health.ok:
                click.echo(f"{' ' * width}      → {health.fix}")
        click.echo(say("All is well.") if not bad else say("{n} to mend.", n=len(bad)))
    context.exit(Misconfigured.exit_code if bad else 0)
