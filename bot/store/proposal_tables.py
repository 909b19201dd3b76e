"""The table of changes that Signoff proposes to the brand folder; a person accepts or refuses each."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, String, Table, UniqueConstraint

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

proposal = Table(
    "proposal",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    # SHA-256 of what it says: refused once, the same is not proposed again.
    Column("digest", String(64), nullable=False),
    # ``rule`` or ``saved_answer``.
    Column("kind", String(20), nullable=False),
    Column("topic", String(40), nullable=False),
    Column("language", String(35), nullable=False),
    # What people took out and put in, in their own words.
    Column("before", Prose, nullable=False),
    Column("after", Prose, nullable=False),
    # Ids of the drafts that show it.
    Column("drafts", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("who", String(80), nullable=False, server_default=""),
    Column("decided", Instant),
    CheckConstraint("state in ('open','accepted','refused')", name="state"),
    UniqueConstraint("brand", "digest"),
    Index(None, "brand", "state"),
)
