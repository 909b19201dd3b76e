"""A clear answer, made durable: one transaction stores for several parts that they are live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot import failpoints
from bot.domain.post import Post, PostState, Receipt
from bot.store import desk as rows
from bot.store import events, posts
from bot.workflow.desk import Desk
from bot.workflow.together import Together, Uneven

_BEFORE = (PostState.SENDING, PostState.DOUBTFUL, PostState.ASKED)


@dataclass(frozen=True)
class Answer:
    """What a platform said to one attempt."""

    post: Post
    n: int
    attempt: int
    receipt: Receipt
    who: str
    why: str

    @property
    def columns(self) -> dict[str, Any]:
        it = self.receipt
        return {"remote_id": it.remote_id, "cid": it.cid, "url": it.url, "live_at": it.at}


def _all(desk: Desk, conn: Connection, answers: list[Answer]) -> list[bool]:
    now = desk.clock.now()
    moves = [events.Move(a.post.id, a.n, a.attempt, now, a.who, a.why, a.columns) for a in answers]
    if not events.move_parts(conn, PostState.SENDING, PostState.LIVE, moves):
        if len(answers) > 1:
            raise Uneven
        return [False]
    failpoints.hit("live: moved")
    posts.end_attempts(conn, [(a.post.id, a.n, a.attempt, now, "live", a.receipt.remote_id) for a in answers])
    failpoints.hit("live: stored")
    # A part goes live once, so nobody can have been told of it before.
    last = [a for a in answers if a.n + 1 == len(a.post.parts)]
    rows.notify_all(conn, [(now, a.post.content.brand, f"post:{a.post.id}", *told(a), "info") for a in last])
    return [True] * len(answers)


#: Store the answers to the parts of several turns in one transaction; False where a part no longer stood as sending.
stored = Together(_all, write=True)


def store_one(conn: Connection, answer: Answer, now: datetime) -> bool:
    """Store one answer from whatever state its part may be live from; False where it stands otherwise."""
    post, n, number = answer.post, answer.n, answer.attempt
    args: dict[str, Any] = {"at": now, "who": answer.who, "why": answer.why, "attempt": number, **answer.columns}
    if not any(events.move_part(conn, post.id, n, was, PostState.LIVE, **args) for was in _BEFORE):
        return False
    failpoints.hit("live: moved")
    posts.end_attempt(conn, post.id, n, number, now, "live", answer.receipt.remote_id)
    failpoints.hit("live: stored")
    if n + 1 == len(post.parts):
        rows.notify(conn, now, post.content.brand, f"post:{post.id}", *told(answer), level="info")
    return True


def told(answer: Answer) -> tuple[str, str]:
    """Return what people are told of a post that is live, and their next step."""
    post = answer.post
    text = f"{post.account}: draft {post.draft_id} is live: {answer.receipt.url}"
    step = f"How it came about: `signoff audit {post.draft_id}`."
    return text, step
