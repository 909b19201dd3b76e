"""Taking back: a version that a newer one replaces, and what of its post was not sent yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.domain.draft import Draft, DraftState
from bot.domain.post import PostPart, PostState
from bot.errors import NotAllowed
from bot.store import approvals, drafts, events, posts
from bot.words import say
from bot.workflow.desk import Desk


def stoppable(conn: Connection, part: PostPart) -> bool:
    """Say whether a part surely is not out and never will be once it is cancelled.

    One that asks a person after a lost answer may be live: only `signoff settle` ends that.
    """
    if part.state in (PostState.ASKED, PostState.REFUSED):
        return not posts.maybe_live(conn, part.post_id, part.n)
    return part.state is PostState.DUE


def retire(desk: Desk, conn: Connection, draft: Draft, *, who: str, why: str) -> None:
    """Void the current version, its request, and its post where nothing of it was sent yet. Raises NotAllowed."""
    now = desk.clock.now()
    for post in posts.of_draft(conn, draft.id):
        for part in post.parts:
            if part.state in (PostState.CANCELLED, PostState.REFUSED, PostState.DELETED):
                continue
            args: dict[str, Any] = {"at": now, "who": who, "why": why}
            if not stoppable(conn, part) or not events.move_part(
                conn, post.id, part.n, part.state, PostState.CANCELLED, attempt=part.attempts, **args
            ):
                raise NotAllowed(
                    say(
                        "Draft {draft} cannot change any more: part {n} is {state}.",
                        draft=draft.id,
                        n=part.n + 1,
                        state=say(part.state.value),
                    ),
                    next_step=say("Write a new draft instead."),
                )
    version = drafts.version(conn, draft.id)
    request = approvals.of_version(conn, draft.id, version.version)
    if request is not None:
        approvals.use(conn, request.id, now)
    if version.state in (DraftState.PROPOSED, DraftState.IN_REVIEW, DraftState.APPROVED):
        events.move_version(
            conn, draft.id, version.version, version.state, DraftState.SUPERSEDED, at=now, who=who, why=why
        )
