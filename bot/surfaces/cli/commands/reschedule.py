"""Move a draft to another time; it needs new signatures.

Times are wall time in the account's zone.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@click.option("--at", metavar="TIME", help="Such as '2026-12-01 09:00'.")
@click.option("--now", is_flag=True, help="As soon as it is signed off.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, at: str | None, now: bool, as_json: bool) -> None:
    """Move it."""
    if bool(at) == now:
        raise BadInput(say("Say when."), next_step=say("Use --at TIME or --now."))
    with session.open_app() as app:
        from bot import evidence
        from bot.surfaces.cli import review
        from bot.workflow import schedule

        draft_id = evidence.find_draft(app, given)
        version = schedule.reschedule(app.desk, draft_id, at, app.operator().id)
        if as_json:
            screen.emit(version)
            return
        review.proposed(app, version)
