"""What the sending of parts rests on, read at once for several posts: each row once, in one moment.

Asked twice for every post that goes out, so the statements are built once; a content is parsed and hashed once for as
long as the very bytes that are stored stay the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    String,
    Text,
    bindparam,
    cast,
    literal,
    select,
    union_all,
)

from bot.domain.approval import Choice
from bot.domain.draft import Draft
from bot.domain.post import Post, PostPart
from bot.errors import NotFound
from bot.store import rows
from bot.store.approvals import Signed
from bot.store.db import Database
from bot.store.desk import why_stopped
from bot.store.tables import (
    account_fact,
    account_state,
    approval_request,
    decision,
    draft,
    draft_version,
    lease,
    post,
    post_part,
    switch,
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
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for row in conn.execute(_rows(conn.dialect.name), ids).mappings():
        found[row["id"]].append(row)
    if len(found) < len(ids["ids"]):
        raise NotFound(f"Not all of these posts are there: {', '.join(ids['ids'])}.")
    known: dict[str, dict[str, Any]] = defaultdict(dict)
    switches: dict[str, dict[str, str]] = {}
    for account, name, value, who, why in conn.execute(_KNOWN, ids):
        if account:
            known[account][name] = json.loads(value) if value is not None else None
        else:
            switches[name] = {"value": value, "who": who, "why": why}
    now = db.as_instant(next(iter(found.values()))[0]["now"])
    of = {post_id: _clearance(lines, known[lines[0]["account"]], now) for post_id, lines in found.items()}
    return Cleared(now, why_stopped(switches), "restored" in switches, of)


def _clearance(lines: list[RowMapping], known: dict[str, Any], now: datetime) -> Clearance:
    """Read one post from its rows: one for each part and signer."""
    row, signed = lines[0], None
    parts = {line["part_n"]: {name: line[f"part_{name}"] for name in _PART} for line in lines}
    if row["signed_hash"] is not None and row["version_hash"] is not None:
        people = frozenset(line["signer"] for line in lines if line["signer"] is not None)
        signed = Signed(row["signed_hash"], row["needed"], row["version_hash"], row["version_state"], people)
    return Clearance(
        post=rows.post(row, list(parts.values())),
        draft=Draft(**{name: row[f"its_{name}"] for name in _DRAFT}),
        content_hash=rows.stored_content(row["content"])[1],
        signed=signed, paused=row["paused"] or "", next_send=row["next_send"], facts=known,
        owner=row["lease_owner"] or "", fence=row["lease_fence"] or 0,
        seconds=(row["lease_until"] - now).total_seconds() if row["lease_until"] else 0.0,
    )  # fmt: skip


_DRAFT = [column.name for column in draft.columns]
_PART = [column.name for column in post_part.columns]
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF = select(post.c.account).where(post.c.id.in_(_IDS))
#: Every fact of their accounts, and every switch, which has no account.
_KNOWN = union_all(
    select(
        account_fact.c.account, account_fact.c.name, cast(account_fact.c.value, Text).label("value"),
        literal("", String).label("who"), literal("", String).label("why"),
    ).where(account_fact.c.account.in_(_OF)),
    select(literal("", String), switch.c.name, switch.c.value, switch.c.who, switch.c.why),
)  # fmt: skip


@lru_cache(maxsize=2)
def _rows(dialect: str) -> Select[Any]:
    content = cast(post.c.content, Text).label("content")
    used = (approval_request.c.id == post.c.request_id) & approval_request.c.used.is_not(None)
    version = (draft_version.c.draft_id == post.c.draft_id) & (draft_version.c.version == post.c.version)
    held = lease.c.name == literal("account:", String) + post.c.account
    given = (decision.c.request_id == approval_request.c.id) & (decision.c.hash == approval_request.c.hash)
    return (
        select(
            *(column for column in post.columns if column.name != "content"), content,
            *(draft.c[name].label(f"its_{name}") for name in _DRAFT),
            *(post_part.c[name].label(f"part_{name}") for name in _PART),
            approval_request.c.hash.label("signed_hash"), approval_request.c.needed,
            decision.c.person.label("signer"),
            draft_version.c.hash.label("version_hash"), draft_version.c.state.label("version_state"),
            account_state.c.paused, account_state.c.next_send,
            lease.c.owner.label("lease_owner"), lease.c.fence.label("lease_fence"),
            lease.c.until.label("lease_until"), Database.clock(dialect).label("now"),
        )
        .select_from(post)
        .join(post_part, post_part.c.post_id == post.c.id)
        .join(draft, draft.c.id == post.c.draft_id)
        .outerjoin(approval_request, used)
        .outerjoin(decision, given & (decision.c.choice == Choice.APPROVE.value))
        .outerjoin(draft_version, version)
        .outerjoin(account_state, account_state.c.account == post.c.account)
        .outerjoin(lease, held)
        .where(post.c.id.in_(_IDS))
        .order_by(post.c.id, post_part.c.n)
    )  # fmt: skip
