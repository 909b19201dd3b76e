"""What the sending of parts rests on, read at once for several posts: each row once, in one moment.

Asked twice for every post that goes out, so the statements are built once; a content is parsed and hashed once for as
long as the very bytes that are stored stay the same. Before the intent all is read; in the fence, in the line before
the send, only what can have changed since: the stored bytes among it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)

from bot.domain.approval import Choice
from bot.domain.draft import Draft
from bot.domain.post import Post, PostPart, PostState
from bot.errors import NotFound
from bot.store import rows
from bot.store.approvals import Signed
from bot.store.db import Database
from bot.store.desk import why_stopped
from bot.store.plain import Plain
from bot.store.series_tables import lasting
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
    vault,
)


@dataclass(frozen=True)
class Ground:
    """What the sending of one post rests on, as it stands in the line before the send."""

    id: str
    #: As the row says of itself.
    hash: str
    #: Over the stored bytes.
    content_hash: str
    #: None where no used-up request is behind it.
    signed: Signed | None
    #: Who holds the account, under which fence, and for how many seconds by the database's clock.
    owner: str
    fence: int
    seconds: float
    #: Facts of the account: all of them, or in the fence what holds it back.
    facts: dict[str, Any]
    #: State and number of attempts of each part.
    stands: dict[int, tuple[str, int]]

    def remaining(self, owner: str, fence: int) -> float:
        """Return the seconds this owner still holds the account under this fence; 0 or less means it is lost."""
        return self.seconds if (self.owner, self.fence) == (owner, fence) else 0.0

    def sends(self, n: int, attempt: int) -> bool:
        """Say whether a part still stands as being sent by this attempt."""
        return self.stands.get(n) == (PostState.SENDING.value, attempt)


@dataclass(frozen=True)
class Clearance(Ground):
    """One post as it stands, and all that its sending rests on."""

    post: Post
    draft: Draft
    #: Why the account is paused; empty while it is not.
    paused: str
    #: Before when no late post of the account may go out.
    next_send: datetime | None
    #: The account's settings as the vault keeps them, sealed, by name.
    sealed: dict[str, str]

    def part(self, n: int) -> PostPart:
        return self.post.parts[n]


View = TypeVar("View", bound=Ground)


@dataclass(frozen=True)
class Cleared(Generic[View]):
    """Several posts in one moment."""

    #: The database's own time.
    now: datetime
    #: Why everything is stopped; empty while it runs.
    stopped: str
    #: Whether this database was a backup once.
    restored: bool
    of: dict[str, View]


def read(conn: Connection, db: Database, wanted: Iterable[str]) -> Cleared[Clearance]:
    """Read all that these posts' sending rests on. Raises NotFound where one is not there."""
    found, about, now = _read(conn, db, list(dict.fromkeys(wanted)), _all, _everything)
    of = {post_id: _clearance(lines, about, now) for post_id, lines in found.items()}
    return Cleared(now, why_stopped(about.switches), "restored" in about.switches, of)


def read_again(conn: Connection, db: Database, wanted: Iterable[str]) -> Cleared[Ground]:
    """Read what can have changed since: kill switch, bytes, signatures, lease, attempts, and what holds an account."""
    found, about, now = _read(conn, db, list(dict.fromkeys(wanted)), _last, _holds)
    of = {post_id: _ground(lines, about, now) for post_id, lines in found.items()}
    return Cleared(now, why_stopped(about.switches), "restored" in about.switches, of)


_Lines = dict[str, list[Sequence[Any]]]


@dataclass(frozen=True)
class _About:
    """What is known beside the posts: by account its facts and sealed settings, and every switch."""

    facts: dict[str, dict[str, Any]]
    sealed: dict[str, dict[str, str]]
    switches: dict[str, dict[str, str]]


def _read(conn: Connection, db: Database, ids: list[str], asked: Any, beside: Any) -> tuple[_Lines, _About, datetime]:
    dialect = conn.dialect.name
    given = {"ids": json.dumps(ids) if dialect == "sqlite" else ids}
    found: _Lines = defaultdict(list)
    for line in asked(dialect).rows(conn, given):
        found[line[0]].append(line)
    if len(found) < len(ids):
        raise NotFound(f"Not all of these posts are there: {', '.join(ids)}.")
    about = _About(defaultdict(dict), defaultdict(dict), {})
    for account, name, value, who, why in beside(dialect).rows(conn, given):
        if not account:
            about.switches[name] = {"value": value, "who": who, "why": why}
        elif who == _SEALED:
            about.sealed[account][name] = value
        else:
            about.facts[account][name] = json.loads(value) if value is not None else None
    return found, about, db.as_instant(next(iter(found.values()))[0][_NOW])


def _ground(lines: list[Sequence[Any]], about: _About, now: datetime) -> Ground:
    """Read one post from its rows: one for each part and signer."""
    post_id, _, said, content, _, owner, fence, until, its_hash, needed, version_hash, state, *_ = lines[0]
    request_id, stands_on, ended = lines[0][_LASTING : _LASTING + 3]
    signed = None
    if its_hash is not None and version_hash is not None:
        people = frozenset(line[_SIGNER] for line in lines if line[_SIGNER] is not None)
        signed = Signed(its_hash, needed, version_hash, state, people, request_id, stands_on or "", ended)
    return Ground(
        id=post_id, hash=said, content_hash=rows.stored_content(content)[1], signed=signed,
        owner=owner or "", fence=fence or 0, seconds=(until - now).total_seconds() if until else 0.0,
        facts=about.facts[lines[0][_ACCOUNT]], stands={line[_N]: (line[_N + 1], line[_N + 2]) for line in lines},
    )  # fmt: skip


