"""The tables of comments: what others said, notes on it, who asked to be left alone, who answers where."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    TextClause,
    UniqueConstraint,
    text,
)

from bot.store.prose import Prose
from bot.store.tables import Instant, metadata

#: Somebody still has to do something. Word for word in indexes and queries: SQLite takes an index for part of a table
#: only where the query says the same (https://www.sqlite.org/partialindex.html, read 2026-11-22).
WAITING = text("comment.state in ('new','triaged','proposed','auto_replied','escalated')")
_WAITING = text("state in ('new','triaged','proposed','auto_replied','escalated')")
ASSIGNED = text("comment.assignee <> ''")
GROUPED = text("comment.like_id <> ''")
_GROUPED = text("like_id <> ''")


def _part(name: str, *columns: str, where: str | TextClause) -> Index:
    """Return an index of part of the comments."""
    given = text(where) if isinstance(where, str) else where
    return Index(f"ix_comment_{name}", *columns, sqlite_where=given, postgresql_where=given)


comment = Table(
    "comment",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("brand", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("remote_id", String(300), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("author_id", String(200), nullable=False),
    Column("author_handle", String(200), nullable=False),
    Column("author_name", Prose, nullable=False),
    Column("author_bot", Integer, nullable=False),
    # What came, as a JSON string: it may hold what no text column takes. And the words as they are read.
    Column("raw", Prose, nullable=False),
    Column("text", Prose, nullable=False),
    Column("at", Instant, nullable=False),
    Column("heard", Instant, nullable=False),
    Column("parent_id", String(300), nullable=False),
    Column("thread", String(300), nullable=False),
    Column("root_id", String(300), nullable=False),
    Column("url", Prose, nullable=False),
    Column("language", String(35), nullable=False),
    Column("visibility", String(20), nullable=False),
    Column("source", Prose, nullable=False, server_default=""),
    Column("state", String(12), nullable=False),
    # Before triage by what shows at once; after it as the triage says.
    Column("priority", Integer, nullable=False),
    Column("label", String(12), nullable=False, server_default=""),
    Column("intent", String(20), nullable=False, server_default=""),
    Column("triage", JSON),
    Column("aside", String(20), nullable=False, server_default=""),
    Column("fingerprint", String(40), nullable=False, server_default=""),
    Column("like_id", String(40), nullable=False, server_default=""),
    Column("assignee", String(80), nullable=False, server_default=""),
    Column("snoozed", Instant),
    Column("draft", String(40), nullable=False, server_default=""),
    Column("rule", String(80), nullable=False, server_default=""),
    Column("why", Prose, nullable=False, server_default=""),
    Column("answered", Instant),
    Column("closed", Instant),
    Column("edited", Instant),
    Column("deleted", Instant),
    # When the platform is asked again what it says; empty for what is not followed any more.
    Column("reread", Instant),
    # ``hide``, ``hidden`` or ``show``: what readers on the platform are to see, or do; empty as it came.
    Column("hiding", String(12), nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    # Who works on it just now, and until when nobody else does.
    Column("holder", String(120), nullable=False, server_default=""),
    Column("held_until", Instant),
    CheckConstraint(
        "state in ('new','triaged','ignored','hidden','proposed','auto_replied','escalated','answered','closed')",
        name="state",
    ),
    UniqueConstraint("account", "remote_id"),
    Index(None, "brand", "at"),
    Index(None, "brand", "state", "priority"),
    Index(None, "account", "thread"),
    Index(None, "author_id"),
    Index(None, "author_handle"),
    # Lists with the newest first, however rare what is asked for is.
    Index(None, "brand", "account", "at"),
    Index(None, "brand", "intent", "at"),
    _part("assigned", "brand", "assignee", "at", where="assignee <> ''"),
    _part("open", "brand", "at", where=_WAITING),
    Index(None, "draft"),
    Index(None, "brand", "fingerprint"),
    # The inbox: a page of it is the beginning of one of these.
    _part("waiting", "brand", "priority", "at", where=_WAITING),
    _part("waiting_intent", "brand", "intent", "priority", "at", where=_WAITING),
    _part("waiting_account", "brand", "account", "priority", "at", where=_WAITING),
    _part("waiting_label", "brand", "label", "priority", "at", where=_WAITING),
    _part("waiting_assignee", "brand", "assignee", "priority", "at", where=_WAITING),
    _part("snoozed", "brand", "snoozed", where="snoozed is not null"),
    _part("like", "like_id", where=_GROUPED),
    _part("hiding", "account", where="hiding in ('hide','show')"),
    _part("reread", "account", "reread", where="reread is not null"),
    # How long people waited.
    _part("answered", "brand", "answered", where="answered is not null"),
)

comment_note = Table(
    "comment_note",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("comment", ForeignKey("comment.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", String(120), nullable=False),
    # ``note``, or ``before`` for the words of a comment that its author changed.
    Column("kind", String(12), nullable=False),
    Column("text", Prose, nullable=False),
    Index(None, "comment"),
)

author_state = Table(
    "author_state",
    metadata,
    Column("brand", String(64), primary_key=True),
    Column("platform", String(40), primary_key=True),
    # The platform's own id of the author; of one who was forgotten, its keyed digest.
    Column("author", String(200), primary_key=True),
    # When they said "stop", and why no machine answers them; empty while one may.
    Column("opted_out", Instant),
    Column("why", Prose, nullable=False),
    Column("at", Instant, nullable=False),
)

thread_state = Table(
    "thread_state",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("thread", String(300), primary_key=True),
    # Person who answers here; the machine keeps silent.
    Column("taken_by", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

listening = Table(
    "listening",
    metadata,
    Column("account", String(80), primary_key=True),
    # Where reading stopped, in the adapter's own words; empty before the first page.
    Column("cursor", Prose, nullable=False),
    Column("next_look", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("why", Prose, nullable=False),
    Column("at", Instant, nullable=False),
)
