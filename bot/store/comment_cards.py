"""What whoever shows comments as messages reads: which want a person, which changed, and how many were shown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.comment import CommentState
from bot.store.chat_tables import slack_message
from bot.store.comment_tables import author_state, comment
from bot.store.tables import post_part

#: Somebody has to decide about a comment in one of these.
WANTED = (CommentState.PROPOSED, CommentState.ESCALATED)
#: What the subject of a message begins with that shows a comment.
SUBJECT = "comment:"


def waiting(conn: Connection, brand: str, now: datetime, limit: int) -> list[str]:
    """Return the comments of a brand that want a person, the most urgent first and then the oldest."""
    c = comment.c
    where = (c.brand == brand, c.state.in_([s.value for s in WANTED]), c.deleted.is_(None))
    awake = or_(c.snoozed.is_(None), c.snoozed <= now)
    query = select(c.id).where(*where, awake).order_by(c.priority.desc(), c.at, c.id)
    return list(conn.execute(query.limit(limit)).scalars())


def by_urgency(conn: Connection, brand: str, ids: Collection[str]) -> list[str]:
    """Return those of these comments that are the brand's, or are gone, the most urgent first."""
    c = comment.c
    query = select(c.id, c.brand).where(c.id.in_(list(ids))).order_by(c.priority.desc(), c.at, c.id)
    found = conn.execute(query).all()
    gone = sorted(set(ids) - {row.id for row in found})
    return [row.id for row in found if row.brand == brand] + gone


def of_drafts(conn: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the comment that each of these drafts answers, for those that answer one."""
    query = select(comment.c.draft, comment.c.id).where(comment.c.draft.in_(list(ids)))
    return {row.draft: row.id for row in conn.execute(query)} if ids else {}


def in_thread(conn: Connection, subject: str) -> list[str]:
    """Return the comments of the thread that the subject ``thread:ACCOUNT/ID`` of the record names."""
    account, _, thread = subject.removeprefix("thread:").partition("/")
    # The record cuts long subjects.
    its = comment.c.thread.startswith(thread, autoescape=True) if len(subject) >= 120 else comment.c.thread == thread
    return list(conn.execute(select(comment.c.id).where(comment.c.account == account, its)).scalars())


def changed(conn: Connection, team: str, brand: str, since: datetime, now: datetime) -> list[str]:
    """Return the comments to draw anew that no line of the record tells of.

    Those that are shown and were changed by their authors, erased, or whose authors asked to be left alone; and those
    that were put off until now, shown or not.
    """
    c, m, a = comment.c, slack_message.c, author_state.c
    # From the few messages to the many comments, by their key.
    shown, its = and_(m.team == team, m.kind == "comment"), func.substr(m.subject, len(SUBJECT) + 1)
    edited = select(c.id).select_from(slack_message).join(comment, c.id == its).where(shown, c.edited > since)
    who = and_(a.brand == c.brand, a.author == c.author_id, c.account.startswith(a.platform + ":"))
    alone = (
        select(c.id)
        .select_from(slack_message)
        .join(comment, c.id == its)
        .join(author_state, who)
        .where(shown, a.at > since, a.opted_out.is_not(None))
    )
    there = select(c.id).where(c.id == its).correlate(slack_message).exists()
    erased = select(its).where(shown, ~there)
    states = [s.value for s in WANTED]
    woken = select(c.id).where(c.brand == brand, c.state.in_(states), c.snoozed > since, c.snoozed <= now)
    found = [one for query in (edited, alone, erased, woken) for one in conn.execute(query).scalars()]
    return list(dict.fromkeys(found))


def shown_since(conn: Connection, team: str, channel: str, at: datetime) -> int:
    """Return how many comments were shown in a channel since an instant."""
    m = slack_message.c
    where = (m.team == team, m.channel == channel, m.kind.in_(("comment", "erased")), m.at > at)
    return int(conn.execute(select(func.count()).select_from(slack_message).where(*where)).scalar_one())


def ours(conn: Connection, account: str, ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return (post, part) of those of these remote ids that are posts of ours."""
    c = post_part.c
    query = select(c.remote_id, c.post_id, c.n).where(c.account == account, c.remote_id.in_(list(ids)))
    return {row.remote_id: (row.post_id, row.n) for row in conn.execute(query)}
