"""The table of questions that a model wrote for the rules of a brand, by which a search finds them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from bot.store.tables import Instant, metadata

rule_question = Table(
    "rule_question",
    metadata,
    Column("brand", String(64), primary_key=True),
    # SHA-256 of language, heading and text: a rule that changed gets new ones.
    Column("digest", String(64), primary_key=True),
    Column("questions", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    # The prompt and its version, as in ``prompts.lock``.
    Column("prompt", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)
