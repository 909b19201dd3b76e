"""The brand's own words: what is live, and what it said before Signoff. Rows <-> values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, desc, insert, select

from bot.domain.post import PostState
from bot.store import readings
from bot.store.tables import post, post_part, remembered


@dataclass(frozen=True)
class Own:
    """One text that the brand published, with what came of it; None where nobody told."""

    #: Id of the post, or of the remembered text.
    id: str
    #: ``platform:name``.
    account: str
    #: BCP 47.
    language: str
    #: The parts of a thread that are live, one a line.
    text: str
    #: Instant of publication.
    at: datetime
    url: str = ""
    #: Whether it answers somebody.
    reply: bool = False
    #: ``live`` (Signoff published it) or ``remembered`` (a person brought it).
    origin: str = "live"
    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None


def live(conn: Connection, brand: str) -> list[Own]:
    """Return what stands on the brand's accounts now through Signoff, newest first, with its newest counts."""
    query = (
        select(post.c.id, post.c.account, post.c.content, post_part.c.n, post_part.c.live_at, post_part.c.url)
        .join(post_part, post_part.c.post_id == post.c.id)
        .where(post.c.brand == brand, post_part.c.state == PostState.LIVE.value)
        .order_by(post.c.id, post_part.c.n)
    )
    found: dict[str, Own] = {}
    for row in conn.execute(query):
        body, text = row.content, row.content["parts"][row.n]["text"]
        before = found.get(row.id)
        found[row.id] = (
            replace(before, text=f"{before.text}\n{text}")
            if before
            else Own(
                row.id, row.account, body["language"], text, row.live_at, row.url or "", bool(body["reply_parent"])
            )
        )
    counts = readings.latest(conn, list(found))
    for post_id, told in counts.items():
        found[post_id] = replace(found[post_id], **{name: getattr(told, name) for name in readings.COUNTS})
    return sorted(found.values(), key=lambda own: (own.at, own.id), reverse=True)


def known(conn: Connection, brand: str) -> list[Own]:
    """Return what a person brought from before Signoff, newest first."""
    columns = [c for c in remembered.c if c.name not in ("brand", "batch", "who", "added")]
    query = select(*columns).where(remembered.c.brand == brand).order_by(desc(remembered.c.at), remembered.c.id)
    return [Own(**row, origin="remembered") for row in conn.execute(query).mappings()]


def add(conn: Connection, brand: str, texts: Sequence[Own], *, batch: str, who: str, at: datetime) -> None:
    """Store texts that one command brought."""
    for own in texts:
        kept = {c: getattr(own, c) for c in ("id", "account", "language", "text", "at", "url", *readings.COUNTS)}
        conn.execute(insert(remembered).values(brand=brand, batch=batch, who=who, added=at, **kept))


def undo(conn: Connection, brand: str) -> int:
    """Take back what the newest command brought; return how many texts that was."""
    newest = select(remembered.c.batch).where(remembered.c.brand == brand)
    batch = conn.execute(newest.order_by(desc(remembered.c.added), desc(remembered.c.batch)).limit(1)).scalar()
    where = (remembered.c.brand == brand, remembered.c.batch == batch)
    return conn.execute(delete(remembered).where(*where)).rowcount if batch else 0
