"""What stands above a comment that says little by itself: the post it is below, and what was said right before it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.domain.comment import Entry
from bot.insight.brevity import leans
from bot.store import answers, authors, comments

#: Characters of each thing above that the reader sees.
EACH = 300


def above(conn: Connection, found: Sequence[Entry]) -> list[str]:
    """Return for each comment what stands above it; empty for one that speaks for itself, or stands alone.

    Left out is what somebody said who asked to be left alone: no model reads their words.
    """
    return [_above(conn, one) if leans(one.text) else "" for one in found]


def _above(conn: Connection, one: Entry) -> str:
    said, account = one.comment, one.comment.account
    names = [name for name in dict.fromkeys((said.root_id, said.parent_id)) if name and name != said.remote_id]
    if not names:
        return ""
    alone = authors.left_alone(conn, one.brand)
    platform, ours = account.partition(":")[0], answers.words(conn, account, names)
    thread = [e for e in comments.before(conn, one) if e.id != one.id and not e.deleted]
    heard = {e.comment.remote_id: e for e in thread if (platform, e.comment.author.id) not in alone}
    lines = [ours[name] for name in names if name in ours]
    parent = [heard.pop(said.parent_id)] if said.parent_id in heard else []
    # Of comments side by side below one post, the last one may be what this one means.
    last = [] if parent else list(heard.values())[-1:]
    lines += [e.text for e in (*parent, *last)]
    return "\n".join(" ".join(line.split())[:EACH] for line in lines)
