"""Take a draft or a scheduled post back before it is sent."""

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
    """Cancel it."""
    with session.open_app() as app:
        from bot import evidence
        from bot.workflow import schedule

        draft_id = evidence.find_draft(app, given)
        schedule.cancel(app.desk, draft_id, app.operator().id, reason)
        click.echo(say("Cancelled: nothing of {id} will be sent.", id=draft_id))
