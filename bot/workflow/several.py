"""Sign several drafts with one press, each bound to its own hash: only where the policy says so (``together``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.draft import Draft, DraftVersion
from bot.domain.policy import ApprovalPolicy, Ask
from bot.errors import NotAllowed, SignoffError
from bot.store import drafts
from bot.words import say
from bot.workflow import decide, terms
from bot.workflow.decide import Outcome
from bot.workflow.desk import Desk
from bot.workflow.rights import Answer


@dataclass(frozen=True)
class Result:
    """What became of one of them."""

    draft_id: str
    outcome: Outcome | None = None
    error: SignoffError | None = None


def allowed(desk: Desk, conn: Connection, draft: Draft, version: DraftVersion) -> bool:
    """Say whether the policy lets a version be signed together with others."""
    _, policy = desk.brand(conn, draft.brand)
    return lets(policy, desk.clock.now(), draft, version)


def lets(policy: ApprovalPolicy, now: datetime, draft: Draft, version: DraftVersion) -> bool:
    """Say the same of a policy that is at hand."""
    rule = policy.rule_for(terms.subject_of(version.content, now, draft.kind))
    return isinstance(rule.outcome, Ask) and rule.outcome.together


def approve(desk: Desk, answers: Sequence[Answer]) -> list[Result]:
    """Sign each of them as ``decide.approve`` does, one transaction each; what one is refused takes no other along."""
    found = []
    for answer in answers:
        try:
            with desk.db.read() as conn:
                draft, version = drafts.get(conn, answer.draft_id), drafts.version(conn, answer.draft_id)
                if not allowed(desk, conn, draft, version):
                    raise NotAllowed(
                        say("The policy wants draft {draft} to be signed on its own.", draft=draft.id),
                        next_step=say("Open its card and sign there."),
                    )
            found.append(Result(answer.draft_id, decide.approve(desk, answer)))
        except SignoffError as error:
            found.append(Result(answer.draft_id, error=error))
    return found
