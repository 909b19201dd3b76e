"""The tables of the API: tokens, answers kept under an idempotency key, what is being written; and webhooks.

No token stands here, only its SHA-256; the secret of a webhook is in the vault.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("brand", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    # Words with a space between: ``read write``.
    Column("scopes", String(80), nullable=False),
    Column("created", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used", Instant),
    Index(None, "digest", unique=True),
)

api_answer = Table(
    "api_answer",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    # SHA-256 over method, path and body.
    Column("asked", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    # Empty while the first request is being answered.
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", Prose),
)

api_job = Table(
    "api_job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("person", String(80), nullable=False),
    # The process that works on it, as ``bot.workflow.turn.worker_id`` names it.
    Column("owner", String(200), nullable=False),
    Column("created", Instant, nullable=False),
    Column("ended", Instant),
    # ``running``, ``done`` or ``failed``.
    Column("state", String(20), nullable=False),
    Column("drafts", JSON, nullable=False),
    Column("why", Prose, nullable=False),
    Column("next_step", Prose, nullable=False),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("url", Prose, nullable=False),
    Column("events", JSON, nullable=False),
    Column("created", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    # The last line of the record that was looked at for it.
    Column("after", Integer, nullable=False),
    # Why nothing is sent to it any more; empty while it is.
    Column("off", Prose, nullable=False),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("webhook", String(40), primary_key=True),
    Column("event", Integer, primary_key=True),
    Column("type", String(40), nullable=False),
    # The very body that is sent.
    Column("body", Prose, nullable=False),
    # ``waiting``, ``done`` or ``failed``.
    Column("state", String(20), nullable=False),
    Column("created", Instant, nullable=False),
    Column("next", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last", Instant),
    # The last answer: its HTTP status, or why there was none.
    Column("status", Integer),
    Column("why", Prose, nullable=False),
    Index(None, "state", "next"),
)
