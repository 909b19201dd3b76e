"""How suggested and written answers to comments ended: what a writer may take as an example, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, desc, func, select

from bot.domain.draft import DraftState
from bot.domain.post import PostState
from bot.store.comment_tables import comment
from bot.store.tables import decision, draft, draft_version, post, post_part

#: Answers that are looked at, the newest ones.
MOST = 400


@dataclass(frozen=True)
class Ended:
    """An answer that somebody decided about."""

    draft: str
    #: ``signed`` as it was suggested, ``edited`` and then signed, ``rejected``, or ``deleted`` after it was live.
    outcome: str
    #: The first version's text where a machine wrote it; empty for a person's own answer.
    suggested: str
    #: What stands now.
    final: str
    #: BCP 47.
    language: str
    #: What the comment said; empty where its author was forgotten.
    asked: str
    #: What was read out of the comment.
    topics: tuple[str, ...]
    intent: str
    at: datetime
    rule: str = ""
    #: Names of whom it was for: handle and name.
    to: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether a person stands behind it."""
        return self.outcome in ("signed", "edited")


def ended(conn: Connection, brand: str, limit: int = MOST) -> list[Ended]:
    """Return how a brand's newest answers to comments ended, newest first; those that wait are left out.

    An answer that a rule signed alone counts for nothing, unless it was taken down: nobody has read it.
    """
    first, last = draft_version.alias("first"), draft_version.alias("last")
    down = and_(post.c.draft_id == draft.c.id, post.c.version == draft.c.version)
    people = (
        select(decision.c.id)
        .where(decision.c.draft_id == draft.c.id, decision.c.choice == "approve", decision.c.via != "policy")
        .exists()
    )
    query = (
        select(draft.c.id, draft.c.created, draft.c.version, first.c.content.label("old"), first.c.author,
               first.c.evidence, last.c.content.label("new"), last.c.state, people.label("people"),
               post_part.c.state.label("part"))
        .join(first, and_(first.c.draft_id == draft.c.id, first.c.version == 1))
        .join(last, and_(last.c.draft_id == draft.c.id, last.c.version == draft.c.version))
        .outerjoin(post, down)
        .outerjoin(post_part, and_(post_part.c.post_id == post.c.id, post_part.c.n == 0))
        .where(draft.c.brand == brand, draft.c.kind == "reply",
               last.c.state.in_([DraftState.APPROVED.value, DraftState.REJECTED.value]))
        .order_by(desc(draft.c.created), desc(draft.c.id))
        .limit(limit)
    )  # fmt: skip
    rows = conn.execute(query).all()
    ids = {row.evidence.get("comment", "") for row in rows} - {""}
    names = (comment.c.author_handle, comment.c.author_name)
    wanted = select(comment.c.id, comment.c.intent, comment.c.triage, comment.c.text, *names)
    wanted = wanted.where(comment.c.id.in_(ids))
    about = {row.id: row for row in conn.execute(wanted)}
    found = [_value(row, about.get(row.evidence.get("comment", ""))) for row in rows]
    return [one for one in found if one is not None]


def newest(conn: Connection, brand: str) -> datetime | None:
    """Return when somebody last decided about an answer to a comment, or None."""
    query = select(func.max(decision.c.at)).join(draft, draft.c.id == decision.c.draft_id)
    found: datetime | None = conn.execute(query.where(draft.c.brand == brand, draft.c.kind == "reply")).scalar()
    return found


def _value(row: Any, about: Any) -> Ended | None:
    old, new = (_text(body) for body in (row.old, row.new))
    machine = row.author == "policy"
    if row.part == PostState.DELETED.value:
        outcome = "deleted"
    elif row.state == DraftState.REJECTED.value:
        outcome = "rejected"
    elif not row.people:
        return None
    else:
        outcome = "edited" if machine and old != new else "signed"
    return Ended(
        row.id, outcome, old if machine else "", new, row.new["language"], about.text if about else "",
        tuple((about.triage or {}).get("topics", ())) if about else (), about.intent if about else "", row.created,
        str(row.evidence.get("rule", "")), (about.author_handle, about.author_name) if about else (),
    )  # fmt: skip


def _text(content: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in content["parts"])
