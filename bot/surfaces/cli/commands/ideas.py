"""Find ideas for posts, each with a day, an account and why now.

They come from brand.yaml (pillars and their shares, topics, holidays, posting times), from what was posted and is
planned, from its results, and from the brand's facts. Code finds, dates and ranks them; the language model only words
them, and with --no-model not even that. Nothing is drafted by this: each idea ends with the command that does it.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@click.option("--days", metavar="N", default=14, help="Days ahead, 14 unless told.")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option("--n", "n", metavar="N", default=10, type=click.IntRange(1, 30), help="Most ideas, 10 unless told.")
@click.option("--no-model", "no_model", is_flag=True, help="Do not ask the language model to word them.")
@options.as_json
@click.pass_obj
def command(session: Session, days: int, account: str, n: int, no_model: bool, as_json: bool) -> None:
    """Find them."""
    with session.open_app() as app:
        from bot.surfaces.cli import found
        from bot.writing import ideas

        brand = app.brand()
        with session.telling() as tell:
            made = ideas.ideas(
                app, days=days, account=account, n=n, with_model=not no_model, who=session.person or "", on_event=tell
            )
    if as_json:
        screen.emit(found.data(brand, made))
    else:
        found.show(brand, made)
