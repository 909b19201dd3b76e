"""The tables of moods by the hour and by the day: comments counted once, so that no page counts a million of them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from bot.store.tables import metadata

mood_hour = Table(
    "mood_hour",
    metadata,
    Column("brand", String(64), primary_key=True),
    # Empty for all comments; ``a:delivery`` for what they speak of, ``i:question`` for what is wanted, ``e:anger``.
    Column("name", String(60), primary_key=True),
    # ``2026-11-22T13``, in UTC.
    Column("hour", String(13), primary_key=True),
    Column("account", String(80), primary_key=True),
    # Primary subtag of BCP 47.
    Column("language", String(8), primary_key=True),
    Column("negative", Integer, nullable=False),
    Column("neutral", Integer, nullable=False),
    Column("positive", Integer, nullable=False),
    # To count an hour anew.
    Index(None, "brand", "hour"),
)

#: The same by the day in UTC, added up from its hours whenever one of them is counted: a year is 365 rows of a name.
mood_day = Table(
    "mood_day",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("name", String(60), primary_key=True),
    # ``2026-11-22``.
    Column("day", String(10), primary_key=True),
    Column("account", String(80), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("negative", Integer, nullable=False),
    Column("neutral", Integer, nullable=False),
    Column("positive", Integer, nullable=False),
    # To add a day up anew.
    Index(None, "brand", "day"),
)

mood_stale = Table(
    "mood_stale",
    metadata,
    # An hour of which a comment was read, changed or erased since it was counted. One hour may stand here often.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("brand", String(64), nullable=False),
    Column("hour", String(13), nullable=False),
    Index(None, "brand", "hour"),
)
