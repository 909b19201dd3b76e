"""Where a lasting signature signs: when it is given, when an occurrence becomes a draft; and what follows its end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.domain.approval import ApprovalRequest, Choice, Decision
from bot.domain.brand import Role
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.post import Post
from bot.errors import NotAllowed, NotFound, SignoffError, Stale
from bot.store import approvals, drafts, events, lasting, series
from bot.store import desk as rows
from bot.store.series import Series
from bot.words import say
from bot.workflow import around, card, propose, retiring, rights, schedule, terms
from bot.workflow import lasting as its
from bot.workflow.desk import SERIES, Desk

log = logging.getLogger(__name__)


def given(
    desk: Desk, conn: Connection, draft: Draft, version: DraftVersion, request: ApprovalRequest,
    signed: Sequence[Decision],
) -> list[Post]:  # fmt: skip
    """Begin a lasting signature where the card said that this is one; sign what waits already; return those posts."""
    brand, policy = desk.brand(conn, draft.brand)
    wall, now = version.content.window.wall, desk.clock.now()
    if request.covers is None or request.covers_until is None or wall is None:
        return []
    if not its.shown(brand, request, signed):
        return []
    its.end(desk, conn, draft.series, "a newer one replaces it", signed[-1].person)
    sig = lasting.Lasting(
        id=desk.clock.new_id("l"), request_id=request.id, series=draft.series, brand=brand.id, account=draft.account,
        said=its.said(version.content), policy=its.policy_digest(policy), rules=its.rules_digest(brand),
        most=request.covers, until=request.covers_until, given=now,
    )  # fmt: skip
    lasting.add(conn, sig, signed[-1].person)
    lasting.use(conn, sig, wall, request.id)
    waiting = [(d, v) for d, v in drafts.series(conn, draft.series) if v.state is DraftState.IN_REVIEW]
    waiting.sort(key=lambda pair: pair[1].content.window.wall or "")
    return [made for d, v in waiting if (made := sign(desk, conn, d, v)) is not None]


def sign(desk: Desk, conn: Connection, draft: Draft, version: DraftVersion) -> Post | None:
    """Sign an occurrence by the lasting signature of its series, in the caller's transaction; None: people decide."""
    sig = lasting.of_series(conn, draft.series) if draft.series.startswith(SERIES) else None
    request = approvals.of_version(conn, draft.id, version.version) if sig else None
    wall = version.content.window.wall
    if sig is None or request is None or wall is None or version.state is not DraftState.IN_REVIEW:
        return None
    brand, policy = desk.brand(conn, draft.brand)
    now = desk.clock.now()
    people = [d for d in approvals.decisions(conn, request_id=sig.request_id) if d.choice is Choice.APPROVE]
    try:
        terms.hold(request, version.content, policy, now, draft.kind)
        wrote = rights.writers(conn, draft, drafts.versions(conn, draft.id))
        for one in people:
            rights.may(brand, request, one.person, wrote)
    except (NotAllowed, Stale):
        return None
    if len(people) < request.needed or version.blocked or lasting.uses(conn, sig.id) >= sig.most:
        return None
    if its.fault(conn, sig, version.content, brand, policy, now):
        return None
    if not lasting.use(conn, sig, wall, request.id) or not approvals.use(conn, request.id, now):
        return None
    shown = card.text(card.card(desk, conn, draft.id, version.version))
    why = f"lasting signature {sig.id} of {', '.join(d.person for d in people)}"
    for one in people:
        mine = Decision(
            desk.clock.new_id("s"), request.id, draft.id, version.version, version.hash, one.person, Choice.APPROVE,
            now, "lasting", shown, why,
        )  # fmt: skip
        approvals.add_decision(conn, mine)
    states = (version.state, DraftState.APPROVED)
    events.move_version(conn, draft.id, version.version, *states, at=now, who="policy", why=why)
    return schedule.create(desk, conn, replace(version, state=DraftState.APPROVED), request)


def revoke(desk: Desk, series_id: str, who: str) -> Series:
    """Take a lasting signature back: what it signed and is not out needs its own again. Raises NotFound, NotAllowed."""
    with desk.deciding() as conn:
        found = series.get(conn, series_id)
        brand, _ = desk.brand(conn, found.brand)
        person = brand.person(who)
        if person is None or not person.may(Role.APPROVER):
            raise NotAllowed(say("Only an approver of {brand} can take a signature back.", brand=brand.name))
        if not its.end(desk, conn, series_id, f"it was taken back by {who}", who):
            raise NotFound(say("Series {series} has no lasting signature.", series=series_id))
    tend(desk)
    return found


def tend(desk: Desk) -> int:
    """End lasting signatures that hold no more, and ask anew for the posts that stood on them; return how many."""
    with desk.db.read() as conn:
        standing, left = lasting.in_force(conn), lasting.unfounded(conn)
        broken = [(sig, why) for sig in standing if (why := its.over(conn, sig, *desk.brand(conn, sig.brand)))]
    if broken:
        with desk.db.write() as conn:
            for sig, why in broken:
                its.end(desk, conn, sig.series, why, "policy")
            left = lasting.unfounded(conn)
    fault: Exception | None = None
    for draft_id, why in left:
        try:
            _ask(desk, draft_id, why)
        except OperationalError:
            raise
        except Exception as error:
            # One that our own code stumbles over holds up none of the others.
            log.exception("draft %s stumbled", draft_id)
            _tell(desk, draft_id, error)
            fault = error
    if fault is not None:
        # Whoever runs the chores waits a little before the next try.
        raise fault
    return len(broken) + len(left)


def _tell(desk: Desk, draft_id: str, error: Exception) -> None:
    with desk.db.write() as conn:
        draft = drafts.get(conn, draft_id)
        text = say("{account}: draft {draft} is not sent, and cannot be asked for anew: {why}",
                   account=draft.account, draft=draft_id, why=type(error).__name__)  # fmt: skip
        step = say("{command} takes it back.", command=f"`signoff cancel {draft_id}`")
        rows.notify(conn, desk.clock.now(), draft.brand, f"draft:{draft_id}", text, step)


def _ask(desk: Desk, draft_id: str, why: str) -> None:
    """Take back what was signed for an occurrence, and put the same words up for a signature of their own."""
    with desk.db.write() as conn:
        old, draft = drafts.version(conn, draft_id), drafts.get(conn, draft_id)
        brand, _ = desk.brand(conn, draft.brand)
        wish = propose.Proposal(
            account=draft.account, parts=old.content.parts, author=old.author, origin="repeat",
            citations=tuple(c for c in old.citations if brand.rulebook.get(c)), window=old.content.window,
            **around.kept(old.content), note=f"the lasting signature has ended: {why}", evidence=old.evidence,
        )  # fmt: skip
        try:
            with conn.begin_nested():
                propose.revised(desk, conn, draft_id, wish, old.version)
        except SignoffError as error:
            # Its time is past, or its account is gone.
            retiring.retire(desk, conn, draft, who="policy", why=why)
            text = say("{account}: draft {draft} is not sent, and cannot be asked for anew: {why}",
                       account=draft.account, draft=draft_id, why=error.message)  # fmt: skip
            rows.notify(conn, desk.clock.now(), draft.brand, f"draft:{draft_id}", text, error.next_step or "")
