"""Correct how a comment was read; `signoff train` learns from it.

ID is a comment's, as `signoff inbox` shows it. The priority follows the correction.
"""

from __future__ import annotations

import click

from bot.domain.comment import MOODS, Intent
from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@click.option("--sentiment", type=click.Choice(MOODS), help="How it sounds.")
@click.option("--intent", type=click.Choice([i.value for i in Intent]), help="What its writer wants.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, sentiment: str | None, intent: str | None, as_json: bool) -> None:
    """Correct it."""
    said = {kind: value for kind, value in (("sentiment", sentiment), ("intent", intent)) if value}
    if not said:
        raise BadInput(say("Say what is right."), next_step=say("Use --sentiment, --intent, or both."))
    from bot.surfaces.cli import moods

    with session.open_app() as app:
        from bot.writing import teaching

        read = teaching.relabel(app, given, said, app.operator().id)
    if as_json:
        screen.emit(moods.as_data(read))
    else:
        click.echo(say("{id} is now: {mood}, {intent}.", id=given, mood=moods.word(read.sentiment),
                       intent=moods.word(read.intent.value)))  # fmt: skip