def _clearance(lines: list[Sequence[Any]], about: _About, now: datetime) -> Clearance:
    first = lines[0]
    body, _ = rows.stored_content(first[_CONTENT])
    draft_id, version, due, created, paused, next_send = first[_BASE : _BASE + 6]
    parts = {line[_N]: rows.part(dict(zip(_PART, line[_ITS_PART:], strict=True)), body) for line in lines}
    its = Post(
        id=first[0], draft_id=draft_id, version=version, account=first[_ACCOUNT], content=body, hash=first[2],
        due=due, created=created, parts=tuple(parts.values()),
    )  # fmt: skip
    wish = Draft(**dict(zip(_DRAFT, first[_ITS_DRAFT:_ITS_PART], strict=True)))
    ground, sealed = vars(_ground(lines, about, now)), about.sealed[its.account]
    return Clearance(**ground, post=its, draft=wish, paused=paused or "", next_send=next_send, sealed=sealed)


# Places of the columns below.
_ACCOUNT, _CONTENT, _NOW, _SIGNER, _N, _LASTING, _BASE = 1, 3, 4, 12, 13, 16, 19
_ITS_DRAFT = _BASE + 6
_DRAFT = [column.name for column in draft.columns]
_ITS_PART = _ITS_DRAFT + len(_DRAFT)
_PART = [column.name for column in post_part.columns]


def _these(dialect: str) -> ColumnElement[bool]:
    # Neither spells the list anew at each execution.
    if dialect == "sqlite":
        return post.c.id.in_(select(func.json_each(bindparam("ids", type_=Text)).table_valued("value").c.value))
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    return post.c.id.in_(ids)


#: Stands where a switch has its person, in the rows of sealed settings.
_SEALED = "sealed"


@lru_cache(maxsize=2)
def _everything(dialect: str) -> Plain:
    none, sealed = literal("", String), literal(_SEALED, String)
    its = vault.c.account.in_(_accounts(dialect)) & vault.c.name.startswith("setting:")
    settings = select(vault.c.account, vault.c.name, vault.c.secret, sealed, none).where(its)
    return Plain(union_all(*_beside(dialect), settings))


@lru_cache(maxsize=2)
def _holds(dialect: str) -> Plain:
    return Plain(union_all(*_beside(dialect, account_fact.c.name.startswith("hold:"))))


def _accounts(dialect: str) -> Select[Any]:
    return select(post.c.account).where(_these(dialect))


def _beside(dialect: str, *only: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """Return what asks for facts of these posts' accounts, and for every switch, which has no account."""
    none = literal("", String)
    value = cast(account_fact.c.value, Text).label("value")
    facts = select(account_fact.c.account, account_fact.c.name, value, none.label("who"), none.label("why"))
    return (
        facts.where(account_fact.c.account.in_(_accounts(dialect)), *only),
        select(none, switch.c.name, switch.c.value, switch.c.who, switch.c.why),
    )


@lru_cache(maxsize=2)
def _all(dialect: str) -> Plain:
    return _of_posts(dialect, whole=True)


@lru_cache(maxsize=2)
def _last(dialect: str) -> Plain:
    return _of_posts(dialect, whole=False)


def _of_posts(dialect: str, *, whole: bool) -> Plain:
    used = (approval_request.c.id == post.c.request_id) & approval_request.c.used.is_not(None)
    version = (draft_version.c.draft_id == post.c.draft_id) & (draft_version.c.version == post.c.version)
    held = lease.c.name == literal("account:", String) + post.c.account
    given = (decision.c.request_id == approval_request.c.id) & (decision.c.hash == approval_request.c.hash)
    columns = [
        post.c.id, post.c.account, post.c.hash, cast(post.c.content, Text).label("content"),
        Database.clock(dialect).label("now"), lease.c.owner, lease.c.fence, lease.c.until,
        approval_request.c.hash.label("signed_hash"), approval_request.c.needed,
        draft_version.c.hash.label("version_hash"), draft_version.c.state.label("version_state"),
        decision.c.person.label("signer"), post_part.c.n, post_part.c.state, post_part.c.attempts,
        approval_request.c.id.label("its_request"), approval_request.c.stands_on, lasting.c.ended.label("over"),
    ]  # fmt: skip
    joined = (
        post.join(post_part, post_part.c.post_id == post.c.id)
        .outerjoin(approval_request, used)
        .outerjoin(decision, given & (decision.c.choice == Choice.APPROVE.value))
        .outerjoin(draft_version, version)
        .outerjoin(lease, held)
        .outerjoin(lasting, lasting.c.id == approval_request.c.stands_on)
    )
    if whole:
        columns += [post.c.draft_id, post.c.version, post.c.due, post.c.created]
        columns += [account_state.c.paused, account_state.c.next_send]
        columns += [draft.c[name].label(f"its_{name}") for name in _DRAFT]
        columns += [post_part.c[name].label(f"part_{name}") for name in _PART]
        joined = joined.join(draft, draft.c.id == post.c.draft_id)
        joined = joined.outerjoin(account_state, account_state.c.account == post.c.account)
    return Plain(select(*columns).select_from(joined).where(_these(dialect)).order_by(post.c.id, post_part.c.n))
