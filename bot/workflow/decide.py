"""Decide: a person signs exactly what they were shown, once, in time, and with the right to do so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.domain.approval import ApprovalRequest, Choice, Decision, content_hash
from bot.domain.brand import Brand, Person, Role
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.post import Post
from bot.errors import NotAllowed, Stale
from bot.store import approvals, drafts, events
from bot.store import desk as rows
from bot.words import say
from bot.workflow import propose, schedule
from bot.workflow.desk import Desk


@dataclass(frozen=True)
class Answer:
    """One person's answer to one card."""

    draft_id: str
    #: Version and hash of the card that was on the screen; a different one now makes the answer stale.
    version: int
    hash: str
    person: str
    via: str
    #: The card in full, as it was shown.
    shown: str
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an answer led to."""

    version: DraftVersion
    #: Signatures so far and signatures needed.
    signed: int
    needed: int
    #: The post, once every signature is there.
    post: Post | None = None


def approve(desk: Desk, answer: Answer) -> Outcome:
    """Sign a version. With the last signature it becomes a post, in the same transaction.

    Raises Stale (other text, already decided, expired), NotAllowed (person, role, four eyes, a blocking finding).
    """
    with desk.db.write() as conn:
        draft, version, request, brand = _open(desk, conn, answer)
        _may(brand, draft, version, request, answer.person)
        now = desk.clock.now()
        findings = desk.findings(version.content, brand)
        blocked = replace(version, findings=findings)
        if blocked.blocked:
            raise NotAllowed(
                say("Draft {draft} is held back: {why}", draft=draft.id, why=findings[0].message),
                next_step=f"`signoff edit {draft.id}`",
            )
        _record(desk, conn, answer, request, Choice.APPROVE, now)
        signed = [d for d in approvals.decisions(conn, request_id=request.id) if d.choice is Choice.APPROVE]
        if len(signed) < request.needed:
            return Outcome(version, len(signed), request.needed)
        if not approvals.use(conn, request.id, now):
            raise Stale(say("Draft {draft} was decided a moment ago.", draft=draft.id))
        args: dict[str, Any] = {
            "at": now,
            "who": answer.person,
            "why": answer.reason or f"signed off over {answer.via}",
        }
        events.move_version(conn, draft.id, version.version, version.state, DraftState.APPROVED, **args)
        post = schedule.create(desk, conn, version, request)
        return Outcome(replace(version, state=DraftState.APPROVED), len(signed), request.needed, post)


def reject(desk: Desk, answer: Answer) -> Outcome:
    """Turn a version down; it will not be published. Raises Stale and NotAllowed as ``approve`` does."""
    with desk.db.write() as conn:
        draft, version, request, brand = _open(desk, conn, answer)
        _may(brand, draft, version, request, answer.person, signing=False)
        now = desk.clock.now()
        _record(desk, conn, answer, request, Choice.REJECT, now)
        if not approvals.use(conn, request.id, now):
            raise Stale(say("Draft {draft} was decided a moment ago.", draft=draft.id))
        args: dict[str, Any] = {"at": now, "who": answer.person, "why": answer.reason or "rejected"}
        events.move_version(conn, draft.id, version.version, version.state, DraftState.REJECTED, **args)
        return Outcome(replace(version, state=DraftState.REJECTED), 0, request.needed)


def lapse(desk: Desk) -> int:
    """End every request whose time ran out, and say so to its people; return how many."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        gone = approvals.expired(conn, now)
        for request in gone:
            if not approvals.use(conn, request.id, now):
                continue
            where = (request.draft_id, request.version, DraftState.IN_REVIEW, DraftState.LAPSED)
            events.move_version(conn, *where, at=now, who="clock", why="nobody signed in time")
            draft = drafts.get(conn, request.draft_id)
            subject = f"draft:{draft.id}"
            text = f"Nobody signed off draft {draft.id} for {draft.account} in time; it was not published."
            rows.notify(conn, now, draft.brand, subject, text, f"`signoff edit {draft.id}` brings it up again.")
        return len(gone)


def _open(desk: Desk, conn: Connection, answer: Answer) -> tuple[Draft, DraftVersion, ApprovalRequest, Brand]:
    draft = drafts.get(conn, answer.draft_id, lock=True)
    look = say("`signoff show {draft}` shows what it is now.", draft=draft.id)
    if draft.version != answer.version:
        raise Stale(
            say(
                "You saw version {seen}; draft {draft} is at version {now}.",
                seen=answer.version,
                draft=draft.id,
                now=draft.version,
            ),
            next_step=look,
        )
    version = drafts.version(conn, draft.id, draft.version)
    if not version.hash == answer.hash == content_hash(version.content):
        raise Stale(say("Draft {draft} is not the text you saw.", draft=draft.id), next_step=look)
    request = approvals.of_version(conn, draft.id, version.version)
    if request is None:
        brand, _ = desk.brand(conn, draft.brand)
        found = desk.findings(version.content, brand)
        why = found[0].message if found else say("it was never up for review")
        raise NotAllowed(
            say("Draft {draft} is held back: {why}", draft=draft.id, why=why),
            next_step=f"`signoff edit {draft.id}`",
        )
    if request.used is not None or version.state is not DraftState.IN_REVIEW:
        raise Stale(
            say(
                "Draft {draft} version {n} is already {state}.",
                draft=draft.id,
                n=version.version,
                state=say(version.state.value),
            ),
            next_step=look,
        )
    if request.hash != version.hash:
        raise Stale(say("The request for draft {draft} was for another text.", draft=draft.id), next_step=look)
    if request.expires <= desk.clock.now():
        raise Stale(
            say("The time to sign draft {draft} ran out.", draft=draft.id),
            next_step=say("`signoff edit {draft}` asks anew.", draft=draft.id),
        )
    brand, _ = desk.brand(conn, draft.brand)
    return draft, version, request, brand


def _may(
    brand: Brand, draft: Draft, version: DraftVersion, request: ApprovalRequest, who: str, *, signing: bool = True
) -> Person:
    person = brand.person(who)
    if person is None:
        raise NotAllowed(
            say("{who} is not one of {brand}'s people.", who=repr(who), brand=brand.name),
            next_step=say("Add them to brand.yaml."),
        )
    if not person.may(Role.APPROVER):
        raise NotAllowed(say("{person} is not an approver of {brand}.", person=person.name, brand=brand.name))
    if signing and request.signers and person.id not in request.signers:
        raise NotAllowed(
            say(
                "This needs {signers}; {person} cannot sign it.", signers=", ".join(request.signers), person=person.name
            )
        )
    if signing and request.four_eyes and person.id in (draft.author, version.author):
        raise NotAllowed(
            say("{person} asked for this text, so somebody else must sign it off.", person=person.name),
            next_step=say("Four eyes are asked for in policy.yaml."),
        )
    return person


def _record(
    desk: Desk, conn: Connection, answer: Answer, request: ApprovalRequest, choice: Choice, now: datetime
) -> None:
    decision = Decision(
        id=desk.clock.new_id("s"),
        request_id=request.id,
        draft_id=answer.draft_id,
        version=answer.version,
        hash=answer.hash,
        person=answer.person,
        choice=choice,
        at=now,
        via=answer.via,
        shown=answer.shown,
        reason=answer.reason,
    )
    if not approvals.add_decision(conn, decision):
        raise Stale(
            say(
                "You have already answered for draft {draft} version {n}.",
                draft=answer.draft_id,
                n=answer.version,
            )
        )


__all__ = ["Answer", "Outcome", "approve", "lapse", "propose", "reject"]
