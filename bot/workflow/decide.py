"""Decide: a person signs exactly what they were shown, once, in time, and with the right to do so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot import tracing
from bot.domain.approval import ApprovalRequest, Choice, Decision
from bot.domain.brand import Role
from bot.domain.draft import DraftState, DraftVersion
from bot.domain.post import Post
from bot.errors import NotAllowed, Stale
from bot.store import approvals, drafts, events
from bot.words import retold, say
from bot.workflow import lasting_use, schedule, terms
from bot.workflow.desk import Desk
from bot.workflow.rights import Answer, may, open_request, writers


@dataclass(frozen=True)
class Outcome:
    """What an answer led to."""

    version: DraftVersion
    #: Signatures so far and signatures needed.
    signed: int
    needed: int
    #: The post, once every signature is there.
    post: Post | None = None
    #: Further posts of its series that were signed by it at once.
    more: tuple[Post, ...] = ()


@tracing.span("approve")
def approve(desk: Desk, answer: Answer) -> Outcome:
    """Sign a version. With the last signature it becomes a post, in the same transaction.

    Raises Stale (other text, already decided, expired), NotAllowed (person, role, four eyes, a blocking finding).
    """
    with desk.deciding() as conn:
        return within(desk, conn, answer)


def within(desk: Desk, conn: Connection, answer: Answer) -> Outcome:
    """Do the same in the caller's transaction."""
    draft, version, request, brand = open_request(desk, conn, answer)
    may(brand, request, answer.person, writers(conn, draft, drafts.versions(conn, draft.id)))
    now = desk.clock.now()
    tracing.note(draft=draft.id, account=draft.account)
    terms.hold(request, version.content, desk.brand(conn, draft.brand)[1], now, draft.kind)
    findings = desk.findings(conn, version.content, brand, draft)
    blocked = replace(version, findings=findings)
    if blocked.blocked:
        raise NotAllowed(
            say("Draft {draft} is held back: {why}", draft=draft.id, why=retold(findings[0].message)),
            next_step=f"`signoff edit {draft.id}`",
        )
    _record(desk, conn, answer, request, Choice.APPROVE, now)
    given = [d for d in approvals.decisions(conn, request_id=request.id) if d.choice is Choice.APPROVE]
    # Whoever lost the right to sign meanwhile no longer counts.
    signed = [d for d in given if (person := brand.person(d.person)) and person.may(Role.APPROVER)]
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
    more = lasting_use.given(desk, conn, draft, version, request, signed)
    return Outcome(replace(version, state=DraftState.APPROVED), len(signed), request.needed, post, tuple(more))


def reject(desk: Desk, answer: Answer) -> Outcome:
    """Turn a version down; it will not be published. Raises Stale and NotAllowed as ``approve`` does."""
    with desk.deciding() as conn:
        draft, version, request, brand = open_request(desk, conn, answer)
        may(brand, request, answer.person, (), signing=False)
        now = desk.clock.now()
        _record(desk, conn, answer, request, Choice.REJECT, now)
        if not approvals.use(conn, request.id, now):
            raise Stale(say("Draft {draft} was decided a moment ago.", draft=draft.id))
        args: dict[str, Any] = {"at": now, "who": answer.person, "why": answer.reason or "rejected"}
        events.move_version(conn, draft.id, version.version, version.state, DraftState.REJECTED, **args)
        return Outcome(replace(version, state=DraftState.REJECTED), 0, request.needed)


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


__all__ = ["Answer", "Outcome", "approve", "reject", "within"]
