"""Show how a post came about: brief, rules, checks, signatures, receipts.

--json gives the whole record, with what was shown to each signer and every message of the model.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@options.draft_id
@options.as_json
@click.pass_obj
def command(session: Session, given: str, as_json: bool) -> None:
    """Show it."""
    with session.open_app() as app:
        from bot import evidence
        from bot.surfaces.cli import record

        found = evidence.audit(app, evidence.find_draft(app, given))
        zone = app.brand().zone
    if as_json:
        screen.emit(found)
        return
    for line in record.lines(found, zone):
        click.echo(line)
