"""The tables of what the team taught: labels that people gave, and the classifiers that were fitted to them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

label = Table(
    "label",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    # ``sentiment`` or ``intent``.
    Column("kind", String(12), nullable=False),
    # SHA-256 of the text: one label a text and kind.
    Column("digest", String(64), nullable=False),
    Column("text", Prose, nullable=False),
    Column("language", String(35), nullable=False),
    Column("value", String(20), nullable=False),
    # What it was read as before; empty where nothing had read it.
    Column("was", String(20), nullable=False),
    # Id of the comment; empty for a label from a file.
    Column("comment", String(40), nullable=False),
    Column("who", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("brand", "kind", "digest"),
    Index(None, "comment"),
)

classifier = Table(
    "classifier",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(120), nullable=False),
    # In use; at most one of a brand and kind.
    Column("promoted", Boolean, nullable=False),
    Column("card", JSON, nullable=False),
    # Base64 of an npz file: a copy of the database is text and numbers throughout.
    Column("weights", Prose, nullable=False),
)
