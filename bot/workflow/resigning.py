"""Which drafts that wait for a signature another policy would treat otherwise. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.policy import ApprovalPolicy
from bot.errors import NotAllowed, Stale
from bot.store import approvals, drafts
from bot.workflow import terms
from bot.workflow.desk import Desk

#: Waiting drafts that are looked at, the newest.
MOST = 500


@dataclass(frozen=True)
class Moved:
    """A draft that waits, for which another rule or another answer would hold."""

    draft: Draft
    version: DraftVersion
    #: Names of the rules, before and after.
    before: str
    after: str
    #: ``stays``: those who were asked may still sign. ``anew``: others must be asked. ``refused``: not published.
    then: Literal["stays", "anew", "refused"]


def moved(
    desk: Desk, conn: Connection, brand: Brand, old: ApprovalPolicy, new: ApprovalPolicy
) -> tuple[list[Moved], int]:
    """Return the waiting drafts that ``new`` treats otherwise than ``old``, newest first, and how many were looked at.

    Only the policies are compared: what a person signed already stays signed, as when a policy is learned.
    """
    now = desk.clock.now()
    found = []
    waiting = drafts.current(conn, brand.id, (DraftState.IN_REVIEW,), MOST)
    for draft, version in waiting:
        subject = terms.subject_of(version.content, now, draft.kind)
        before, after = old.rule_for(subject), new.rule_for(subject)
        if before.outcome == after.outcome:
            continue
        request, then = approvals.of_version(conn, draft.id, version.version), "stays"
        try:
            if request is not None:
                terms.hold(request, version.content, new, now, draft.kind)
        except NotAllowed:
            then = "refused"
        except Stale:
            then = "anew"
        found.append(Moved(draft, version, before.name, after.name, then))  # type: ignore[arg-type]
    return found, len(waiting)
