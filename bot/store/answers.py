"""What became of answers to comments: where each draft stands, and how often a rule's answers were signed unchanged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from bot.domain.approval import Choice
from bot.domain.comment import CommentState, Entry
from bot.domain.draft import DraftState
from bot.store.authors import AUTO
from bot.store.comment_tables import comment
from bot.store.tables import decision, draft, draft_version, post, post_part

#: Answers that are looked at, the newest ones.
LATELY = 50


@dataclass(frozen=True)
class Standing:
    """A comment with an answer under way, and where that answer stands."""

    comment: str
    brand: str
    #: State of the draft's newest version; of the post's first part, empty where there is no post.
    version: str
    part: str
    live_at: datetime | None
    why: str
    draft: str


def own(conn: Connection, account: str, ids: Collection[str]) -> dict[str, str]:
    """Return which of these remote ids are posts of ours, each with the remote id of what it answers (or empty)."""
    query = (
        select(post_part.c.remote_id, post.c.content)
        .join(post, post.c.id == post_part.c.post_id)
        .where(post_part.c.account == account, post_part.c.remote_id.in_(list(ids)))
    )
    return {row.remote_id: str(row.content.get("reply_parent", "")) for row in conn.execute(query)}


def words(conn: Connection, account: str, ids: Collection[str]) -> dict[str, str]:
    """Return what our own posts with these remote ids say."""
    query = (
        select(post_part.c.remote_id, post_part.c.n, post.c.content)
        .join(post, post.c.id == post_part.c.post_id)
        .where(post_part.c.account == account, post_part.c.remote_id.in_(list(ids)))
    )
    return {row.remote_id: str(row.content["parts"][row.n]["text"]) for row in conn.execute(query)}


def group(conn: Connection, one: Entry, limit: int = 20) -> list[tuple[str, tuple[str, ...]]]:
    """Return (text, ids it rests on) of answers to comments that say nearly the same as one, newest first.

    Left out is what was rejected, taken back or deleted.
    """
    head = one.like or one.id
    last, dead = and_(draft_version.c.draft_id == draft.c.id, draft_version.c.version == draft.c.version), [
        DraftState.REJECTED.value, DraftState.SUPERSEDED.value, DraftState.LAPSED.value]  # fmt: skip
    query = (
        select(draft_version.c.content, draft_version.c.evidence)
        .select_from(comment)
        .join(draft, draft.c.id == comment.c.draft)
        .join(draft_version, last)
        .where(comment.c.brand == one.brand, or_(comment.c.like_id == head, comment.c.id == head),
               comment.c.id != one.id, draft_version.c.state.not_in(dead))
        .order_by(draft.c.created.desc(), draft.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        ("\n".join(part["text"] for part in row.content["parts"]), tuple(row.evidence.get("cited", ())))
        for row in conn.execute(query)
    ]


def under_way(conn: Connection) -> list[Standing]:
    """Return every comment whose answer is proposed or on its way."""
    states = (CommentState.PROPOSED.value, CommentState.AUTO_REPLIED.value)
    newest = and_(draft_version.c.draft_id == draft.c.id, draft_version.c.version == draft.c.version)
    sent = and_(post.c.draft_id == draft.c.id, post.c.version == draft.c.version)
    first = and_(post_part.c.post_id == post.c.id, post_part.c.n == 0)
    query = (
        select(comment.c.id, comment.c.brand, draft_version.c.state, post_part.c.state.label("part"),
               post_part.c.live_at, post_part.c.why, draft.c.id.label("draft"))
        .join(draft, draft.c.id == comment.c.draft)
        .join(draft_version, newest)
        .outerjoin(post, sent)
        .outerjoin(post_part, first)
        .where(comment.c.state.in_(states))
    )  # fmt: skip
    return [
        Standing(r.id, r.brand, r.state, r.part or "", r.live_at, r.why or "", r.draft) for r in conn.execute(query)
    ]


def acceptance(conn: Connection, brand: str, rule: str) -> tuple[int, int]:
    """Return (signed unchanged by a person, decided) of a rule's last answers.

    An automatic answer counts only where a person took it down: as one that was not accepted.
    """
    sent = and_(post.c.draft_id == draft.c.id, post_part.c.post_id == post.c.id, post_part.c.n == 0)
    newest = and_(draft_version.c.draft_id == draft.c.id, draft_version.c.version == draft.c.version)
    people = (
        select(decision.c.id)
        .where(decision.c.draft_id == draft.c.id, decision.c.choice == Choice.APPROVE.value, decision.c.via != "policy")
        .exists()
    )
    query = (
        select(draft.c.version, draft_version.c.state, people.label("people"), post_part.c.state.label("part"))
        .select_from(comment)
        .join(draft, draft.c.id == comment.c.draft)
        .join(draft_version, newest)
        .outerjoin(post, post.c.draft_id == draft.c.id)
        .outerjoin(post_part, sent)
        .where(comment.c.brand == brand, or_(comment.c.rule == rule, comment.c.rule == AUTO + rule))
        .order_by(comment.c.heard.desc(), comment.c.id)
        .limit(2 * LATELY)
    )
    accepted = decided = 0
    for row in conn.execute(query):
        approved = row.state == DraftState.APPROVED.value
        if approved and not row.people:
            decided += row.part == "deleted"
        elif approved:
            decided, accepted = decided + 1, accepted + (row.version == 1 and row.part != "deleted")
        elif row.state == DraftState.REJECTED.value or row.version > 1:
            decided += 1
        if decided >= LATELY:
            break
    return accepted, decided
