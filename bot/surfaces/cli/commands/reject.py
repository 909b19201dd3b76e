"""Turn a draft down; it will not be published."""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@options.reason
@click.pass_obj
def command(session: Session, given: str, reason: str) -> None:
    """Reject it."""
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.workflow import decide

        person = app.operator()
        card = review.load(app, given)
        decide.reject(app.desk, review.answer(card, person.id, reason=reason))
        click.echo(say("Rejected: {id} will not be published.", id=card.draft.id))
