"""The record of a brand as programs outside may read it: what happened to which draft, post or comment. No words.

Neither reasons nor texts are in it, because both may be a stranger's: whoever may read them asks the API by id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from bot.domain.brand import Brand
from bot.domain.comment import CommentState
from bot.domain.draft import DraftState
from bot.domain.post import PostState
from bot.store.comment_tables import comment
from bot.store.db import Database
from bot.store.tables import draft, event, post

#: On PostgreSQL a row may be committed after one with a higher id: lines younger than this are not told yet.
LAG = timedelta(seconds=10)
#: Lines that one call looks at.
_SCANNED = 2000
_KINDS = ("draft:", "part:", "post:", "comment:", "account:")
_ACCOUNT = {"paused": "paused", "on": "resumed", "connected": "connected"}
_SWITCH = {"on": "stopped", "off": "resumed"}

#: Every type of event there is.
TYPES = (
    *(f"draft.{s.value}" for s in DraftState),
    "post.scheduled",
    *(f"post.{s.value}" for s in PostState if s not in (PostState.DUE, PostState.SENDING)),
    *(f"comment.{s.value}" for s in CommentState if s is not CommentState.NEW),
    "comment.changed", "comment.relabelled",
    *(f"account.{name}" for name in _ACCOUNT.values()),
    *(f"switch.{name}" for name in _SWITCH.values()),
)  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """One thing that happened."""

    id: int
    type: str
    at: datetime
    #: A person's id; ``signoff`` for what came about by itself.
    by: str
    draft: str = ""
    version: int | None = None
    post: str = ""
    part: int | None = None
    comment: str = ""
    account: str = ""


def newest(conn: Connection) -> int:
    """Return the id of the record's last line."""
    return conn.execute(select(event.c.id).order_by(event.c.id.desc()).limit(1)).scalar_one_or_none() or 0


def since(
    conn: Connection, brand: Brand, after: int, limit: int, *, types: Collection[str] = (), most: int = _SCANNED
) -> tuple[list[Happening], int]:
    """Return what happened after a line of the record, oldest first; and the last line that was looked at."""
    found: list[Happening] = []
    last, scanned = after, 0
    until = None if conn.dialect.name == "sqlite" else Database.as_instant(conn.execute(
        select(Database.clock(conn.dialect.name))).scalar_one()) - LAG  # fmt: skip
    while len(found) < limit and scanned < most:
        lines = _lines(conn, last, min(500, most), until)
        if not lines:
            break
        scanned += len(lines)
        for one in _told(conn, brand, lines):
            if not types or one.type in types:
                found.append(one)
                if len(found) == limit:
                    return found, one.id
        last = int(lines[-1]["id"])
    return found, last


def _lines(conn: Connection, after: int, limit: int, until: datetime | None) -> Sequence[Any]:
    c = event.c
    query = select(event).where(c.id > after, or_(c.subject == "switch", *(c.subject.startswith(k) for k in _KINDS)))
    if until is not None:
        query = query.where(c.at <= until)
    return conn.execute(query.order_by(c.id).limit(limit)).mappings().all()


def _told(conn: Connection, brand: Brand, lines: Sequence[Any]) -> list[Happening]:
    names: dict[str, set[str]] = {"draft": set(), "post": set(), "comment": set()}
    for line in lines:
        kind, name = _named(line["subject"])
        if kind in names:
            names[kind].add(name)
    drafts = _ours(conn, draft, names["draft"], brand.id)
    comments = _ours(conn, comment, names["comment"], brand.id)
    posts: dict[str, tuple[str, str]] = {}
    if names["post"]:
        query = select(post.c.id, post.c.draft_id, post.c.account)
        for row in conn.execute(query.where(post.c.id.in_(names["post"]), post.c.brand == brand.id)):
            posts[row.id] = (row.draft_id, row.account)
    people, accounts = {p.id for p in brand.people}, {a.key for a in brand.accounts}
    found = []
    for line in lines:
        kind, name = _named(line["subject"])
        now, more = line["now"], dict[str, Any]()
        if kind == "draft" and name in drafts:
            number = line["subject"].partition("@")[2]
            more = {"draft": name, "version": int(number) if number.isdigit() else None, "account": drafts[name]}
        elif kind == "post" and name in posts:
            part = line["subject"].partition("/")[2]
            more = {"post": name, "part": int(part) + 1 if part.isdigit() else None, "draft": posts[name][0],
                    "account": posts[name][1]}  # fmt: skip
        elif kind == "comment" and name in comments:
            more = {"comment": name, "account": comments[name]}
        elif kind == "account" and name in accounts:
            now, more = _ACCOUNT.get(now, ""), {"account": name}
        elif kind == "switch":
            now = _SWITCH.get(now, "")
        else:
            continue
        if (said := f"{kind}.{now}") in TYPES:
            by = line["who"] if line["who"] in people else "signoff"
            found.append(Happening(int(line["id"]), said, line["at"], by, **more))
    return found


def _named(subject: str) -> tuple[str, str]:
    kind, _, rest = subject.partition(":")
    if kind == "draft":
        return kind, rest.partition("@")[0]
    return ("post", rest.partition("/")[0]) if kind in ("part", "post") else (kind, rest)


def _ours(conn: Connection, table: Any, ids: Collection[str], brand: str) -> dict[str, str]:
    """Return the account of each that is the brand's."""
    if not ids:
        return {}
    query = select(table.c.id, table.c.account).where(table.c.id.in_(list(ids)), table.c.brand == brand)
    return {row.id: row.account for row in conn.execute(query)}
