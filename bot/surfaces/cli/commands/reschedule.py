"""Move a draft to another time; it needs new signatures.

Times are wall time in the account's zone.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@options.draft_id
@click.option("--at", metavar="TIME", help="Such as '2026-12-01 09:00'.")
@options.slot
@click.option("--now", is_flag=True, help="As soon as it is signed off.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, at: str | None, slot: str, now: bool, as_json: bool) -> None:
    """Move it."""
    options.one_time(at, slot, now, needed=True)
    with session.open_app() as app:
        from bot import evidence
        from bot.surfaces.cli import review
        from bot.workflow import schedule

        draft_id = evidence.find_draft(app, given)
        version = schedule.reschedule(app.desk, draft_id, at, review.writer(app).id, slot)
        if as_json:
            screen.emit(version)
            return
        review.proposed(app, version)
