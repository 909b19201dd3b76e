"""Hand a comment to a person, or decide that nothing is said: an answer that waited is taken back first."""

from __future__ import annotations

from bot.domain.brand import Brand, Person, Role
from bot.domain.comment import CommentState, Entry
from bot.errors import BadInput, NotAllowed, NotFound
from bot.store import comments, drafts
from bot.words import say, speaking
from bot.workflow import escalate, inbox, schedule
from bot.workflow.desk import Desk

#: An answer is under way for a comment in one of these.
_UNDER_WAY = (CommentState.PROPOSED, CommentState.AUTO_REPLIED)


def may(who: Person) -> None:
    """Raise NotAllowed for somebody who has no part in answering."""
    if not (who.may(Role.AUTHOR) or who.may(Role.APPROVER)):
        raise NotAllowed(say("{person} may not decide about comments.", person=who.name),
                         next_step=say("Ask an approver or an admin."))  # fmt: skip


def settle(desk: Desk, comment_id: str, state: CommentState, who: Person) -> bool:
    """Ignore, hide or close a comment, or open it again; False when it stood so already.

    What was suggested as its answer is never sent. Raises NotFound, and NotAllowed for somebody who may not take that
    answer back, or where it is live.
    """
    may(who)
    with desk.db.read() as conn:
        one = comments.get(conn, comment_id)
    if one.state is state:
        return False
    withdraw(desk, one, who)
    return inbox.settle(desk, comment_id, state, who)


def hand_over(desk: Desk, comment_id: str, to: str, note: str, who: Person, brand: Brand) -> bool:
    """Put a comment to a person: it is theirs, with the note and what had been suggested; they are told.

    False when exactly this was done before. Raises NotFound, BadInput, NotAllowed.
    """
    may(who)
    named = brand.person(to)
    if named is None:
        raise BadInput(say("{who} is not one of {brand}'s people.", who=repr(to), brand=brand.name))
    with desk.db.read() as conn:
        one, before = comments.get(conn, comment_id), comments.notes(conn, comment_id)
        suggested = ""
        if one.draft and one.state in _UNDER_WAY:
            suggested = "\n".join(p.text for p in drafts.version(conn, one.draft).content.parts)
    if one.deleted:
        raise NotAllowed(say("The author removed the comment."))
    packet = "\n".join(filter(None, (note.strip(), f"Suggested until then: {suggested}" if suggested else "")))
    said = [n for n in before if n["kind"] == "note"]
    if (
        one.state is CommentState.ESCALATED
        and one.assignee == to
        and (not packet or (said and said[-1]["text"].startswith(packet) and said[-1]["who"] == who.id))
    ):
        return False
    withdraw(desk, one, who)
    with desk.deciding() as conn:
        now, fresh = desk.clock.now(), comments.get(conn, comment_id, lock=True)
        why = f"{who.id} hands it to {to}"
        comments.move(conn, one.id, fresh.state, CommentState.ESCALATED, at=now, who=who.id, why=why, assignee=to,
                      rule=fresh.rule or "person", snoozed=None, draft="")  # fmt: skip
        if packet:
            comments.note(conn, one.id, packet, who.id, now)
        # Kept in English, shown in each reader's language.
        with speaking("en"):
            escalate.tell(conn, fresh, f"{why}: {note.strip()}" if note.strip() else why, now)
    return True


def withdraw(desk: Desk, one: Entry, who: Person) -> None:
    """Take the answer of a comment back that was not sent yet. Raises NotAllowed."""
    if not one.draft or one.state not in _UNDER_WAY:
        return
    try:
        schedule.cancel(desk, one.draft, who.id, "no answer is wanted")
    except NotFound:
        # Turned down, lapsed or taken back already.
        return
