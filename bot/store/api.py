"""API tokens, answers kept under idempotency keys, and jobs. Tokens come in as they are and are kept as digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store import rows
from bot.store.api_tables import api_answer, api_job, api_token
from bot.store.hints import unindexed
from bot.store.keyset import older
from bot.store.tables import draft, draft_version, post

#: What a token may be allowed.
READ, WRITE, APPROVE = "read", "write", "approve"
SCOPES = (READ, WRITE, APPROVE)
#: What every secret begins with, so that one that leaked is found.
PREFIX = "sgn_"
#: How long an answer is kept under its key; after how long a request counts as lost with its process.
KEPT, LOST = timedelta(hours=24), timedelta(minutes=30)


@dataclass(frozen=True)
class Token:
    """What a program may do, for whom, and until when."""

    id: str
    brand: str
    person: str
    name: str
    scopes: frozenset[str]
    created: datetime
    created_by: str
    expires: datetime
    used: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """An answer that was given before; ``status`` is None while it is being given."""

    asked: str
    status: int | None
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Job:
    """Something that a model writes meanwhile."""

    id: str
    brand: str
    person: str
    owner: str
    created: datetime
    ended: datetime | None = None
    state: str = "running"
    drafts: list[str] = field(default_factory=list)
    why: str = ""
    next_step: str = ""


def digest(token: str) -> str:
    """Return the SHA-256 of a token, in hex: tokens are random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- tokens -----------------------------------------------------------------------------------------------------


def add_token(conn: Connection, secret: str, value: Token) -> None:
    """Keep a token."""
    columns = {**vars(value), "scopes": " ".join(sorted(value.scopes)), "digest": digest(secret)}
    conn.execute(insert(api_token).values(**columns))


def token(conn: Connection, secret: str, now: datetime) -> Token | None:
    """Return the token that a secret is, while it counts."""
    c = api_token.c
    row = conn.execute(select(api_token).where(c.digest == digest(secret), c.expires > now)).mappings().first()
    return _token(row) if row else None


def tokens(conn: Connection, brand: str) -> list[Token]:
    """Return a brand's tokens, the newest first, also those that have run out."""
    c = api_token.c
    query = select(api_token).where(c.brand == brand).order_by(c.created.desc(), c.id)
    return [_token(row) for row in conn.execute(query).mappings()]


def _token(row: Any) -> Token:
    named = {name: value for name, value in row.items() if name != "digest"}
    return Token(**{**named, "scopes": frozenset(named["scopes"].split())})


def used(conn: Connection, token_id: str, at: datetime) -> None:
    """Note that a token was used."""
    conn.execute(update(api_token).where(api_token.c.id == token_id).values(used=at))


def revoke(conn: Connection, token_id: str) -> bool:
    """Let a token, and the answers kept for it, go; False where there is none."""
    conn.execute(delete(api_answer).where(api_answer.c.token == token_id))
    return conn.execute(delete(api_token).where(api_token.c.id == token_id)).rowcount == 1


# --- answers ----------------------------------------------------------------------------------------------------


def tidy(conn: Connection, now: datetime) -> None:
    """Let go of answers that are older than a day, and of keys whose request was lost with its process."""
    c = api_answer.c
    over = or_(c.at < now - KEPT, and_(c.status.is_(None), c.at < now - LOST))
    conn.execute(delete(api_answer).where(over))


def begin(conn: Connection, token_id: str, key: str, asked: str, now: datetime) -> Kept | None:
    """Take a key for a request; return what is kept under it already, or None where it is ours now.

    A request whose answer never came, because its process died, gives its key free after ``LOST``.
    """
    c = api_answer.c
    tidy(conn, now)
    row = conn.execute(select(api_answer).where(c.token == token_id, c.key == key)).first()
    if row is not None:
        return Kept(row.asked, row.status, row.headers or {}, row.body or "")
    try:
        with conn.begin_nested():
            conn.execute(insert(api_answer).values(token=token_id, key=key, asked=asked, at=now))
    except IntegrityError:
        return Kept(asked, None, {}, "")
    return None


def finish(conn: Connection, token_id: str, key: str, status: int, headers: dict[str, str], body: str) -> None:
    """Keep the answer of a request."""
    where = (api_answer.c.token == token_id, api_answer.c.key == key)
    conn.execute(update(api_answer).where(*where).values(status=status, headers=headers, body=body))


def release(conn: Connection, token_id: str, key: str) -> None:
    """Give a key free: what was asked may be asked anew."""
    where = (api_answer.c.token == token_id, api_answer.c.key == key, api_answer.c.status.is_(None))
    conn.execute(delete(api_answer).where(*where))


# --- jobs -------------------------------------------------------------------------------------------------------


def add_job(conn: Connection, value: Job) -> None:
    """Keep a job that begins; jobs older than a month go."""
    conn.execute(delete(api_job).where(api_job.c.created < value.created - timedelta(days=30)))
    conn.execute(insert(api_job).values(**vars(value)))


def end_job(conn: Connection, job_id: str, at: datetime, state: str, drafts: list[str], why: str, step: str) -> None:
    """Keep what came of a job."""
    values = {"ended": at, "state": state, "drafts": drafts, "why": why, "next_step": step}
    conn.execute(update(api_job).where(api_job.c.id == job_id).values(**values))


def job(conn: Connection, brand: str, job_id: str) -> Job | None:
    """Return a job of a brand, or None."""
    c = api_job.c
    row = conn.execute(select(api_job).where(c.id == job_id, c.brand == brand)).mappings().first()
    return Job(**row) if row else None


# --- pages ------------------------------------------------------------------------------------------------------


def drafts(conn: Connection, brand: str, account: str, after: tuple[datetime, str] | None, limit: int) -> list[Any]:
    """Return (draft, its newest version), the newest draft first, those behind ``after``: (created, id)."""
    join = (draft_version.c.draft_id == draft.c.id) & (draft_version.c.version == draft.c.version)
    query = select(draft, draft_version).join(draft_version, join).where(draft.c.brand == brand)
    if account:
        query = query.where(unindexed(draft.c.account) == account)
    if after:
        query = query.where(older(draft.c.created, draft.c.id, after))
    query = query.order_by(draft.c.created.desc(), draft.c.id.desc()).limit(limit)
    found = []
    for row in conn.execute(query).mappings():
        first, second = ({c.name: row[c] for c in table.c} for table in (draft, draft_version))
        found.append((rows.draft(first), rows.version(second)))
    return found


def posts(conn: Connection, brand: str, account: str, after: tuple[datetime, str] | None, limit: int) -> list[str]:
    """Return ids of posts, the newest first, those behind ``after``: (created, id)."""
    query = select(post.c.id).where(post.c.brand == brand)
    if account:
        query = query.where(unindexed(post.c.account) == account)
    if after:
        query = query.where(older(post.c.created, post.c.id, after))
    return list(conn.execute(query.order_by(post.c.created.desc(), post.c.id.desc()).limit(limit)).scalars())
