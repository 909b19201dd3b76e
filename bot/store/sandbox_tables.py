"""The tables of the sandbox network: what a network keeps of its accounts, posts and reactions, and its faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, Row, String, Table, false

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

sandbox_account = Table(
    "sandbox_account",
    metadata,
    Column("handle", String(120), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("joined", Instant, nullable=False),
    # What the account says of itself.
    Column("bot", Boolean, nullable=False, server_default=false()),
)

sandbox_post = Table(
    "sandbox_post",
    metadata,
    # Order of arrival: what "since" means to a reader.
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(60), nullable=False, unique=True),
    Column("account", String(120), nullable=False),
    # As the network shows it; ``sent`` is what its author sent, where the network changed it.
    Column("text", Prose, nullable=False),
    Column("sent", Prose),
    Column("language", String(20), nullable=False),
    Column("visibility", String(20), nullable=False),
    Column("media", JSON, nullable=False),
    # Warning, labels and link card, where it has them.
    Column("around", JSON),
    Column("parent_id", String(60), nullable=False),
    Column("root_id", String(60), nullable=False),
    Column("quote_id", String(60), nullable=False, server_default=""),
    # The author's own time, the network's, and when the timeline shows it.
    Column("created", Instant, nullable=False),
    Column("arrived", Instant, nullable=False),
    Column("visible", Instant, nullable=False),
    Column("once", String(200)),
    Column("edited", Instant),
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
    # Seconds, for ``rate_limit``, ``late_timeline`` and ``slow``.
    Column("amount", Float),
    # How often it still happens; -1 is until it is taken away.
    Column("remaining", Integer, nullable=False),
    # How likely it is at each call, none is certain; and how many calls it was drawn for.
    Column("chance", Float),
    Column("seed", Integer, nullable=False, server_default="0"),
    Column("drawn", Integer, nullable=False, server_default="0"),
)

sandbox_crisis = Table(
    "sandbox_crisis",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(120), nullable=False),
    Column("topic", Prose, nullable=False),
    Column("language", String(20), nullable=False),
    Column("began", Instant, nullable=False),
    Column("hours", Float, nullable=False),
    # How many angry comments in all.
    Column("size", Integer, nullable=False),
    Column("ended", Instant),
)

sandbox_time = Table(
    "sandbox_time",
    metadata,
    # ``ticked``: when its people last acted, by the clock; ``reached``: until when they have acted.
    Column("name", String(20), primary_key=True),
    Column("at", Instant, nullable=False),
)


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
    quote_id: str = ""
    edited: datetime | None = None
    #: Warning, labels and link card, where it has them.
    around: dict[str, Any] | None = None
    #: What its author sent; the network may show it otherwise.
    sent: str = ""
    #: Where it was said to somebody: ``reply``, ``mention`` or ``quote``; and who said it.
    kind: str = ""
    name: str = ""
    bot: bool = False


def read(row: Row[Any], kind: str = "") -> NetPost:
    """Read a row of a post, with its author's name where the query has it."""
    return NetPost(
        seq=row.seq, id=row.id, account=row.account, text=row.text, language=row.language, visibility=row.visibility,
        media=tuple(row.media), parent_id=row.parent_id, root_id=row.root_id, created=row.created,
        arrived=row.arrived, deleted=row.deleted, quote_id=row.quote_id, edited=row.edited, around=row.around,
        sent=row.text if row.sent is None else row.sent, kind=kind, name=getattr(row, "name", None) or row.account,
        bot=bool(getattr(row, "bot", False)),
    )  # fmt: skip
