"""The tables of the web desk: who is signed in, links to sign in with, passwords, addresses of calendar feeds.

No token stands here, only its SHA-256: whoever reads the database cannot sign in with it.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

web_session = Table(
    "web_session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    Column("created", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("user_agent", String(200), nullable=False),
    Index(None, "brand", "person"),
)

web_link = Table(
    "web_link",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used", Instant),
)

web_password = Table(
    "web_password",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("person", String(80), primary_key=True),
    # Argon2id, in its own text form.
    Column("hash", Prose, nullable=False),
    Column("at", Instant, nullable=False),
)

web_feed = Table(
    "web_feed",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("person", String(80), primary_key=True),
    Column("token", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "token", unique=True),
)
