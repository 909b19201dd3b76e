"""Approval requests and decisions: rows <-> domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.approval import ApprovalRequest, Decision
from bot.store import rows
from bot.store.tables import approval_request, decision


def add(conn: Connection, value: ApprovalRequest) -> None:
    """Store a request."""
    add_many(conn, [value])


def add_many(conn: Connection, values: Sequence[ApprovalRequest]) -> None:
    """Store requests."""
    more = [{"signers": list(v.signers), "four_eyes": int(v.four_eyes)} for v in values]
    if values:
        conn.execute(insert(approval_request), [{**rows.as_dict(v), **m} for v, m in zip(values, more, strict=True)])


def of_version(conn: Connection, draft_id: str, version: int) -> ApprovalRequest | None:
    """Return the request for a version, or None when it was never up for review."""
    where = (approval_request.c.draft_id == draft_id, approval_request.c.version == version)
    row = conn.execute(select(approval_request).where(*where)).mappings().one_or_none()
    return rows.request(row) if row else None


def of_drafts(conn: Connection, ids: Sequence[str]) -> dict[tuple[str, int], ApprovalRequest]:
    """Return every request of some drafts, by draft and version."""
    query = select(approval_request).where(approval_request.c.draft_id.in_(ids))
    return {(r["draft_id"], r["version"]): rows.request(r) for r in conn.execute(query).mappings()}


def decisions_of(conn: Connection, ids: Sequence[str]) -> dict[str, list[Decision]]:
    """Return the decisions on some drafts, by draft, oldest first."""
    found: dict[str, list[Decision]] = {}
    query = select(decision).where(decision.c.draft_id.in_(ids)).order_by(decision.c.at, decision.c.id)
    for row in conn.execute(query).mappings():
        found.setdefault(row["draft_id"], []).append(rows.decision(row))
    return found


def use(conn: Connection, request_id: str, at: datetime) -> bool:
    """Use a request up; False when it was used before. Only one caller ever gets True."""
    where = (approval_request.c.id == request_id, approval_request.c.used.is_(None))
    return conn.execute(update(approval_request).where(*where).values(used=at)).rowcount == 1


def waiting(conn: Connection, now: datetime) -> bool:
    """Say whether a request is to be reminded of or has run out, without locking anything."""
    late = (approval_request.c.remind <= now) | (approval_request.c.expires <= now)
    return (
        conn.execute(select(approval_request.c.id).where(approval_request.c.used.is_(None), late)).first() is not None
    )


def to_remind(conn: Connection, now: datetime) -> list[ApprovalRequest]:
    """Return open requests whose people are to be reminded now, and strike the reminder out."""
    where = (approval_request.c.used.is_(None), approval_request.c.remind <= now, approval_request.c.expires > now)
    found = [rows.request(r) for r in conn.execute(select(approval_request).where(*where)).mappings()]
    for one in found:
        conn.execute(update(approval_request).where(approval_request.c.id == one.id).values(remind=None))
    return found


def expired(conn: Connection, now: datetime) -> list[ApprovalRequest]:
    """Return requests whose time ran out unanswered."""
    where = (approval_request.c.used.is_(None), approval_request.c.expires <= now)
    return [rows.request(r) for r in conn.execute(select(approval_request).where(*where)).mappings()]


@dataclass(frozen=True)
class Signed:
    """What a post rests on: its request, if that is used up, and the version that was signed."""

    hash: str
    needed: int
    version_hash: str
    state: str
    #: Who approved this very hash.
    people: frozenset[str]
    request_id: str = ""
    #: The lasting signature that it stands on, and why that has ended; None where it is not there.
    stands_on: str = ""
    ended: str | None = None


def add_decision(conn: Connection, value: Decision) -> bool:
    """Store one person's answer; False when that person answered this request before."""
    body = rows.as_dict(value)
    body["choice"] = value.choice.value
    try:
        with conn.begin_nested():
            conn.execute(insert(decision).values(**body))
    except IntegrityError:
        return False
    return True


def decisions(conn: Connection, *, request_id: str = "", draft_id: str = "") -> list[Decision]:
    """Return decisions on a request or on a whole draft, oldest first."""
    where = decision.c.request_id == request_id if request_id else decision.c.draft_id == draft_id
    query = select(decision).where(where).order_by(decision.c.at, decision.c.id)
    return [rows.decision(r) for r in conn.execute(query).mappings()]
