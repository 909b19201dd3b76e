"""The sandbox: a whole social network in our own database, with people who answer and faults on demand.

It stands in for a platform, not for a part of Signoff: what it stores is what a network would store, and the adapter
in ``bot/platforms/sandbox.py`` knows nothing of it but this class. Its tables are in ``sandbox_tables.py``; what its
people do, and when, is in ``sandbox_people.py``: it follows from the posts' ids alone, so the same posts at the same
times bring the same likes and comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.store import sandbox_people as people
from bot.store.db import Database
from bot.store.sandbox_personas import BY_HANDLE
from bot.store.sandbox_tables import (
    NetPost,
    read,
    sandbox_account,
    sandbox_crisis,
    sandbox_fault,
    sandbox_post,
    sandbox_reaction,
)

#: What can be made to go wrong. ``before`` and ``after_accept`` look the same to the caller: that is the point.
#: Beside these: ``http 403`` and any other number from 300 to 599.
EFFECTS = frozenset({
    "refuse", "rate_limit", "unreachable", "timeout_before", "timeout_after_accept", "server_error_before",
    "server_error_after_accept", "late_timeline", "malformed", "revoked", "slow", "lost_page", "crash_between_pages",
})  # fmt: skip
#: Those that do not make a call fail by themselves, or only some calls: they are taken by who asks for them.
ASKED = frozenset({"late_timeline", "slow", "lost_page", "crash_between_pages"})
#: Which operation an effect is meant for, where nobody says; publishing otherwise.
MEANT = {"lost_page": "comments", "crash_between_pages": "comments", "slow": "*"}
_HTTP = re.compile(r"http [345]\d\d")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong now."""

    effect: str
    amount: float | None


