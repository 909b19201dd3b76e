"""What whoever follows the desk reads: what changed since a mark, what is about to lapse, and who posts a message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select, update

from bot.domain.approval import ApprovalRequest
from bot.domain.draft import DraftState
from bot.store import rows
from bot.store.chat_tables import slack_message
from bot.store.tables import approval_request, decision, draft, draft_version, event, notice, post

#: On PostgreSQL a row may be committed after one with a higher id: so far back is read again.
LAG = timedelta(seconds=60)


@dataclass(frozen=True)
class Mark:
    """How far a table was read: the last row's id and instant."""

    id: int = 0
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.id}|{self.at.isoformat() if self.at else ''}"

    @classmethod
    def of(cls, text: str) -> Mark | None:
        """Return the mark that was written down, or None for an empty text."""
        number, _, at = text.partition("|")
        return cls(int(number), datetime.fromisoformat(at) if at else None) if text else None


def end(conn: Connection, table: Table) -> Mark:
    """Return the mark behind the last row of ``event`` or ``notice``."""
    row = conn.execute(select(table.c.id, table.c.at).order_by(table.c.id.desc()).limit(1)).first()
    return Mark(row.id, row.at) if row else Mark()


def _after(conn: Connection, table: Table, mark: Mark, limit: int, *where: Any) -> list[dict[str, Any]]:
    new = select(table).where(table.c.id > mark.id, *where).order_by(table.c.id).limit(limit)
    found = list(conn.execute(new).mappings())
    if mark.at is not None:
        # An id may come again where the newest rows were let go of: then the instant tells. These have no limit: many
        # in one minute must not keep what is new from being read.
        since = mark.at - (LAG if conn.dialect.name != "sqlite" else timedelta())
        again = select(table).where(table.c.id <= mark.id, table.c.at > since, *where).order_by(table.c.id)
        found = [*conn.execute(again).mappings(), *found]
    return [dict(row) for row in found]


def events(conn: Connection, mark: Mark, limit: int = 500) -> list[dict[str, Any]]:
    """Return ``limit`` of the record from a mark on, oldest first; on PostgreSQL its last minute before comes again."""
    return _after(conn, event, mark, limit)


def notices(conn: Connection, mark: Mark, brand: str, limit: int = 500) -> list[dict[str, Any]]:
    """Return the notices of a brand and of the whole house from a mark on, oldest first, as ``events`` does."""
    return _after(conn, notice, mark, limit, notice.c.brand.in_([brand, ""]))


def drafts_of_posts(conn: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the draft of each post."""
    found = conn.execute(select(post.c.id, post.c.draft_id).where(post.c.id.in_(list(ids)))).all() if ids else []
    return {row.id: row.draft_id for row in found}


def signed_since(conn: Connection, at: datetime) -> list[tuple[str, str]]:
    """Return (decision, draft) of the answers given from an instant on: one of two signatures changes no state."""
    query = select(decision.c.id, decision.c.draft_id).where(decision.c.at >= at).order_by(decision.c.at)
    return [(row.id, row.draft_id) for row in conn.execute(query)]


def waiting(conn: Connection, brand: str, limit: int) -> list[str]:
    """Return the drafts of a brand that wait for a signature, the newest ``limit``, oldest first."""
    its = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    query = select(draft.c.id).join(draft_version, its)
    query = query.where(draft.c.brand == brand, draft_version.c.state == DraftState.IN_REVIEW.value)
    return list(conn.execute(query.order_by(draft.c.created.desc(), draft.c.id).limit(limit)).scalars())[::-1]


def ending(conn: Connection, brand: str, now: datetime, until: datetime) -> list[ApprovalRequest]:
    """Return the open requests of a brand whose time to sign ends between two instants, the next first."""
    query = select(approval_request).join(draft, draft.c.id == approval_request.c.draft_id)
    query = query.where(draft.c.brand == brand, draft.c.version == approval_request.c.version)
    span = (approval_request.c.expires > now, approval_request.c.expires <= until)
    query = query.where(approval_request.c.used.is_(None), *span).order_by(approval_request.c.expires)
    return [rows.request(r) for r in conn.execute(query).mappings()]


# --- messages of ours ------------------------------------------------------------------------------------------


def take_over(conn: Connection, row: dict[str, Any], owner: str, at: datetime) -> bool:
    """Take a claim that its owner left; False when somebody else was quicker."""
    c = slack_message.c
    key = (c.team == row["team"], c.channel == row["channel"], c.ts == row["ts"])
    where = (*key, c.subject == row["subject"], c.at == row["at"])
    return conn.execute(update(slack_message).where(*where).values(subject=owner, at=at)).rowcount == 1


def messages_before(conn: Connection, team: str, kind: str, at: datetime) -> list[dict[str, Any]]:
    """Return our messages of one kind that were posted before an instant."""
    c = slack_message.c
    query = select(slack_message).where(c.team == team, c.kind == kind, c.at <= at).order_by(c.at)
    return [dict(r) for r in conn.execute(query).mappings()]


# --- what is left to do ----------------------------------------------------------------------------------------


def told(conn: Connection, subject: str, text: str) -> bool:
    """Say whether this very notice was left before, read or not."""
    same = select(notice.c.id).where(notice.c.subject == subject, notice.c.text == text)
    return conn.execute(same.limit(1)).first() is not None


def settled(conn: Connection, subject: str, at: datetime) -> None:
    """Mark what was left about something as read: it is over, and the same may be told anew."""
    conn.execute(update(notice).where(notice.c.subject == subject, notice.c.seen.is_(None)).values(seen=at))


def notice_of(conn: Connection, number: int, subject: str) -> dict[str, Any] | None:
    """Return a notice by its id, or None where it was let go of since."""
    row = conn.execute(select(notice).where(notice.c.id == number, notice.c.subject == subject)).mappings().first()
    return dict(row) if row else None
