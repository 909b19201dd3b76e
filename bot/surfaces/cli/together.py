"""Signing many drafts after one look: every card is shown, every draft gets a decision of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.errors import BadInput, SignoffError
from bot.surfaces.cli import screen
from bot.surfaces.cli.session import Session
from bot.words import joined, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.workflow.card import Card

#: Nobody reads more cards than this before one question.
MOST = 50


def approve(session: Session, series: str, yes: bool, reason: str) -> None:
    """Show the cards of a series that wait for a signature, ask once, and sign each. Raises BadInput for none."""
    with session.open_app() as app:
        from bot.store import drafts
        from bot.surfaces.cli import review
        from bot.workflow import card as cards
        from bot.workflow import decide

        person, now = app.operator(), app.clock.now()
        with app.db.read() as conn:
            brand = app.brand()
            found = [d for d, v in drafts.series(conn, series) if v.state.value == "in_review" and d.brand == brand.id]
            shown: list[Card] = [cards.card(app.desk, conn, d.id) for d in found[: 4 * MOST]]
        # Whose signature is there already has nothing to add.
        shown = sorted((c for c in shown if person.id not in c.signed), key=lambda c: (c.due, c.draft.id))[:MOST]
        if not shown:
            raise BadInput(
                say("Nothing of the series {series} waits for your signature.", series=repr(series)),
                next_step=say("`signoff queue` lists what there is."),
            )
        for card in shown:
            screen.show(card)
            click.echo()
        question = say("Sign off these {n} drafts as {name}?", n=len(shown), name=person.name)
        if len(shown) == 1:
            question = say("Sign off this draft as {name}?", name=person.name)
        if not review.sure(question, yes, nothing=say("Not signed.")):
            return
        signed, refused = 0, []
        for card in shown:
            try:
                outcome = decide.approve(app.desk, review.answer(card, person.id, reason=reason))
            except SignoffError as error:
                with app.db.read() as conn:
                    if drafts.version(conn, card.draft.id).state.value == "approved":
                        # By a lasting signature that was on a card before it.
                        signed += 1
                        continue
                refused.append(f"{card.draft.id}: {joined(error.message, error.next_step)}")
                continue
            signed += outcome.post is not None
        said = say("Signed: {n} of {of}.", n=len(shown) - len(refused), of=len(shown))
        click.echo(joined(said, say("{n} of them go out at their times.", n=signed)))
        for line in refused:
            click.echo(line)
        left = len(found) - len(shown)
        if left > 0:
            click.echo(say("{n} more wait: run it again.", n=left))
        late = sum(c.due < now for c in shown)
        if late:
            click.echo(say("The times of {n} of them are past; `signoff reschedule` moves them.", n=late))
    if refused and len(refused) == len(shown):
        raise BadInput(say("None of them could be signed."))


def lasts(conn: Connection, series_id: str) -> str:
    """Say how far the lasting signature of a series goes; empty where there is none."""
    from bot.store import lasting

    sig = lasting.of_series(conn, series_id)
    if sig is None:
        return ""
    used = lasting.uses(conn, sig.id)
    return say("signed: {n} of {of}, until {day}", n=used, of=sig.most, day=f"{sig.until:%Y-%m-%d}")
