"""Sign off a draft: exactly the version that you are shown.

You see the card and are asked; --yes signs without asking. With the last signature that the policy wants, the draft
becomes a post and goes out at its time. A draft that changed meanwhile cannot be signed by mistake.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@options.yes
@options.reason
@click.pass_obj
def command(session: Session, given: str, yes: bool, reason: str) -> None:
    """Sign it."""
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.workflow import decide

        person = app.operator()
        card = review.load(app, given)
        screen.show(card)
        question = say(
            "Sign off version {n} of {id} as {name}?", n=card.version.version, id=card.draft.id, name=person.name
        )
        if review.sure(question, yes, nothing=say("Not signed.")):
            outcome = decide.approve(app.desk, review.answer(card, person.id, reason=reason))
            review.told(app, card, outcome)
