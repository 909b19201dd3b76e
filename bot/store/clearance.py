"""What the sending of parts rests on, read at once for several posts: each row once, in one moment.

Asked twice for every post that goes out, so the statements are built once; a content is parsed and hashed once for as
long as the very bytes that are stored stay the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, String, Text, bindparam, cast, literal, select

from bot.domain.approval import Choice
from bot.domain.draft import Draft
from bot.domain.post import Post, PostPart
from bot.errors import NotFound
from bot.store import desk as switches
from bot.store import facts, rows
from bot.store.approvals import Signed
from bot.store.db import Database
from bot.store.tables import (
    account_state,
    approval_request,
    decision,
    draft,
    draft_version,
    lease,
    post,
    post_part,
)


@dataclass(frozen=True)
class Clearance:
    """One post as it stands, and all that its sending rests on."""

    post: Post
    draft: Draft
    #: Over the stored bytes, not what the row says of itself.
    content_hash: str
    #: None where no used-up request is behind it.
    signed: Signed | None
    #: Why the account is paused; empty while it is not.
    paused: str
    #: Before when no late post of the account may go out.
    next_send: datetime | None
    #: Every fact of the account.
    facts: dict[str, Any]
    #: Who holds the account, under which fence, and for how many seconds by the database's clock.
    owner: str
    fence: int
    seconds: float

    def part(self, n: int) -> PostPart:
        return self.post.parts[n]

    def remaining(self, owner: str, fence: int) -> float:
        """Return the seconds this owner still holds the account under this fence; 0 or less means it is lost."""
        return self.seconds if (self.owner, self.fence) == (owner, fence) else 0.0


@dataclass(frozen=True)
class Cleared:
    """Several posts in one moment."""

    #: The database's own time.
    now: datetime
    #: Why everything is stopped; empty while it runs.
    stopped: str
    #: Whether this database was a backup once.
    restored: bool
    of: dict[str, Clearance]


def read(conn: Connection, db: Database, wanted: Iterable[str]) -> Cleared:
    """Read what these posts' sending rests on. Raises NotFound where one is not there."""
    ids = {"ids": list(dict.fromkeys(wanted))}
    found = conn.execute(_rows(conn.dialect.name), ids).mappings().all()
    if len(found) < len(ids["ids"]):
        raise NotFound(f"Not all of these posts are there: {', '.join(ids['ids'])}.")
    parts: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(_PARTS, ids).mappings():
        parts[row["post_id"]].append(row)
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for request, digest, person in conn.execute(_SIGNERS, ids):
        people[request, digest].add(person)
    known = facts.of_accounts(conn, {row["account"] for row in found})
    now = db.as_instant(found[0]["now"])
    stopped, marks = switches.standing(conn)
    of = {}
    for row in found:
        key = row["signed_request"], row["signed_hash"]
        signed = None
        if row["signed_request"] is not None and row["version_hash"] is not None:
            signed = Signed(key[1], row["needed"], row["version_hash"], row["version_state"], frozenset(people[key]))
        of[row["id"]] = Clearance(
            post=rows.post(row, parts[row["id"]]),
            draft=Draft(**{name: row[f"its_{name}"] for name in _DRAFT}),
            content_hash=rows.stored_content(row["content"])[1],
            signed=signed, paused=row["paused"] or "", next_send=row["next_send"], facts=known[row["account"]],
            owner=row["lease_owner"] or "", fence=row["lease_fence"] or 0,
            seconds=(row["lease_until"] - now).total_seconds() if row["lease_until"] else 0.0,
        )  # fmt: skip
    return Cleared(now, stopped, "restored" in marks, of)


_DRAFT = [column.name for column in draft.columns]
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_PARTS = select(post_part).where(post_part.c.post_id.in_(_IDS)).order_by(post_part.c.post_id, post_part.c.n)
_SIGNERS = (
    select(decision.c.request_id, decision.c.hash, decision.c.person)
    .join(post, post.c.request_id == decision.c.request_id)
    .where(post.c.id.in_(_IDS), decision.c.choice == Choice.APPROVE.value)
)


@lru_cache(maxsize=2)
def _rows(dialect: str) -> Select[Any]:
    content = cast(post.c.content, Text).label("content")
    used = (approval_request.c.id == post.c.request_id) & approval_request.c.used.is_not(None)
    version = (draft_version.c.draft_id == post.c.draft_id) & (draft_version.c.version == post.c.version)
    held = lease.c.name == literal("account:", String) + post.c.account
    return (
        select(
            *(column for column in post.columns if column.name != "content"), content,
            *(draft.c[name].label(f"its_{name}") for name in _DRAFT),
            approval_request.c.id.label("signed_request"), approval_request.c.hash.label("signed_hash"),
            approval_request.c.needed,
            draft_version.c.hash.label("version_hash"), draft_version.c.state.label("version_state"),
            account_state.c.paused, account_state.c.next_send,
            lease.c.owner.label("lease_owner"), lease.c.fence.label("lease_fence"),
            lease.c.until.label("lease_until"), Database.clock(dialect).label("now"),
        )
        .select_from(post)
        .join(draft, draft.c.id == post.c.draft_id)
        .outerjoin(approval_request, used)
        .outerjoin(draft_version, version)
        .outerjoin(account_state, account_state.c.account == post.c.account)
        .outerjoin(lease, held)
        .where(post.c.id.in_(_IDS))
    )  # fmt: skip
