"""Which comments are read again on their platform, and when next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from bot.domain.comment import CommentState, Entry
from bot.store.comment_rows import entry
from bot.store.comment_tables import comment
from bot.store.comments import OPEN

#: For so long a comment is followed; later its answer is looked after right before it is sent.
FOLLOWED = timedelta(days=7)
#: A comment that somebody still has to do something about, or that has an answer.
_STATES = (*OPEN, CommentState.ANSWERED.value)


def due(conn: Connection, account: str, now: datetime, limit: int) -> list[Entry]:
    """Return comments to read again now, those that wait longest first; what is not followed any more is let go."""
    c = comment.c
    waiting = (c.account == account, c.reread.is_not(None), c.reread <= now)
    over = (*waiting, or_(c.state.not_in(_STATES), c.deleted.is_not(None), c.heard <= now - FOLLOWED))
    if conn.execute(select(c.id).where(*over).limit(1)).first() is not None:
        conn.execute(update(comment).where(*over).values(reread=None))
    query = select(comment).where(*waiting).order_by(c.reread, c.id).limit(limit)
    return [entry(row) for row in conn.execute(query).mappings()]


def any_due(conn: Connection, account: str, now: datetime) -> bool:
    """Say whether a comment of an account waits to be read again."""
    c = comment.c
    query = select(c.id).where(c.account == account, c.reread.is_not(None), c.reread <= now).limit(1)
    return conn.execute(query).first() is not None


def again(conn: Connection, at: Mapping[str, datetime]) -> None:
    """Note when comments are read again next, by their ids."""
    for comment_id, instant in at.items():
        conn.execute(update(comment).where(comment.c.id == comment_id).values(reread=instant))
