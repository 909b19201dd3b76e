"""Looking at a card and answering it: what `approve`, `reject` and the demo share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput, NotAllowed
from bot.surfaces.cli import screen
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Person
    from bot.domain.draft import DraftVersion
    from bot.workflow.card import Card
    from bot.workflow.decide import Answer, Outcome


def writer(app: App) -> Person:
    """Return the person at this terminal, who may write. Raises NotAllowed for somebody who may only read."""
    from bot.domain.brand import Role

    person = app.operator()
    if not (person.may(Role.AUTHOR) or person.may(Role.APPROVER)):
        names = ", ".join(sorted(say(role.value) for role in (Role.AUTHOR, Role.APPROVER)))
        raise NotAllowed(
            say("{person} may not do that: it needs the role {roles}.", person=person.name, roles=names),
            next_step=say("Roles are given in brand.yaml."),
        )
    return person


def load(app: App, given: str, number: int | None = None) -> Card:
    """Return the card of a draft. Raises NotFound."""
    from bot import evidence
    from bot.workflow import card as cards

    draft_id = evidence.find_draft(app, given)
    with app.db.read() as conn:
        return cards.card(app.desk, conn, draft_id, number)


def answer(card: Card, person: str, *, reason: str = "", via: str = "cli") -> Answer:
    """Bind an answer to exactly the card that was shown."""
    from bot.workflow import card as cards
    from bot.workflow.decide import Answer

    version = card.version
    return Answer(card.draft.id, version.version, version.hash, person, via, cards.text(card), reason)


def sure(question: str, yes: bool, *, nothing: str) -> bool:
    """Ask yes or no; without a terminal only ``--yes`` answers. ``nothing`` is said after a no."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise BadInput(say("There is no terminal to ask you in."), next_step=say("Look at it first, then add --yes."))
    if click.confirm(question, default=False):
        return True
    click.echo(nothing)
    return False


def told(app: App, card: Card, outcome: Outcome) -> None:
    """Say what a signature led to, and what happens next."""
    from bot.workflow import when

    draft_id = card.draft.id
    if outcome.post is None:
        left = outcome.needed - outcome.signed
        click.echo(
            say("Signed: {n} of {of}. It waits for {left} more.", n=outcome.signed, of=outcome.needed, left=left)
        )
        return
    content = outcome.post.content
    if content.window.wall is None:
        click.echo(say("Signed off: {id} goes out as soon as a worker takes it.", id=draft_id))
    else:
        time = when.spoken(outcome.post.due, content.window.zone)
        click.echo(say("Signed off: {id} goes out on {time}.", id=draft_id, time=time))
    if not workers(app):
        click.echo(say("No worker is running: start `signoff worker`, or run `signoff worker --once` when it is due."))


def workers(app: App) -> int:
    """Return how many workers are alive."""
    from bot.store import desk as rows

    with app.db.read() as conn:
        return sum((app.clock.now() - w["seen"]).total_seconds() < 30 for w in rows.workers(conn))


def proposed(app: App, version: DraftVersion) -> None:
    """Show a new version and say what can be done with it."""
    click.echo()
    screen.show(load(app, version.draft_id))
    if any(f.check == "unplaced" for f in version.findings):
        click.echo(say("Copy the text to where it belongs; nothing of it is sent from here."))
    elif version.blocked:
        click.echo(say("A check holds this back: `signoff edit {id}` mends it.", id=version.draft_id))
    else:
        click.echo(say("Next: `signoff approve {id}`, `edit`, `another` or `reject`.", id=version.draft_id))
