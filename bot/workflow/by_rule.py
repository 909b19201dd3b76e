"""Sign by a written rule: the one way to a post without somebody at the screen. The rule's owner answers for it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.approval import Choice, Decision
from bot.domain.brand import Brand, Role
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.post import Post
from bot.domain.replies import BELOW, ReplyAction, ReplyRule
from bot.insight import certainty
from bot.store import answers, approvals, events
from bot.store import desk as rows
from bot.workflow import card, schedule
from bot.workflow.desk import Desk


def allowed(conn: Connection, brand: Brand, rule: ReplyRule) -> tuple[ReplyAction, str]:
    """Return what a rule may do by itself today, and why that is less than it says, if it is.

    The ladder: an automatic rule answers by itself only while its own answers are accepted, by measure; else one
    person signs each, which is measured too.
    """
    if rule.action is not ReplyAction.AUTOMATIC:
        return rule.action, ""
    below = BELOW[rule.action]
    owner = brand.person(rule.owner)
    if owner is None or not owner.may(Role.APPROVER):
        return below, f"the owner of the rule {rule.name} may not sign any more"
    if stopped := rows.stopped(conn):
        return below, stopped
    accepted, decided = answers.acceptance(conn, brand.id, rule.name)
    bound = certainty.at_least(accepted, decided)
    if (decided and bound < rule.acceptance) or (rule.acceptance > 0 and not decided):
        return (
            below,
            f"{accepted} of its last {decided} answers were accepted: surely {bound:.0%}, not {rule.acceptance:.0%}",
        )
    return rule.action, ""


def sign(desk: Desk, conn: Connection, draft: Draft, version: DraftVersion, rule: ReplyRule) -> Post | None:
    """Sign a version in the name of a rule's owner, in the caller's transaction.

    None where the approval policy wants more than that one signature, or a check holds the text back: people decide.
    """
    request = approvals.of_version(conn, draft.id, version.version)
    if request is None or version.blocked or version.state is not DraftState.IN_REVIEW:
        return None
    if request.needed != 1 or (request.signers and rule.owner not in request.signers):
        return None
    now, why = desk.clock.now(), f"reply rule {rule.name!r} of {rule.owner}"
    shown = card.text(card.card(desk, conn, draft.id, version.version))
    decision = Decision(
        desk.clock.new_id("s"), request.id, draft.id, version.version, version.hash, rule.owner, Choice.APPROVE, now,
        "policy", shown, why,
    )  # fmt: skip
    if not approvals.add_decision(conn, decision) or not approvals.use(conn, request.id, now):
        return None
    events.move_version(
        conn, draft.id, version.version, version.state, DraftState.APPROVED, at=now, who="policy", why=why
    )
    return schedule.create(desk, conn, version, request)
