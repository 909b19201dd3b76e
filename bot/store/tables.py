"""Every table of Signoff, as SQLAlchemy Core. The sandbox network adds its own in ``sandbox.py``.

Instants are UTC text in ISO 8601 with microseconds (``2026-11-22T09:00:00.000000Z``): the same bytes on SQLite
and PostgreSQL, they sort as time, and no driver can shift them to a local zone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

from bot.store.hints import FAILED_ROWS
from bot.store.prose import Prose

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as sortable text. Naive datetimes are refused."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the store")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


brand = Table(
    "brand",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("folder", Prose, nullable=False),
    Column("rulebook", String(12), nullable=False),
    # The folder as it was learned: brand, people, accounts, policy, replies, rules.
    Column("body", JSON, nullable=False),
    Column("learned", Instant, nullable=False),
    # Who has roles by groups of a chat, as JSON: beside the folder, and read with it (see store/chat.py).
    Column("chat_people", Prose, nullable=False, server_default="[]"),
)

rulebook = Table(
    "rulebook",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("version", String(12), primary_key=True),
    Column("rules", JSON, nullable=False),
    Column("learned", Instant, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("brief", Prose, nullable=False),
    Column("author", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("kind", String(40), nullable=False, server_default="post"),
    # What drafts made together share, and which of them this is.
    Column("series", String(40), nullable=False, server_default=""),
    Column("angle", String(40), nullable=False, server_default=""),
    Column("segment", String(64), nullable=False, server_default=""),
    Index(None, "brand", "created", "id"),
    Index(None, "account", "created"),
    Index(None, "series"),
)

document = Table(
    "document",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("language", String(35), nullable=False),
    Column("brief", Prose, nullable=False),
    Column("author", String(80), nullable=False),
    Column("created", Instant, nullable=False),
    Column("body", JSON, nullable=False),
    Column("text", Prose, nullable=False),
    Column("citations", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Index(None, "brand", "created"),
)

draft_version = Table(
    "draft_version",
    metadata,
    Column("draft_id", ForeignKey("draft.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("author", String(80), nullable=False),
    Column("origin", String(12), nullable=False),
    Column("citations", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("note", Prose, nullable=False),
    Column("created", Instant, nullable=False),
    CheckConstraint("state in ('proposed','in_review','approved','rejected','lapsed','superseded')", name="state"),
    Index(None, "state"),
)

approval_request = Table(
    "approval_request",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("draft_id", ForeignKey("draft.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("policy_rule", String(80), nullable=False),
    Column("needed", Integer, nullable=False),
    Column("four_eyes", Integer, nullable=False),
    Column("signers", JSON, nullable=False),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    # When to remind people; emptied once they were. And who is named when nobody signed.
    Column("remind", Instant),
    Column("escalate_to", String(80), nullable=False, default=""),
    Column("used", Instant),
    # How many posts of a series a signature here stands for, and the last one's time; none: for this one alone.
    Column("covers", Integer),
    Column("covers_until", Instant),
    # The lasting signature that signed it, where nobody was asked; none: people were.
    Column("stands_on", String(40)),
    UniqueConstraint("draft_id", "version"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("request_id", ForeignKey("approval_request.id"), nullable=False),
    Column("draft_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    Column("choice", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("via", String(12), nullable=False),
    Column("shown", Prose, nullable=False),
    Column("reason", Prose, nullable=False),
    # One answer a person: a second click changes nothing.
    UniqueConstraint("request_id", "person"),
    Index(None, "draft_id"),
    Index(None, "at"),
)

post = Table(
    "post",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("draft_id", ForeignKey("draft.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_id", ForeignKey("approval_request.id"), nullable=False),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("content", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("due", Instant, nullable=False),
    Column("created", Instant, nullable=False),
    # A signature is used once: a second post from the same request cannot be stored.
    UniqueConstraint("request_id"),
    Index(None, "draft_id"),
    Index(None, "brand", "due"),
    Index(None, "account", "due"),
    Index(None, "brand", "created", "id"),
)

post_part = Table(
    "post_part",
    metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("account", String(80), nullable=False),
    Column("state", String(12), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("once_key", String(80), nullable=False, default=""),
    Column("first_sent", Instant),
    Column("last_sent", Instant),
    Column("looks", Integer, nullable=False, default=0),
    Column("remote_id", String(300)),
    Column("cid", String(120)),
    Column("url", Prose),
    Column("live_at", Instant),
    Column("why", Prose, nullable=False, default=""),
    CheckConstraint(
        "state in ('due','sending','live','refused','doubtful','asked','cancelled','deleted')", name="state"
    ),
    Index(None, "state", "not_before"),
    Index(None, "account", "state"),
    Index(None, "live_at"),
    Index(None, "account", "live_at"),
    Index(None, "remote_id"),
)

reading = Table(
    "reading",
    metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    # Hours after it went live that this was due: 1, 6, 24 or 168.
    Column("age", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    # Empty where the platform does not tell, all of them where it knew the part no more.
    Column("likes", Integer),
    Column("replies", Integer),
    Column("reposts", Integer),
    Column("views", Integer),
)

remembered = Table(
    "remembered",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("language", String(35), nullable=False),
    Column("text", Prose, nullable=False),
    Column("at", Instant, nullable=False),
    Column("url", Prose, nullable=False),
    Column("likes", Integer),
    Column("replies", Integer),
    Column("reposts", Integer),
    Column("views", Integer),
    # Texts that one command brought share this, so that it can be taken back.
    Column("batch", String(40), nullable=False),
    Column("who", String(80), nullable=False),
    Column("added", Instant, nullable=False),
    Index(None, "brand", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("post_id", String(40), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("once_key", String(80), nullable=False),
    Column("worker", String(120), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("outcome", String(16)),
    Column("detail", Prose),
    Index("ix_attempt_failed", "ended", sqlite_where=FAILED_ROWS, postgresql_where=FAILED_ROWS),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("owner", String(120), nullable=False),
    # Grows with every change of owner: a paused worker that comes back holds an old number.
    Column("fence", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)

account_state = Table(
    "account_state",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("paused", Prose, nullable=False, default=""),
    Column("paused_at", Instant),
    Column("next_send", Instant),
)

account_fact = Table(
    "account_fact",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("who", String(120), nullable=False),
    # What it is about: ``draft:d_..@2``, ``part:p_../0``, ``switch``, ``account:bluesky:main``.
    Column("subject", String(120), nullable=False),
    Column("was", String(20), nullable=False),
    Column("now", String(20), nullable=False),
    Column("why", Prose, nullable=False),
    Index(None, "subject"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("brand", String(64), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("level", String(8), nullable=False),
    Column("text", Prose, nullable=False),
    Column("next_step", Prose, nullable=False),
    Column("seen", Instant),
    # Asked before each new one: the same notice is not left twice.
    Index(None, "subject"),
)

switch = Table(
    "switch",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(40), nullable=False),
    Column("who", String(120), nullable=False),
    Column("why", Prose, nullable=False),
    Column("at", Instant, nullable=False),
)

vault = Table(
    "vault",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("name", String(40), primary_key=True),
    # Fernet token; the key is never in this database.
    Column("secret", Prose, nullable=False),
    Column("at", Instant, nullable=False),
)

transcript = Table(
    "transcript",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("who", String(80), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("model", String(160), nullable=False),
    Column("body", JSON, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("usd", String(20), nullable=False),
    Column("created", Instant, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("started", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("stopped", Instant),
)
