"""The sandbox: a whole social network in our own database, with fans who answer and faults on demand.

It stands in for a platform, not for a part of Signoff: what it stores is what a network would store, and the adapter
in ``bot/platforms/sandbox.py`` knows nothing of it but this class. What fans do follows from the post's id alone, so
the same posts at the same times bring the same likes and comments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.store.db import Database
from bot.store.tables import Instant, metadata

sandbox_account = Table(
    "sandbox_account",
    metadata,
    Column("handle", String(120), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("joined", Instant, nullable=False),
)

sandbox_post = Table(
    "sandbox_post",
    metadata,
    # Order of arrival: what "since" means to a reader.
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(60), nullable=False, unique=True),
    Column("account", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("visibility", String(20), nullable=False),
    Column("media", JSON, nullable=False),
    Column("parent_id", String(60), nullable=False),
    Column("root_id", String(60), nullable=False),
    # The author's own time, the network's, and when the timeline shows it.
    Column("created", Instant, nullable=False),
    Column("arrived", Instant, nullable=False),
    Column("visible", Instant, nullable=False),
    Column("once", String(200)),
    Column("deleted", Instant),
    Index(None, "account", "once", unique=True),
    Index(None, "root_id"),
)

sandbox_reaction = Table(
    "sandbox_reaction",
    metadata,
    Column("post_id", String(60), primary_key=True),
    Column("account", String(120), primary_key=True),
    # ``like`` or ``repost``.
    Column("kind", String(10), primary_key=True),
    Column("at", Instant, nullable=False),
)

sandbox_fault = Table(
    "sandbox_fault",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    # Account handle and operation it waits for; ``*`` is any.
    Column("account", String(120), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("effect", String(30), nullable=False),
    # Seconds, for ``rate_limit`` and ``late_timeline``.
    Column("amount", Float),
    Column("remaining", Integer, nullable=False),
)

#: What can be made to go wrong. ``before`` and ``after_accept`` look the same to the caller: that is the point.
EFFECTS = frozenset({
    "refuse", "rate_limit", "unreachable", "timeout_before", "timeout_after_accept", "server_error_before",
    "server_error_after_accept", "late_timeline", "malformed", "revoked",
})  # fmt: skip

#: Fans, and what they may say, in the language of the post they answer.
_FANS = tuple(f"{name}.fan.sandbox" for name in ("ada", "bo", "chen", "dia", "emil", "fatou", "gao", "hana", "ines"))
_SAYINGS = {
    "en": (
        "Love this!", "When do you open on Sundays?", "Is there one without sugar?", "My last order came broken :(",
        "Finally! I waited for this all week.", "How much is it?", "Not my taste, to be honest.", "Greetings from Oslo",
    ),
    "zh": (
        "太喜欢了！", "请问周日几点开门？", "有无糖的吗？", "上次的包裹是破的，很失望。",
        "终于等到了！", "多少钱？", "不太合我的口味。", "从成都来支持",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class NetPost:
    """A post as the network hands it out."""

    seq: int
    id: str
    account: str
    text: str
    language: str
    visibility: str
    media: tuple[dict[str, Any], ...]
    parent_id: str
    root_id: str
    created: datetime
    arrived: datetime
    deleted: datetime | None


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong now."""

    effect: str
    amount: float | None