class SandboxNetwork:
    """The network's own side: everything an adapter, one of its people or a test may ask of it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self.clock = db, clock

    # --- accounts and posts --------------------------------------------------------------------------------

    def join(self, handle: str, name: str = "", *, bot: bool = False) -> None:
        """Make an account if there is none; ``bot`` is what it says of itself."""
        with self._db.write() as conn:
            self.enter(conn, handle, name, bot=bot)

    def enter(self, conn: Connection, handle: str, name: str = "", *, bot: bool = False) -> None:
        """Make an account if there is none, in the caller's transaction."""
        known = conn.execute(select(sandbox_account.c.handle).where(sandbox_account.c.handle == handle)).first()
        if known is None:
            someone = BY_HANDLE.get(handle)
            # Two may join at once: the second finds the door open already.
            with suppress(IntegrityError), conn.begin_nested():
                row = {"handle": handle, "name": name or (someone.name if someone else handle),
                       "joined": self.clock.now(), "bot": bot or bool(someone and someone.bot)}  # fmt: skip
                conn.execute(insert(sandbox_account).values(**row))

    def post(
        self, account: str, text: str, *, language: str = "en", visibility: str = "public",
        media: Sequence[dict[str, Any]] = (), parent_id: str = "", created: datetime | None = None,
        once: str | None = None, late: float = 0.0, quote_id: str = "", shown: str | None = None,
        once_life: float | None = None, around: dict[str, Any] | None = None,
    ) -> NetPost | None:  # fmt: skip
        """Accept a post; the same ``once`` again returns the first one. None if what it answers or quotes is gone.

        ``shown`` is the text as this network shows it, where it changes texts; ``once_life`` is for how many seconds
        it remembers a key.
        """
        try:
            with self._db.write() as conn:
                if once is not None and (first := self._keyed(conn, account, once)) is not None:
                    if once_life is None or first.arrived + timedelta(seconds=once_life) > self.clock.now():
                        return first
                    conn.execute(update(sandbox_post).where(sandbox_post.c.id == first.id).values(once=None))
                self.enter(conn, account)
                return self.add(
                    conn, account, text, language=language, visibility=visibility, media=media, parent_id=parent_id,
                    created=created, once=once, late=late, quote_id=quote_id, shown=shown, around=around,
                )  # fmt: skip
        except IntegrityError:
            # Another process came first with the same key.
            if once is None or (first := self.by_once(account, once)) is None:
                raise
            return first

    def add(
        self, conn: Connection, account: str, text: str, *, language: str = "en", visibility: str = "public",
        media: Sequence[dict[str, Any]] = (), parent_id: str = "", created: datetime | None = None,
        once: str | None = None, late: float = 0.0, quote_id: str = "", shown: str | None = None, new_id: str = "",
        at: datetime | None = None, around: dict[str, Any] | None = None,
    ) -> NetPost | None:  # fmt: skip
        """Accept a post in the caller's transaction; ``at`` is when it arrives."""
        new_id, root_id, now = new_id or self.clock.new_id("sb"), "", at or self.clock.now()
        for other in filter(None, (quote_id, parent_id)):
            above = self.one(conn, other)
            if above is None or above.deleted is not None:
                return None
            root_id = (above.root_id or above.id) if other == parent_id else ""
        values = {
            "id": new_id, "account": account, "text": text if shown is None else shown,
            "sent": None if shown in (None, text) else text, "language": language, "visibility": visibility,
            "media": [dict(medium) for medium in media], "parent_id": parent_id, "root_id": root_id,
            "quote_id": quote_id, "around": around or None, "created": created or now, "arrived": now,
            "visible": now + timedelta(seconds=late), "once": once,
        }  # fmt: skip
        conn.execute(insert(sandbox_post).values(**values))
        return self.one(conn, new_id)

    def one(self, conn: Connection, post_id: str) -> NetPost | None:
        """Return a post, deleted or not; None if there never was one."""
        row = conn.execute(select(sandbox_post).where(sandbox_post.c.id == post_id)).first()
        return read(row) if row is not None else None

    def get(self, post_id: str) -> NetPost | None:
        """Return a post, deleted or not; None if there never was one."""
        with self._db.read() as conn:
            return self.one(conn, post_id)

    def by_once(self, account: str, once: str) -> NetPost | None:
        """Return the post made with this key."""
        with self._db.read() as conn:
            return self._keyed(conn, account, once)

    def _keyed(self, conn: Connection, account: str, once: str) -> NetPost | None:
        where = and_(sandbox_post.c.account == account, sandbox_post.c.once == once, sandbox_post.c.deleted.is_(None))
        row = conn.execute(select(sandbox_post).where(where)).first()
        return read(row) if row is not None else None

    def timeline(self, account: str, since: datetime | None = None) -> list[NetPost]:
        """Return the account's own posts that its timeline shows by now, oldest first."""
        where = [
            sandbox_post.c.account == account, sandbox_post.c.deleted.is_(None),
            sandbox_post.c.visible <= self.clock.now(),
        ]  # fmt: skip
        if since is not None:
            where.append(sandbox_post.c.arrived >= since)
        with self._db.read() as conn:
            return [read(row) for row in conn.execute(select(sandbox_post).where(*where).order_by(sandbox_post.c.seq))]

    def newest(self, limit: int, account: str = "") -> list[NetPost]:
        """Return the newest posts that begin a conversation, newest first, without what the network's people began."""
        c = sandbox_post.c
        where = [c.parent_id == "", c.deleted.is_(None), people.not_people(c.account)]
        where += [c.account == account] if account else []
        with self._db.read() as conn:
            found = conn.execute(select(sandbox_post).where(*where).order_by(c.seq.desc()).limit(limit))
            return [read(row) for row in found]

    def thread(self, root_id: str) -> list[NetPost]:
        """Return a post and everything said below it, oldest first."""
        where = or_(sandbox_post.c.id == root_id, sandbox_post.c.root_id == root_id)
        query = select(sandbox_post).where(where, sandbox_post.c.deleted.is_(None)).order_by(sandbox_post.c.seq)
        with self._db.read() as conn:
            return [read(row) for row in conn.execute(query)]

    def edit(self, account: str, post_id: str, text: str) -> NetPost | None:
        """Change the words of a post of this account; None if it is not there."""
        c = sandbox_post.c
        where = and_(c.id == post_id, c.account == account, c.deleted.is_(None))
        with self._db.write() as conn:
            conn.execute(update(sandbox_post).where(where).values(text=text, sent=None, edited=self.clock.now()))
            found = self.one(conn, post_id)
        return found if found is not None and found.account == account and found.deleted is None else None

    def delete(self, account: str, post_id: str) -> None:
        """Take a post of this account off the network; doing it again changes nothing."""
        where = and_(sandbox_post.c.id == post_id, sandbox_post.c.account == account, sandbox_post.c.deleted.is_(None))
        with self._db.write() as conn:
            conn.execute(update(sandbox_post).where(where).values(deleted=self.clock.now(), once=None))

    # --- what others say and do ----------------------------------------------------------------------------

    def comments(self, account: str, after: int, limit: int) -> list[NetPost]:
        """Return what others said to ``account`` after place ``after``: below its posts, quoting them, or naming it."""
        c, found = sandbox_post.c, list[NetPost]()
        own = select(c.id).where(c.account == account)
        below = or_(c.parent_id.in_(own), c.root_id.in_(own))
        said_to = or_(below, c.quote_id.in_(own), c.text.contains(f"@{account}", autoescape=True))
        # A longer handle begins alike: @tea.sandbox is not named by @tea.sandbox-cn. Chinese sets no space around it.
        named = re.compile(rf"(?<![A-Za-z0-9_@.])@{re.escape(account)}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])")
        who = sandbox_account.c
        query = (
            select(sandbox_post, who.name, who.bot, below.label("below"), c.quote_id.in_(own).label("quotes"))
            .outerjoin(sandbox_account, who.handle == c.account)
            .where(c.account != account, c.deleted.is_(None), said_to)
            .order_by(c.seq)
            .limit(limit)
        )
        with self._db.read() as conn:
            while len(found) < limit:
                rows = conn.execute(query.where(c.seq > after)).all()
                for row in rows:
                    kind = "reply" if row.below else "quote" if row.quotes else "mention"
                    if kind != "mention" or named.search(row.text):
                        found.append(read(row, kind))
                if len(rows) < limit:
                    break
                after = rows[-1].seq
        return found[:limit]

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
            self.enter(conn, account)
            self.mark(conn, account, post_id, kind, self.clock.now())

    def mark(self, conn: Connection, account: str, post_id: str, kind: str, at: datetime) -> bool:
        """Like or repost in the caller's transaction; return whether that was new."""
        c = sandbox_reaction.c
        where = and_(c.post_id == post_id, c.account == account, c.kind == kind)
        if conn.execute(select(c.kind).where(where)).first() is not None:
            return False
        conn.execute(insert(sandbox_reaction).values(post_id=post_id, account=account, kind=kind, at=at))
        return True

    def hide(self, account: str, post_id: str, *, hidden: bool = True) -> bool:
        """Hide what stands below a post of ``account``, or show it again; False where it stands elsewhere."""
        with self._db.write() as conn:
            post = self.one(conn, post_id)
            root = self.one(conn, post.root_id) if post and post.root_id else None
            if post is None or post.deleted is not None or root is None or root.account != account:
                return False
            if hidden:
                self.mark(conn, account, post_id, "hide", self.clock.now())
            else:
                c = sandbox_reaction.c
                conn.execute(
                    delete(sandbox_reaction).where(c.post_id == post_id, c.account == account, c.kind == "hide")
                )
        return True

    def is_hidden(self, post_id: str) -> bool:
        """Say whether the account at the top of its thread hides a post."""
        c = sandbox_reaction.c
        with self._db.read() as conn:
            return conn.execute(select(c.kind).where(c.post_id == post_id, c.kind == "hide")).first() is not None

    def tick(self, now: datetime | None = None) -> int:
        """Let the network's people do whatever is due by ``now``; return how many things they did."""
        return people.act(self, self._db, now or self.clock.now())

    def pass_time(self, hours: float) -> int:
        """Let ``hours`` pass for the network's people, from where they are; return how many things they did."""
        return self.tick(self.present() + timedelta(hours=hours))

    def present(self) -> datetime:
        """Return where the network's people are: now, or ahead of it after ``pass_time``."""
        with self._db.read() as conn:
            return max(self.clock.now(), people.reached(conn) or self.clock.now())

    def begin_crisis(
        self, account: str, topic: str, *, language: str = "en", hours: float = 12.0, size: int = 60
    ) -> None:
        """Begin a wave of ``size`` angry comments that grows and falls over ``hours``, from ``present``."""
        values = {"account": account, "topic": topic, "language": language, "hours": hours, "size": size,
                  "began": self.present()}  # fmt: skip
        with self._db.write() as conn:
            conn.execute(insert(sandbox_crisis).values(**values))

    def end_crisis(self, account: str) -> int:
        """End every crisis of ``account`` now; return how many there were."""
        where, now = and_(sandbox_crisis.c.account == account, sandbox_crisis.c.ended.is_(None)), self.present()
        with self._db.write() as conn:
            return int(conn.execute(update(sandbox_crisis).where(where).values(ended=now)).rowcount)

    # --- faults --------------------------------------------------------------------------------------------

    def break_next(
        self, effect: str, *, operation: str = "", account: str = "*", count: int | None = 1,
        amount: float | None = None, chance: float | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        """Make the next ``count`` matching operations go wrong; None is until ``mend``. See EFFECTS.

        With ``chance`` (0 to 1) each call draws; the same seed draws the same.
        """
        if effect not in EFFECTS and not _HTTP.fullmatch(effect):
            raise ValueError(f"{effect!r} is none of {', '.join(sorted(EFFECTS))}, nor `http` and a number")
        values = {"account": account, "operation": operation or MEANT.get(effect, "publish"), "effect": effect,
                  "amount": amount, "remaining": -1 if count is None else count, "chance": chance,
                  "seed": seed}  # fmt: skip
        with self._db.write() as conn:
            conn.execute(insert(sandbox_fault).values(**values))

    def take_fault(self, account: str, operation: str, *, of: Collection[str] = ()) -> Fault | None:
        """Return the oldest fault that waits for this and use it up by one; ``of`` names those that are asked for."""
        c = sandbox_fault.c
        where = and_(
            c.remaining != 0, c.account.in_([account, "*"]), c.operation.in_([operation, "*"]),
            c.effect.in_(list(of)) if of else c.effect.not_in(list(ASKED)),
        )  # fmt: skip
        query = select(sandbox_fault).where(where).order_by(c.id)
        with self._db.read() as conn:
            # Nearly always there is none, and then nothing need be written.
            if conn.execute(query).first() is None:
                return None
        with self._db.write() as conn:
            for row in conn.execute(query.with_for_update()).all():
                hit = row.chance is None or _drawn(row.seed, row.drawn) < row.chance
                left = row.remaining - 1 if hit and row.remaining > 0 else row.remaining
                conn.execute(update(sandbox_fault).where(c.id == row.id).values(remaining=left, drawn=row.drawn + 1))
                if hit:
                    return Fault(row.effect, row.amount)
        return None

    def faults(self) -> int:
        """Return how many operations are still going to fail; a fault without end counts as one."""
        return sum(max(1, row["remaining"]) for row in self.waiting_faults())

    def waiting_faults(self) -> list[dict[str, Any]]:
        """Return the faults that wait, oldest first."""
        c = sandbox_fault.c
        with self._db.read() as conn:
            found = conn.execute(select(sandbox_fault).where(c.remaining != 0).order_by(c.id)).mappings()
            return [dict(row) for row in found]

    def mend(self, account: str = "*") -> int:
        """Take away the faults that wait for an account, or all; return how many there were."""
        c = sandbox_fault.c
        where = and_(c.remaining != 0, *([] if account == "*" else [c.account == account]))
        with self._db.write() as conn:
            return int(conn.execute(delete(sandbox_fault).where(where)).rowcount)


def _drawn(seed: int, n: int) -> float:
    """Return the ``n``-th number of a seed, in [0, 1)."""
    return int.from_bytes(hashlib.sha256(f"{seed} {n}".encode()).digest()[:4], "big") / 2**32
