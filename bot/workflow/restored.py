"""After a restore: what the backup does not know may be live, so each part is looked for before it is sent.

It holds for every draft that stood in the backup, also one that is signed only now: the lost database may have
published it. Found is adopted, absent is sent as signed, and where that cannot be told a person is asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.comment import Entry
from bot.domain.post import Outgoing, Post, PostPart, PostState, Receipt
from bot.platforms.base import Platform
from bot.store import authors, drafts, events, restored
from bot.words import say
from bot.workflow import outcome
from bot.workflow.desk import Desk

#: How the record says that a person was told of an answer that the lost database may have sent.
_TOLD = "held back once"


def look_first(
    conn: Connection, platform: Platform, post: Post, part: PostPart, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Turn a due part that the lost database may have sent to ``doubtful``; return its new state, or None."""
    mark = restored.since(conn)
    if mark is None or part.state is not PostState.DUE or drafts.get(conn, post.draft_id).created > mark[1]:
        return None
    if restored.looked(conn, part):
        return None
    # What was sent in the last moment of the lost database shows only after the lag; one look is enough then.
    ready = max(now, mark[1] + timedelta(seconds=3 * platform.features.read_lag))
    restored.open_lost(conn, part, mark[0], hold.worker)
    columns: dict[str, Any] = {"first_sent": min(part.first_sent or mark[0], mark[0]), "not_before": ready, "looks": 0}
    args: dict[str, Any] = {"at": now, "who": hold.worker, "attempt": part.attempts}
    why = say("the database was restored: is it live already?")
    events.move_part(conn, post.id, part.n, PostState.DUE, PostState.DOUBTFUL, why=why, **args, **columns)
    return PostState.DOUBTFUL


def wanted(out: Outgoing, part: PostPart) -> Outgoing:
    """Return what to look for. Doubt before any attempt is a restore's: key and time of what was sent are not known."""
    return out if part.attempts else replace(out, created=None)


def ambiguous(
    conn: Connection, post: Post, part: PostPart, receipt: Receipt, now: datetime, hold: outcome.Hold
) -> PostState | None:
    """Ask a person where the post that was found already counts for another part of the same words."""
    if restored.since(conn) is None or not restored.adopted(conn, post.account, receipt.remote_id, part):
        return None
    why = say("a post with the same words is live at {url}, which counts for another one", url=receipt.url)
    args: dict[str, Any] = {"at": now, "who": hold.worker, "why": why, "attempt": part.attempts}
    events.move_part(conn, post.id, part.n, PostState.DOUBTFUL, PostState.ASKED, **args)
    step = f"Look on the platform, then `signoff settle {post.id} --part {part.n + 1} --live URL` or `--not-live`."
    outcome.tell(conn, post, part.n, now, why, step)
    return PostState.ASKED


def unseen(desk: Desk, one: Entry, *, automatic: bool) -> str:
    """Return why an answer is held back whose platform does not say what a comment was answered before a restore.

    A person is told once, and goes on knowing it; no rule answers such a comment any more.
    """
    why = say("It may have an answer there already: the database was restored, and the platform does not say. Look "
              "there; whoever answers once more goes on.")  # fmt: skip
    with desk.db.write() as conn:
        return _held(conn, one, desk.clock.now(), why, always=automatic)


def answered_before(conn: Connection, one: Entry, now: datetime) -> str:
    """Return why a person's answer is held back: the comment has one that the lost database may have sent.

    It is said once; whoever answers it again has seen it.
    """
    why = say("It has an answer there already, which this database does not know of: it was restored.")
    return _held(conn, one, now, why)


def untold(desk: Desk, one: Entry) -> bool:
    """Say whether the lost database may have answered a comment, and no person was told so yet."""
    with desk.db.read() as conn:
        return bool(_forgotten(conn, one)) and not _told(conn, one)


def _held(conn: Connection, one: Entry, now: datetime, why: str, *, always: bool = False) -> str:
    if not _forgotten(conn, one) or ((told := _told(conn, one)) and not always):
        return ""
    # Whose thread it is tells nothing of whether they know: it becomes theirs by answering.
    where = one.comment.account, one.thread
    if not authors.taken_by(conn, *where):
        authors.take_over(conn, *where, "somebody at the platform", now)
    if not told:
        events.record(conn, now, "worker", f"comment:{one.id}", "", _TOLD, "the database was restored")
    return why


def _forgotten(conn: Connection, one: Entry) -> bool:
    mark = restored.since(conn)
    return mark is not None and one.comment.at <= mark[1]


def _told(conn: Connection, one: Entry) -> bool:
    mark = restored.since(conn)
    lines = events.about(conn, f"comment:{one.id}")
    return mark is not None and any(line["now"] == _TOLD and line["at"] >= mark[1] for line in lines)
