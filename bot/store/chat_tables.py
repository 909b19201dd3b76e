"""The tables of conversations with people: what Slack delivered, what we posted there, who is who."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, UniqueConstraint

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("delivery", String(120), nullable=False),
    Column("kind", String(40), nullable=False),
    # What must be done one after the other, such as the messages of one thread; empty where nothing waits.
    Column("lane", String(200), nullable=False),
    # Emptied once it is done: what people write is kept no longer than it is needed.
    Column("body", JSON, nullable=False),
    Column("received", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("owner", String(120), nullable=False),
    # Until when its owner has it; while it is pending, before when it need not be tried.
    Column("until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("error", Prose, nullable=False),
    CheckConstraint("state in ('pending','working','done','failed')", name="state"),
    UniqueConstraint("delivery"),
    Index(None, "state", "id"),
    Index(None, "lane", "state"),
)

slack_message = Table(
    "slack_message",
    metadata,
    Column("team", String(40), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("ts", String(40), primary_key=True),
    # What it shows: ``draft:ID``, ``notice:N``, ``digest:...``.
    Column("subject", String(160), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "subject"),
)

chat_person = Table(
    "chat_person",
    metadata,
    Column("team", String(40), primary_key=True),
    Column("user", String(40), primary_key=True),
    Column("brand", String(64), primary_key=True),
    Column("person", String(80), nullable=False),
    Column("name", String(120), nullable=False),
    # Roles by user groups; a link has none of its own: those of brand.yaml hold.
    Column("roles", JSON, nullable=False),
    Column("source", String(8), nullable=False),
    CheckConstraint("source in ('link','group')", name="source"),
    Index(None, "brand", "person"),
)

chat_group = Table(
    "chat_group",
    metadata,
    Column("team", String(40), primary_key=True),
    Column("group", String(40), primary_key=True),
    Column("brand", String(64), primary_key=True),
    Column("role", String(12), nullable=False),
)

chat_setting = Table(
    "chat_setting",
    metadata,
    Column("team", String(40), primary_key=True),
    Column("user", String(40), primary_key=True),
    # language, zone, notices, quiet hours, digest.
    Column("body", JSON, nullable=False),
)

slack_cursor = Table(
    "slack_cursor",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Prose, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    Column("team", String(40), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("thread", String(40), primary_key=True),
    Column("turns", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)