class SandboxNetwork:
    """The network's own side: everything an adapter, a fan or a test may ask of it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    # --- accounts and posts --------------------------------------------------------------------------------

    def join(self, handle: str, name: str = "") -> None:
        """Make an account if there is none."""
        with self._db.write() as conn:
            self._join(conn, handle, name)

    def _join(self, conn: Connection, handle: str, name: str = "") -> None:
        known = conn.execute(select(sandbox_account.c.handle).where(sandbox_account.c.handle == handle)).first()
        if known is None:
            # Two may join at once: the second finds the door open already.
            with suppress(IntegrityError), conn.begin_nested():
                row = {"handle": handle, "name": name or handle, "joined": self._clock.now()}
                conn.execute(insert(sandbox_account).values(**row))

    def post(
        self, account: str, text: str, *, language: str = "en", visibility: str = "public",
        media: Sequence[dict[str, Any]] = (), parent_id: str = "", created: datetime | None = None,
        once: str | None = None, late: float = 0.0,
    ) -> NetPost | None:  # fmt: skip
        """Accept a post; the same ``once`` again returns the first one. None if the parent is gone."""
        if once is not None and (first := self.by_once(account, once)) is not None:
            return first
        try:
            with self._db.write() as conn:
                self._join(conn, account)
                return self._add(conn, account, text, language, visibility, media, parent_id, created, once, late)
        except IntegrityError:
            # Another process came first with the same key.
            if once is None or (first := self.by_once(account, once)) is None:
                raise
            return first

    def _add(
        self, conn: Connection, account: str, text: str, language: str, visibility: str,
        media: Sequence[dict[str, Any]], parent_id: str, created: datetime | None, once: str | None, late: float,
        new_id: str = "",
    ) -> NetPost | None:  # fmt: skip
        new_id, root_id, now = new_id or self._clock.new_id("sb"), "", self._clock.now()
        if parent_id:
            parent = self._one(conn, parent_id)
            if parent is None or parent.deleted is not None:
                return None
            root_id = parent.root_id or parent.id
        values = {
            "id": new_id, "account": account, "text": text, "language": language, "visibility": visibility,
            "media": [dict(medium) for medium in media], "parent_id": parent_id, "root_id": root_id,
            "created": created or now, "arrived": now, "visible": now + timedelta(seconds=late), "once": once,
        }  # fmt: skip
        conn.execute(insert(sandbox_post).values(**values))
        return self._one(conn, new_id)

    def _one(self, conn: Connection, post_id: str) -> NetPost | None:
        row = conn.execute(select(sandbox_post).where(sandbox_post.c.id == post_id)).first()
        return _read(row) if row is not None else None

    def get(self, post_id: str) -> NetPost | None:
        """Return a post, deleted or not; None if there never was one."""
        with self._db.read() as conn:
            return self._one(conn, post_id)

    def by_once(self, account: str, once: str) -> NetPost | None:
        """Return the post made with this key."""
        where = and_(sandbox_post.c.account == account, sandbox_post.c.once == once, sandbox_post.c.deleted.is_(None))
        with self._db.read() as conn:
            row = conn.execute(select(sandbox_post).where(where)).first()
        return _read(row) if row is not None else None

    def timeline(self, account: str, since: datetime | None = None) -> list[NetPost]:
        """Return the account's own posts that its timeline shows by now, oldest first."""
        where = [
            sandbox_post.c.account == account, sandbox_post.c.deleted.is_(None),
            sandbox_post.c.visible <= self._clock.now(),
        ]  # fmt: skip
        if since is not None:
            where.append(sandbox_post.c.arrived >= since)
        with self._db.read() as conn:
            return [_read(row) for row in conn.execute(select(sandbox_post).where(*where).order_by(sandbox_post.c.seq))]

    def thread(self, root_id: str) -> list[NetPost]:
        """Return a post and everything said below it, oldest first."""
        where = or_(sandbox_post.c.id == root_id, sandbox_post.c.root_id == root_id)
        query = select(sandbox_post).where(where, sandbox_post.c.deleted.is_(None)).order_by(sandbox_post.c.seq)
        with self._db.read() as conn:
            return [_read(row) for row in conn.execute(query)]

    def delete(self, account: str, post_id: str) -> None:
        """Take a post of this account off the network; doing it again changes nothing."""
        where = and_(sandbox_post.c.id == post_id, sandbox_post.c.account == account, sandbox_post.c.deleted.is_(None))
        with self._db.write() as conn:
            conn.execute(update(sandbox_post).where(where).values(deleted=self._clock.now(), once=None))

    # --- what others say and do ----------------------------------------------------------------------------

    def comments(self, account: str, after: int, limit: int) -> list[NetPost]:
        """Return what others said to ``account`` after place ``after``: below its posts, or naming its handle."""
        own = select(sandbox_post.c.id).where(sandbox_post.c.account == account)
        said_to = or_(
            sandbox_post.c.parent_id.in_(own),
            sandbox_post.c.root_id.in_(own),
            sandbox_post.c.text.contains(f"@{account}", autoescape=True),
        )
        query = (
            select(sandbox_post)
            .where(sandbox_post.c.seq > after, sandbox_post.c.account != account, sandbox_post.c.deleted.is_(None))
            .where(said_to)
            .order_by(sandbox_post.c.seq)
            .limit(limit)
        )
        with self._db.read() as conn:
            return [_read(row) for row in conn.execute(query)]

    def counts(self, post_ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
        """Return likes, replies and reposts of every named post that is still there."""
        here = select(sandbox_post.c.id).where(sandbox_post.c.id.in_(post_ids), sandbox_post.c.deleted.is_(None))
        reactions = select(sandbox_reaction.c.post_id, sandbox_reaction.c.kind, func.count()).group_by(
            sandbox_reaction.c.post_id, sandbox_reaction.c.kind
        )
        replies = select(sandbox_post.c.parent_id, func.count()).where(sandbox_post.c.deleted.is_(None))
        with self._db.read() as conn:
            found = {(row[0], row[1]): int(row[2]) for row in conn.execute(
                reactions.where(sandbox_reaction.c.post_id.in_(post_ids)))}  # fmt: skip
            below = replies.where(sandbox_post.c.parent_id.in_(post_ids)).group_by(sandbox_post.c.parent_id)
            said = {row[0]: int(row[1]) for row in conn.execute(below)}
            return {
                row.id: (found.get((row.id, "like"), 0), said.get(row.id, 0), found.get((row.id, "repost"), 0))
                for row in conn.execute(here)
            }

    def react(self, account: str, post_id: str, kind: str = "like") -> None:
        """Like or repost a post as ``account``; twice is once."""
        with self._db.write() as conn:
            self._join(conn, account)
            self._react(conn, account, post_id, kind, self._clock.now())

    def _react(self, conn: Connection, account: str, post_id: str, kind: str, at: datetime) -> bool:
        c = sandbox_reaction.c
        where = and_(c.post_id == post_id, c.account == account, c.kind == kind)
        if conn.execute(select(c.kind).where(where)).first() is not None:
            return False
        conn.execute(insert(sandbox_reaction).values(post_id=post_id, account=account, kind=kind, at=at))
        return True

    def tick(self, now: datetime | None = None) -> int:
        """Let the fans do whatever is due by ``now``; return how many likes, reposts and comments that made."""
        now, made = now or self._clock.now(), 0
        fans = list(_FANS)
        query = select(sandbox_post).where(
            sandbox_post.c.parent_id == "", sandbox_post.c.deleted.is_(None), sandbox_post.c.account.not_in(fans)
        )
        with self._db.write() as conn:
            for post in [_read(row) for row in conn.execute(query)]:
                made += sum(self._wish(conn, post, fan, now) for fan in fans)
        return made

    def _wish(self, conn: Connection, post: NetPost, fan: str, now: datetime) -> int:
        """Carry out what ``fan`` feels about ``post``, as far as its time has come."""
        dice = hashlib.sha256(f"{post.id} {fan}".encode()).digest()
        due = {kind: post.arrived + timedelta(seconds=20 + 28 * dice[n]) for n, kind in enumerate(("like", "repost"))}
        made = 0
        for kind, chance, n in (("like", 150, 2), ("repost", 40, 3)):
            if dice[n] < chance and due[kind] <= now:
                self._join(conn, fan)
                made += self._react(conn, fan, post.id, kind, due[kind])
        new_id = f"sb_{dice[:8].hex()}"
        if dice[4] < 90 and post.arrived + timedelta(seconds=30 + 40 * dice[5]) <= now:
            if self._one(conn, new_id) is None:
                self._join(conn, fan)
                language = "zh" if post.language.startswith("zh") else "en"
                text = _SAYINGS[language][dice[6] % 8]
                added = self._add(
                    conn, fan, text, language, post.visibility, (), post.id, now, None, 0.0, new_id=new_id
                )
                made += added is not None
        return made

    # --- faults --------------------------------------------------------------------------------------------

    def break_next(
        self, effect: str, *, operation: str = "publish", account: str = "*", count: int = 1,
        amount: float | None = None,
    ) -> None:  # fmt: skip
        """Make the next ``count`` matching operations go wrong; see EFFECTS."""
        if effect not in EFFECTS:
            raise ValueError(f"{effect!r} is none of {', '.join(sorted(EFFECTS))}")
        values = {"account": account, "operation": operation, "effect": effect, "amount": amount, "remaining": count}
        with self._db.write() as conn:
            conn.execute(insert(sandbox_fault).values(**values))

    def take_fault(self, account: str, operation: str, *, late: bool = False) -> Fault | None:
        """Return the oldest fault that waits for this and use it up by one; ``late`` asks for delays only."""
        c = sandbox_fault.c
        where = and_(
            c.remaining > 0, c.account.in_([account, "*"]), c.operation.in_([operation, "*"]),
            (c.effect == "late_timeline") if late else (c.effect != "late_timeline"),
        )  # fmt: skip
        with self._db.write() as conn:
            row = conn.execute(select(sandbox_fault).where(where).order_by(c.id)).first()
            if row is None:
                return None
            conn.execute(update(sandbox_fault).where(c.id == row.id).values(remaining=c.remaining - 1))
            return Fault(row.effect, row.amount)

    def faults(self) -> int:
        """Return how many operations are still going to fail."""
        with self._db.read() as conn:
            return int(conn.execute(select(func.coalesce(func.sum(sandbox_fault.c.remaining), 0))).scalar_one())


def _read(row: Row[Any]) -> NetPost:
    return NetPost(
        seq=row.seq, id=row.id, account=row.account, text=row.text, language=row.language, visibility=row.visibility,
        media=tuple(row.media), parent_id=row.parent_id, root_id=row.root_id, created=row.created,
        arrived=row.arrived, deleted=row.deleted,
    )  # fmt: skip
