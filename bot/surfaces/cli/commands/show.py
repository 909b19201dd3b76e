"""Show a draft's review card: text, rules, what goes where and when."""

from __future__ import annotations

import dataclasses

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@options.draft_id
@click.option("--version", "number", type=click.IntRange(1), metavar="N", help="An earlier version.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, number: int | None, as_json: bool) -> None:
    """Show it."""
    with session.open_app() as app:
        from bot.surfaces.cli import listing, review

        card = review.load(app, given, number)
        if as_json:
            left_out = {"brand"}
            data = {f.name: getattr(card, f.name) for f in dataclasses.fields(card) if f.name not in left_out}
            screen.emit({**data, "brand": card.brand.id, "signed": card.signed})
            return
        screen.show(card)
        for post in card.posts:
            for line in listing.parts(post):
                click.echo(line)
