"""Sign off a draft: exactly the version that you are shown.

You see the card and are asked; --yes signs without asking. With the last signature that the policy wants, the draft
becomes a post and goes out at its time. A draft that changed meanwhile cannot be signed by mistake.

With --series in place of ID you see the cards of all drafts of a series, an import or a campaign that wait, up to 50,
and are asked once. Each of them gets a signature of its own.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("given", metavar="[ID]", required=False)
@click.option("--series", metavar="ID", default="", help="Everything of a series, an import or a campaign that waits.")
@options.yes
@options.reason
@click.pass_obj
def command(session: Session, given: str | None, series: str, yes: bool, reason: str) -> None:
    """Sign it."""
    if bool(given) == bool(series):
        raise BadInput(say("Say what to sign off."), next_step=say("Give the ID of a draft, or --series ID."))
    if series:
        from bot.surfaces.cli import together

        together.approve(session, series, yes, reason)
        return
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.workflow import decide

        person = app.operator()
        card = review.load(app, given or "")
        screen.show(card)
        question = say(
            "Sign off version {n} of {id} as {name}?", n=card.version.version, id=card.draft.id, name=person.name
        )
        if review.sure(question, yes, nothing=say("Not signed.")):
            outcome = decide.approve(app.desk, review.answer(card, person.id, reason=reason))
            review.told(app, card, outcome)
