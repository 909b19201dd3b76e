"""What every surface that shows cards shares: how a card stands, who is missing, what can be mended, what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.brand import Person, Role
from bot.domain.draft import DraftState, Finding, Window
from bot.domain.post import Post, PostState
from bot.errors import NotAllowed, SignoffError
from bot.words import joined, say
from bot.workflow import queue, retiring, slots, when
from bot.workflow.card import state_word

if TYPE_CHECKING:
    from bot.domain.approval import ApprovalRequest
    from bot.domain.draft import DraftVersion
    from bot.workflow.card import Card
    from bot.workflow.decide import Outcome
    from bot.workflow.desk import Desk

#: How long after posting a live post can be taken down with one press.
UNDO = timedelta(minutes=10)


def post_of(card: Card) -> Post | None:
    """Return the post that a version became."""
    mine = [p for p in card.posts if p.version == card.version.version]
    return mine[-1] if mine else None


def standing(card: Card) -> str:
    """Name how a card stands: a group of the queue, or ``old`` for a version that another replaced."""
    if card.version.version != card.draft.version:
        return "old"
    if card.version.state in (DraftState.REJECTED, DraftState.LAPSED):
        return card.version.state.value
    return queue.state(card.version, post_of(card))


def one_press(version: DraftVersion, request: ApprovalRequest | None) -> bool:
    """Say whether a rule lets one press sign and send an answer.

    Only as it was suggested, only while it waits, and only where one signature is enough: else it is looked at first.
    """
    waits = version.version == 1 and version.state is DraftState.IN_REVIEW and not version.blocked
    return waits and bool(version.evidence.get("one_click")) and request is not None and request.needed == 1


def title(card: Card) -> str:
    """Say how a card stands, as a heading."""
    where = standing(card)
    if where == "old":
        return say("Replaced by a newer version")
    if where in ("review", "held", "rejected", "lapsed", "cancelled") and post_of(card) is None:
        word = state_word(card.version.state, True)
        return word[:1].upper() + word[1:]
    return say(queue.GROUPS[where])


def named(card: Card, person: str) -> str:
    """Return a person's name as people know it; the id of somebody who is no longer there."""
    return next((p.name for p in card.brand.people if p.id == person), person)


def because(card: Card) -> str:
    """Say who made the version, and how."""
    version = card.version
    name = named(card, version.author)
    if version.origin == "model":
        return say("The model wrote a new version for {person}.", person=name)
    if version.origin in ("reschedule", "now"):
        return say("{person} moved it to another time.", person=name)
    return say("{person} changed the text.", person=name)


def able(card: Card) -> list[Person]:
    """Return who may still sign a card."""
    request = card.request
    if request is None:
        return []
    return [
        p for p in card.brand.people
        if p.may(Role.APPROVER) and p.id not in card.signed
        and not (request.signers and p.id not in request.signers)
        and not (request.four_eyes and p.id in card.wrote)
    ]  # fmt: skip


def missing(card: Card) -> str:
    """Say whose signature is missing."""
    found = able(card)
    if card.request is None or not found:
        return say("nobody may sign this: give another person the role approver")
    if len(found) == 1:
        return found[0].name
    left = card.request.needed - len(card.signed)
    return say("{n} of these: {people}", n=left, people=", ".join(p.name for p in found))


def can_fix(card: Card, finding: Finding) -> bool:
    """Say whether code can settle a finding: it names the place and the text that belongs there."""
    return finding.replacement is not None and any(finding.span) and finding.part < len(card.version.content.parts)


def mended(texts: Sequence[str], found: Sequence[Finding]) -> list[str]:
    """Return the texts with the findings settled; of two that overlap, the later stays for another press."""
    made = list(texts)
    at: dict[int, int] = {}
    for finding in sorted(found, key=lambda f: f.span, reverse=True):
        start, end = finding.span
        if end <= at.get(finding.part, len(made[finding.part])):
            text = made[finding.part]
            made[finding.part] = text[:start] + (finding.replacement or "") + text[end:]
            at[finding.part] = start
    return made


def signed(card: Card, outcome: Outcome) -> str:
    """Say what a signature led to."""
    if outcome.post is None:
        left = outcome.needed - outcome.signed
        return say("Signed: {n} of {of}. It waits for {left} more.", n=outcome.signed, of=outcome.needed, left=left)
    if outcome.post.content.window.wall is None:
        return say("Signed off: {id} goes out as soon as a worker takes it.", id=card.draft.id)
    time = when.spoken(outcome.post.due, outcome.post.content.window.zone)
    return say("Signed off: {id} goes out on {time}.", id=card.draft.id, time=time)


def barred(card: Card, person: Person, said: str) -> str:
    """Add, where four eyes hold, that whoever changed a text cannot sign it."""
    if card.request is None or not card.request.four_eyes or not person.may(Role.APPROVER):
        return said
    return joined(said, say("Since these are your words now, somebody else must sign them."))


def changeable(desk: Desk, card: Card) -> None:
    """Refuse to change what is out or may be, before a model spends a minute on it. Raises NotAllowed."""
    over = (PostState.CANCELLED, PostState.REFUSED, PostState.DELETED)
    parts = [part for post in card.posts for part in post.parts if part.state not in over]
    with desk.db.read() as conn:
        if all(retiring.stoppable(conn, part) for part in parts):
            return
    raise NotAllowed(say("Draft {draft} was sent already: its text cannot change any more.", draft=card.draft.id))


def next_free(desk: Desk, card: Card) -> Window | None:
    """Return the next free slot of a card's account, or None where it has none."""
    now = desk.clock.now()
    today = now.astimezone(when.zone(card.account.zone)).date()
    with desk.db.read() as conn:
        busy = slots.taken(conn, card.account, today, card.draft.id)
    try:
        return slots.free(card.brand, card.account, "next", now, busy)
    except SignoffError:
        return None
