"""Erase a stranger: what they said, what was read out of it, and what quotes it; only that they asked for it stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, func, or_, select, update

from bot.store import labels
from bot.store import mood as hours
from bot.store.api_tables import api_answer
from bot.store.comment_rows import raw
from bot.store.comment_tables import author_state, comment, comment_note
from bot.store.db import Database
from bot.store.desk import put
from bot.store.tables import decision, draft, draft_version, notice, transcript

#: What stands where an author's words stood.
GONE = "(erased)"


@dataclass(frozen=True)
class Forgotten:
    """How much was erased."""

    comments: int
    notes: int
    drafts: int
    notices: int
    transcripts: int


def forget(conn: Connection, brand: str, platform: str, names: Iterable[str], at: datetime) -> Forgotten:
    """Erase every comment by an author under any of these ids or handles, with what rests on it.

    Whoever wrote under one of the handles is found by id, under whichever handle they wrote else. Drafts of answers
    keep their own words and lose the quotation, and decisions lose the card that showed it; the hash of a signed answer
    covers only the answer.
    """
    names = [n.removeprefix("@") for n in names]
    there = (comment.c.brand == brand, comment.c.account.startswith(platform + ":", autoescape=True))
    named = or_(comment.c.author_id.in_(names), func.lower(comment.c.author_handle).in_([n.lower() for n in names]))
    authors = set(conn.scalars(select(comment.c.author_id).where(*there, named).distinct())) - {""}
    mine = (*there, or_(named, comment.c.author_id.in_(authors)))
    rows = conn.execute(select(comment.c.id, comment.c.draft, comment.c.author_id, comment.c.text).where(*mine)).all()
    ids, drafts = [r.id for r in rows], [r.draft for r in rows if r.draft]
    notes = conn.execute(delete(comment_note).where(comment_note.c.comment.in_(ids))).rowcount
    # The texts go; what a classifier learned from them is numbers that no text can be read from.
    labels.forget(conn, ids)
    quoting = _unquote(conn, drafts)
    _answers(conn, [*ids, *drafts])
    told = conn.execute(delete(notice).where(notice.c.subject.in_([f"comment:{i}" for i in ids]))).rowcount
    runs = _transcripts(conn, brand, [r.text for r in rows if len(r.text) > 3])
    # Nothing may bring them back: the next page of the platform would, so that they asked for it is kept as a digest.
    for author in {r.author_id for r in rows} | set(names):
        put(conn, author_state, {"brand": brand, "platform": platform, "author": digest(author)},
            {"opted_out": at, "why": "forgotten", "at": at})  # fmt: skip
        where = (author_state.c.brand == brand, author_state.c.platform == platform, author_state.c.author == author)
        conn.execute(delete(author_state).where(*where))
    hours.stale(conn, ids)
    conn.execute(delete(comment).where(comment.c.id.in_(ids)))
    return Forgotten(len(ids), notes, quoting, told, runs)


def erase(conn: Connection, brand: str, ids: Sequence[str]) -> None:
    """Erase what comments said and what quotes it, as their authors removed them; that they were there stays.

    How each was meant stays too, as a label without a reason. A colleague's notes are the colleague's own words.
    """
    if not ids:
        return
    c = comment.c
    rows = conn.execute(select(c.id, c.draft, c.text, c.triage).where(c.brand == brand, c.id.in_(ids))).all()
    before = (comment_note.c.comment.in_(ids), comment_note.c.kind == "before")
    texts = [r.text for r in rows]
    texts += list(conn.execute(select(comment_note.c.text).where(*before)).scalars())
    conn.execute(delete(comment_note).where(*before))
    labels.forget(conn, ids)
    drafts = [r.draft for r in rows if r.draft]
    _unquote(conn, drafts)
    _answers(conn, [*ids, *drafts])
    conn.execute(delete(notice).where(notice.c.subject.in_([f"comment:{i}" for i in ids])))
    _transcripts(conn, brand, [text for text in texts if len(text) > 3])
    for row in rows:
        read = {**row.triage, "reason": "", "span": [0, 0], "aspects": []} if row.triage else None
        conn.execute(
            update(comment).where(c.id == row.id).values(raw=raw(""), text="", author_name="", fingerprint="",
                                                         triage=read)
        )  # fmt: skip


def sweep(db: Database) -> None:
    """Let the database's files hold nothing of what was erased: SQLite writes them anew, PostgreSQL frees the rows."""
    raw = db.engine.raw_connection()
    try:
        if db.is_sqlite:
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            raw.cursor().execute(
                "VACUUM comment, comment_note, draft_version, decision, notice, transcript, author_state, api_answer"
            )
            raw.driver_connection.autocommit = False  # type: ignore[union-attr]
    finally:
        raw.close()


def digest(author: str) -> str:
    """Return what stands for an author who was forgotten."""
    return "forgotten:" + hashlib.sha256(author.encode("utf-8", "replace")).hexdigest()[:32]


def _unquote(conn: Connection, drafts: list[str]) -> int:
    done = 0
    for row in conn.execute(select(draft_version).where(draft_version.c.draft_id.in_(drafts))).mappings().all():
        where = (draft_version.c.draft_id == row["draft_id"], draft_version.c.version == row["version"])
        done += conn.execute(update(draft_version).where(*where).values(evidence=_without(row["evidence"]))).rowcount
    conn.execute(update(draft).where(draft.c.id.in_(drafts)).values(brief=""))
    # What was signed stays, by its hash; the card around it quoted them.
    conn.execute(update(decision).where(decision.c.draft_id.in_(drafts)).values(shown=GONE))
    return done


def _answers(conn: Connection, ids: Sequence[str]) -> None:
    """Drop what programs were answered about these comments and drafts, and is kept for a day under their keys."""
    c = api_answer.c
    found = [
        (r.token, r.key) for r in conn.execute(select(c.token, c.key, c.body)) if any(i in (r.body or "") for i in ids)
    ]
    for token, key in found:
        conn.execute(delete(api_answer).where(c.token == token, c.key == key))


def _without(evidence: Any) -> Any:
    if not isinstance(evidence, dict):
        return evidence
    kept = {name: _without(value) if name == "before" else value for name, value in evidence.items()}
    return {**kept, "to": {"words": GONE, "url": ""}} if "to" in kept else kept


def _transcripts(conn: Connection, brand: str, texts: list[str]) -> int:
    """Drop the runs in which a model saw these words: as they stand in JSON, or quoted line by line."""
    done = 0
    query = select(transcript.c.id, cast(transcript.c.body, Text).label("body")).where(transcript.c.brand == brand)
    lines = {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) > 3}
    needles = [json.dumps(line)[1:-1] for line in lines]
    needles += [json.dumps(line, ensure_ascii=False)[1:-1] for line in lines]
    found = [row.id for row in conn.execute(query) if any(n in row.body for n in needles)]
    for some in (found[k : k + 500] for k in range(0, len(found), 500)):
        done += conn.execute(delete(transcript).where(transcript.c.id.in_(some))).rowcount
    return done
