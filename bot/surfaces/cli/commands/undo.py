"""Take a live post down again, on the platform itself.

You see what will be deleted and are asked; --yes deletes without asking. A thread is deleted from its last part, and
what of it is still to be sent is cancelled. Approvers and admins may. What others saw or copied meanwhile
cannot be undone.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@options.yes
@options.reason
@click.pass_obj
def command(session: Session, given: str, yes: bool, reason: str) -> None:
    """Undo it."""
    with session.open_app() as app:
        from bot import evidence
        from bot.domain.post import PostState
        from bot.store import posts
        from bot.surfaces.cli import review, screen
        from bot.workflow import undo

        person = app.operator()
        draft_id = evidence.find_draft(app, given)
        with app.db.read() as conn:
            made = posts.of_draft(conn, draft_id)
        live = [(post, part) for post in made for part in post.parts if part.state is PostState.LIVE and part.receipt]
        if live:
            click.echo(say("This will be deleted from {account}:", account=live[0][0].account))
        for post, part in live:
            assert part.receipt is not None
            click.echo(f"  {part.receipt.url}  {screen.short(post.content.parts[part.n].text)}")
        question = say("Delete it as {name}?", name=person.name)
        if live and not review.sure(question, yes, nothing=say("Nothing was deleted.")):
            return
        for part in undo.undo(app.desk, draft_id, person.id, reason):
            assert part.receipt is not None
            click.echo(f"  {part.receipt.url}  {undo.proof(app.desk, live[0][0].account, part.receipt.url)}")
