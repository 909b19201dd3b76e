"""The tables of recurring posts: the series, and signatures that stand for several of their posts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

series = Table(
    "series",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("draft_id", ForeignKey("draft.id"), nullable=False),
    Column("version", Integer, nullable=False),
    # RFC 5545, without time zone: it is counted in wall time of ``zone``, from ``start`` on.
    Column("rule", Prose, nullable=False),
    Column("start", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("days_ahead", Integer, nullable=False),
    Column("author", String(80), nullable=False),
    Column("created", Instant, nullable=False),
    # Wall time of the last occurrence that was proposed or passed over; and until when there is nothing to do.
    Column("last", String(16), nullable=False),
    Column("look_at", Instant),
    # Why no more come; empty while they do.
    Column("ended", Prose, nullable=False),
    Index(None, "brand"),
)

lasting = Table(
    "lasting",
    metadata,
    Column("id", String(40), primary_key=True),
    # The request under which people gave it; what its card said binds it.
    Column("request_id", ForeignKey("approval_request.id"), nullable=False),
    Column("series", ForeignKey("series.id"), nullable=False),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    # Digests of what must stay the same: the bytes but for their time, the brand's policy, its hard rules.
    Column("said", String(64), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("rules", String(64), nullable=False),
    # How many posts it signs, the first among them, and the time of the last one.
    Column("most", Integer, nullable=False),
    Column("until", Instant, nullable=False),
    Column("given", Instant, nullable=False),
    Column("ended_at", Instant),
    # Why it signs nothing any more; empty while it does.
    Column("ended", Prose, nullable=False),
    UniqueConstraint("request_id"),
    Index(None, "series"),
)

lasting_use = Table(
    "lasting_use",
    metadata,
    Column("lasting_id", ForeignKey("lasting.id"), primary_key=True),
    # Wall time of the occurrence: each is signed once.
    Column("wall", String(16), primary_key=True),
    Column("request_id", ForeignKey("approval_request.id"), nullable=False),
    UniqueConstraint("request_id"),
)
