"""What the policy asks for a text: who must sign, how many, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.checks.risk import risks
from bot.domain.approval import ApprovalRequest
from bot.domain.draft import Content, Draft, DraftState, DraftVersion
from bot.domain.policy import ApprovalPolicy, Ask, Kind, Refuse, Risk, Subject
from bot.errors import NotAllowed, Stale
from bot.store import approvals, events
from bot.words import say
from bot.workflow import lasting, when
from bot.workflow.desk import Desk

#: What was planned long ahead may be signed until its time, neither longer nor shorter: weeks of posts would lapse
#: after a day, and what is signed after its time would only be asked about.
AHEAD = ("import", "repeat")


def ask(
    desk: Desk, conn: Connection, draft: Draft, version: DraftVersion, policy: ApprovalPolicy, now: datetime
) -> DraftVersion:
    wanted = request(desk, draft, version, policy, now)
    rule = policy.rule_for(subject_of(version.content, now, draft.kind))
    if isinstance(rule.outcome, Ask):
        wanted = lasting.offered(conn, draft, version, wanted, rule.outcome, now)
    approvals.add(conn, wanted)
    events.move_version(
        conn,
        draft.id,
        version.version,
        DraftState.PROPOSED,
        DraftState.IN_REVIEW,
        at=now,
        who="policy",
        why=why(wanted),
    )
    return replace(version, state=DraftState.IN_REVIEW)


def why(wanted: ApprovalRequest) -> str:
    """Say in the record why a version waits for signatures."""
    return f"policy rule {wanted.policy_rule!r} wants signatures: {wanted.needed}"


def request(desk: Desk, draft: Draft, version: DraftVersion, policy: ApprovalPolicy, now: datetime) -> ApprovalRequest:
    """Return the request for a version's signatures, as the policy wants it. Raises NotAllowed."""
    rule = policy.rule_for(subject_of(version.content, now, draft.kind))
    if not isinstance(rule.outcome, Ask):
        raise NotAllowed(say("The policy refuses this ({rule}): {why}", rule=rule.name, why=rule.outcome.reason))
    terms = rule.outcome
    expires = now + timedelta(hours=terms.expires_hours)
    if version.origin in AHEAD and version.content.window.wall is not None:
        expires = when.instant(version.content.window, now)[0]
    return ApprovalRequest(
        id=desk.clock.new_id("r"),
        draft_id=draft.id,
        version=version.version,
        hash=version.hash,
        policy_rule=rule.name,
        needed=terms.needed,
        four_eyes=terms.four_eyes,
        signers=terms.signers,
        created=now,
        expires=expires,
        remind=_remind(now, terms.reminder_hours, expires),
        escalate_to=terms.escalate_to,
    )


def _remind(now: datetime, hours: float | None, expires: datetime) -> datetime | None:
    """Return when to remind people; None where nobody wants to be, or it would come when it is over."""
    at = now + timedelta(hours=hours) if hours else None
    return at if at is not None and at < expires else None


def hold(request: ApprovalRequest, content: Content, policy: ApprovalPolicy, now: datetime, kind: str = "") -> None:
    """Let a signature count only while the policy asks no more than it did when people were asked.

    Raises NotAllowed when the policy refuses the text by now, Stale when it asks for more: then ask anew.
    """
    rule = policy.rule_for(subject_of(content, now, kind))
    if isinstance(rule.outcome, Refuse):
        raise NotAllowed(say("The policy refuses this ({rule}): {why}", rule=rule.name, why=rule.outcome.reason))
    terms = rule.outcome
    fewer = terms.signers and not (request.signers and set(request.signers) <= set(terms.signers))
    if terms.needed > request.needed or (terms.four_eyes and not request.four_eyes) or fewer:
        raise Stale(
            say("The policy asks for more than it did when this was proposed (rule {rule}).", rule=repr(rule.name)),
            next_step=say(
                "`signoff reschedule {draft} --now`, or another time, asks the right people.", draft=request.draft_id
            ),
        )


def refused(content: Content, policy: ApprovalPolicy, now: datetime, kind: str) -> str:
    """Return the reason why the policy would refuse a text of this kind whatever it says; empty where it would not."""
    rule = policy.rule_for(subject_of(content, now, kind))
    return f"{rule.name}: {rule.outcome.reason}" if isinstance(rule.outcome, Refuse) else ""


def kind_of(content: Content) -> Kind:
    """Name the kind of a content as the policy knows it."""
    if content.reply_parent:
        return Kind.REPLY
    return Kind.THREAD if len(content.parts) > 1 else Kind.POST


def subject_of(content: Content, now: datetime, kind: str = "") -> Subject:
    """Describe a content of a kind to the policy; a holding statement speaks of a crisis, however calm its words."""
    due, _ = when.instant(content.window, now)
    return Subject(
        account=content.account,
        kind=kind_of(content),
        language=content.language,
        risks=risks(content) | ({Risk.CRISIS} if kind == "holding_statement" else frozenset()),
        wall=due.astimezone(when.zone(content.window.zone)).time(),
    )
