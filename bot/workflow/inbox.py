"""What people do with a comment: assign, note, snooze, close, answer themselves, take a thread over or give it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.brand import Brand, Person, Role
from bot.domain.comment import SETTLED, CommentState, Entry
from bot.domain.draft import Draft, DraftVersion, Part
from bot.domain.replies import Office
from bot.errors import BadInput, NotAllowed
from bot.insight.office_hours import worked
from bot.store import authors, comments, drafts, events
from bot.words import say
from bot.workflow import fitting, propose, reply, when
from bot.workflow.desk import Desk

_FOR = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)", re.I)
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Waiting:
    """A comment with the clock on it."""

    entry: Entry
    #: Working time until it was answered or closed, or until now.
    waited: timedelta
    #: Whether that is more than the brand wants.
    late: bool


def waiting(brand: Brand, office: Office, one: Entry, now: datetime) -> Waiting:
    """Return a comment with the working time it has waited."""
    ended = one.answered or one.closed or (now if one.state not in SETTLED else one.heard)
    account = brand.account(one.comment.account)
    time = worked(one.comment.at, ended, office, account.zone if account else brand.zone)
    return Waiting(one, time, time > timedelta(hours=office.within_hours))


def until(text: str, now: datetime, zone: str) -> datetime:
    """Read how long to snooze: ``2h``, ``3d``, or a wall time. Raises BadInput."""
    if match := _FOR.fullmatch(text.strip()):
        return now + timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
    from bot.domain.draft import Window

    found, _ = when.instant(Window(when.parse_wall(text), zone), now)
    if found <= now:
        raise BadInput(say("{time} is past.", time=text), next_step=say("Say for how long: 2h, 3d."))
    return found


def assign(desk: Desk, comment_id: str, to: str, who: Person, brand: Brand) -> None:
    """Let a person take care of a comment; an empty name lets go of it. Raises NotFound, BadInput."""
    if to and brand.person(to) is None:
        known = ", ".join(p.id for p in brand.people)
        raise BadInput(say("{who} is not one of {brand}'s people.", who=repr(to), brand=brand.name),
                       next_step=say("They are: {known}.", known=known))  # fmt: skip
    with desk.deciding() as conn:
        comments.change(conn, comment_id, desk.clock.now(), who.id, f"assigned to {to or 'nobody'}", assignee=to)


def note(desk: Desk, comment_id: str, text: str, who: Person) -> None:
    """Keep a note for colleagues. Raises NotFound, BadInput."""
    if not text.strip():
        raise BadInput(say("There is no text."))
    with desk.deciding() as conn:
        comments.get(conn, comment_id)
        comments.note(conn, comment_id, text.strip(), who.id, desk.clock.now())


def snooze(desk: Desk, comment_id: str, at: datetime, who: Person) -> None:
    """Take a comment off the list until an instant. Raises NotFound."""
    with desk.deciding() as conn:
        comments.change(
            conn, comment_id, desk.clock.now(), who.id, f"snoozed until {at:%Y-%m-%d %H:%M} UTC", snoozed=at
        )


def settle(desk: Desk, comment_id: str, state: CommentState, who: Person) -> bool:
    """Close, hide, ignore or open a comment again; False when it stood so already. Raises NotFound."""
    with desk.deciding() as conn:
        now, one = desk.clock.now(), comments.get(conn, comment_id, lock=True)
        if one.state is state:
            return False
        closed = now if state is CommentState.CLOSED else None
        # What a person opens again is for people: no rule decides about it once more.
        rule = one.rule or "person"
        return comments.move(conn, one.id, one.state, state, at=now, who=who.id, why=f"by {who.id}", closed=closed,
                             rule=rule, snoozed=None)  # fmt: skip


def take_over(desk: Desk, comment_id: str, who: Person, *, give_back: bool = False) -> bool:
    """Answer a thread yourself from now on, or let the rules again; False when it stood so already."""
    with desk.deciding() as conn:
        one, now = comments.get(conn, comment_id), desk.clock.now()
        verb = authors.give_back if give_back else authors.take_over
        return verb(conn, one.comment.account, one.thread, who.id, now)


def opt_in(desk: Desk, comment_id: str, who: Person) -> bool:
    """Let the author of a comment be answered again who asked to be left alone; False when it stood so already.

    What they wrote until now stays with people. Raises NotFound, NotAllowed for anybody who is no approver.
    """
    if not who.may(Role.APPROVER):
        raise NotAllowed(say("{person} may not decide about comments.", person=who.name),
                         next_step=say("Ask an approver or an admin."))  # fmt: skip
    with desk.deciding() as conn:
        one, now = comments.get(conn, comment_id), desk.clock.now()
        platform = one.comment.account.partition(":")[0]
        done = authors.opt_in(conn, one.brand, platform, one.comment.author.id, now)
        if done:
            events.record(conn, now, who.id, f"comment:{one.id}", "", "changed", "its author may be answered again")
    return done


def answer(desk: Desk, comment_id: str, text: str, who: Person) -> DraftVersion:
    """Propose a person's own answer to a comment; the thread is theirs from now on.

    Raises NotFound, BadInput, and NotAllowed where its author removed it or asked to be left alone.
    """
    with desk.db.read() as conn:
        one = comments.get(conn, comment_id)
    if not who.may(Role.AUTHOR) and not who.may(Role.APPROVER):
        raise NotAllowed(say("{person} may not write.", person=who.name))
    if one.deleted:
        raise NotAllowed(say("The author removed the comment."))
    if one.source:
        raise NotAllowed(say("It came from a file: there is nothing to answer."))
    said = one.comment
    wish = propose.Proposal(
        account=said.account, parts=(Part(text),), author=who.id, reply_parent=said.remote_id, kind="reply",
        visibility=said.visibility, language=reply.language(one), evidence={
            "to": {"words": one.text, "url": said.url}, "comment": one.id},
    )  # fmt: skip
    wish = fitting.prepared(desk, wish)
    with desk.deciding() as conn:
        now, fresh = desk.clock.now(), comments.get(conn, comment_id, lock=True)
        if authors.opted_out(conn, one.brand, said.account.partition(":")[0], said.author.id):
            raise NotAllowed(say("The author asked to be left alone."))
        if fresh.draft and fresh.state in (CommentState.PROPOSED, CommentState.AUTO_REPLIED):
            raise NotAllowed(
                say("It has an answer already: draft {draft}.", draft=fresh.draft),
                next_step=say(
                    "`signoff edit {draft}` changes it, `signoff cancel {draft}` drops it.", draft=fresh.draft
                ),
            )
        brand, policy = desk.brand(conn, one.brand)
        draft = Draft(desk.clock.new_id("d"), brand.id, said.account, "", who.id, now, kind="reply")
        drafts.add(conn, draft)
        version = propose.add_version(desk, conn, draft, 1, wish, brand, policy)
        more = {"rule": "person", "draft": draft.id, "assignee": fresh.assignee or who.id}
        why = f"{who.id} answers"
        comments.move(conn, one.id, tuple(CommentState), CommentState.PROPOSED, at=now, who=who.id, why=why, **more)
        authors.take_over(conn, said.account, one.thread, who.id, now)
    return version
