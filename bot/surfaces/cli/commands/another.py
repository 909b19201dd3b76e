"""Let the model write another version, after your feedback.

The new version replaces the old one and needs its own signatures. Of several versions with angles, it keeps its angle
and stays different from the others.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@options.draft_id
@click.argument("feedback", default="")
@options.back_translation
@options.as_json
@click.pass_obj
def command(session: Session, given: str, feedback: str, back_translation: bool | None, as_json: bool) -> None:
    """Write another."""
    with session.open_app() as app:
        from bot import evidence, writing
        from bot.surfaces.cli import review

        draft_id = evidence.find_draft(app, given)
        author = review.writer(app).id
        with session.telling() as tell:
            written = writing.another(app, draft_id, feedback, author, back_translation=back_translation, on_event=tell)
        if as_json:
            screen.emit({"drafts": written.drafts, "run": written.run_id, "ms": written.ms})
            return
        for version in written.drafts:
            review.proposed(app, version)
