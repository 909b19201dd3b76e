"""Schedule: a signed version becomes a post with a due time; moving it asks for a new signature."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.approval import ApprovalRequest
from bot.domain.brand import Role
from bot.domain.draft import Draft, DraftState, DraftVersion, Window
from bot.domain.post import Post, PostState
from bot.errors import NotAllowed, NotFound
from bot.store import drafts, events, posts
from bot.words import say
from bot.workflow import around, propose, quiet, retiring, when
from bot.workflow.desk import Desk


def create(desk: Desk, conn: Connection, version: DraftVersion, request: ApprovalRequest) -> Post:
    """Store the post of a version whose last signature was just given. Called by ``decide.approve`` only."""
    now = desk.clock.now()
    due, _ = when.instant(version.content.window, now)
    brand, _ = desk.brand(conn, version.content.brand)
    account = brand.account(version.content.account)
    if version.content.window.wall is None and account is not None:
        # "As soon as it is signed off" named no time: in a quiet time it means as soon as that is over.
        due = quiet.until(brand, account, due) or due
    post = Post(
        id=desk.clock.new_id("p"),
        draft_id=version.draft_id,
        version=version.version,
        account=version.content.account,
        content=version.content,
        hash=version.hash,
        due=due,
        created=now,
    )
    posts.add(conn, post, request_id=request.id, brand=version.content.brand)
    events.record(conn, now, "policy", f"post:{post.id}", "", "scheduled", f"due {due.isoformat()}")
    return posts.get(conn, post.id)


def reschedule(
    desk: Desk, draft_id: str, wall: str | None, who: str, slot: str = "", *, seen_version: int | None = None
) -> DraftVersion:
    """Make a version with another time or in a free slot; it needs its own signatures.

    Raises BadInput, NotAllowed, NotFound, and Stale when ``seen_version`` is not the newest any more.
    """
    with desk.db.read() as conn:
        wish, version = moved(desk, conn, draft_id, wall, who, slot)
    return propose.revise(desk, draft_id, wish, seen_version=seen_version or version)


def moved(
    desk: Desk, conn: Connection, draft_id: str, wall: str | None, who: str, slot: str = "", origin: str = "reschedule"
) -> tuple[propose.Proposal, int]:
    """Return the wish for the same words at another time, and the version whose words they are."""
    old = drafts.version(conn, draft_id)
    brand, _ = desk.brand(conn, old.content.brand)
    if brand.person(who) is None:
        raise NotAllowed(say("{who} is not one of {brand}'s people.", who=repr(who), brand=brand.name))
    window = Window(when.parse_wall(wall) if wall else None, old.content.window.zone, old.content.window.grace_minutes)
    wish = propose.Proposal(
        account=old.content.account,
        parts=old.content.parts,
        author=who,
        origin=origin,
        citations=tuple(c for c in old.citations if brand.rulebook.get(c)),
        window=window,
        slot=slot,
        **around.kept(old.content),
        note=f"moved to {window.wall or ('a free slot' if slot else 'as soon as signed off')}",
        evidence=old.evidence,
    )
    return wish, old.version


def cancel(desk: Desk, draft_id: str, who: str, why: str = "") -> Draft:
    """Take a draft back: what was not sent yet is never sent. A thread that stopped half-way keeps what is live.

    Raises NotAllowed when all of it went out, NotFound when there is nothing to cancel.
    """
    with desk.deciding() as conn:
        draft = drafts.get(conn, draft_id, lock=True)
        brand, _ = desk.brand(conn, draft.brand)
        person = brand.person(who)
        if person is None or not (person.id == draft.author or person.may(Role.APPROVER)):
            raise NotAllowed(say("Only the author or an approver can cancel draft {draft}.", draft=draft_id))
        version = drafts.version(conn, draft_id)
        if version.state in (DraftState.REJECTED, DraftState.LAPSED, DraftState.SUPERSEDED):
            raise NotFound(
                say(
                    "Draft {draft} is {state}: there is nothing to cancel.",
                    draft=draft_id,
                    state=say(version.state.value),
                )
            )
        made = posts.of_draft(conn, draft_id)
        if any(p.live for p in made):
            _keep_what_is_live(desk, conn, made, who=who, why=why or "cancelled")
        else:
            retiring.retire(desk, conn, draft, who=who, why=why or "cancelled")
        return draft


def _keep_what_is_live(desk: Desk, conn: Connection, made: list[Post], *, who: str, why: str) -> None:
    """End a thread that stopped half-way: what is live stays, nothing more of it is sent. Raises NotAllowed."""
    rest = [p for post in made for p in post.parts if retiring.stoppable(conn, p)]
    if not rest:
        raise NotAllowed(
            say("Draft {draft} is live.", draft=made[-1].draft_id),
            next_step=say("`signoff undo {draft}` takes it down.", draft=made[-1].draft_id),
        )
    for part in rest:
        move = (part.post_id, part.n, part.state, PostState.CANCELLED)
        events.move_part(conn, *move, at=desk.clock.now(), who=who, why=why, attempt=part.attempts)
