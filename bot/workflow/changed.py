"""What an author's edit or removal of a comment brings about: the answer that waited is taken back, and people know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.comment import SETTLED, CommentState, Entry, Priority
from bot.errors import NotAllowed
from bot.insight import cleaning
from bot.store import authors, comments, drafts, forgetting
from bot.store import desk as rows
from bot.words import say
from bot.workflow import retiring
from bot.workflow.desk import Desk

#: People have a comment in one of these already, or it is answered: it stays with them.
THEIRS = (CommentState.ESCALATED, CommentState.ANSWERED)
#: A machine or a person has begun on a comment in one of these.
_BEGUN = (CommentState.TRIAGED, CommentState.PROPOSED, CommentState.AUTO_REPLIED)
CHANGED, REMOVED = "its author changed it", "its author removed it"


def edited(desk: Desk, conn: Connection, comment_id: str) -> None:
    """Let a comment whose words have just changed be read and decided on anew, within a transaction.

    What waited as its answer is taken back. One that people have, or that is answered, stays with them, and they are
    told.
    """
    one, now = comments.get(conn, comment_id, lock=True), desk.clock.now()
    if cleaning.asks_to_stop(one.text) and not one.aside:
        authors.opt_out(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id,
                        "they asked to be left alone", now)  # fmt: skip
        authors.set_aside(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id)
    if one.state in THEIRS:
        _tell(conn, one, now, say("{who} changed a comment: it says now “{words}”.", **_said(one)))
        return
    if one.state is CommentState.NEW:
        # It is read soon, and in the order of what it says now.
        comments.change(conn, one.id, now, "platform", CHANGED, priority=int(Priority(cleaning.urgency(one.text))))
    if one.state not in _BEGUN:
        return
    if one.state is not CommentState.TRIAGED and not _take_back(desk, conn, one, CHANGED):
        _tell(conn, one, now, say("{who} changed a comment while its answer went out: it says now “{words}”.",
                                  **_said(one)))  # fmt: skip
        return
    # What a person opened again is for people: no rule decides about it once more.
    rule = one.rule if one.rule == "person" else ""
    comments.move(conn, one.id, one.state, CommentState.NEW, at=now, who="platform", why=CHANGED, draft="", rule=rule,
                  priority=int(Priority(cleaning.urgency(one.text))), failures=0)  # fmt: skip


def removed(desk: Desk, conn: Connection, one: Entry) -> None:
    """Mark a comment as removed by its author, take its waiting answer back, and close it."""
    now = desk.clock.now()
    comments.change(conn, one.id, now, "platform", REMOVED, deleted=now)
    if one.state in SETTLED or (one.state in _BEGUN[1:] and not _take_back(desk, conn, one, REMOVED)):
        return
    comments.move(conn, one.id, one.state, CommentState.CLOSED, at=now, who="platform", why=REMOVED, closed=now)


def _take_back(desk: Desk, conn: Connection, one: Entry, why: str) -> bool:
    """Void an answer that was not sent yet; False where it is on its way or out."""
    if not one.draft:
        return True
    draft = drafts.get(conn, one.draft, lock=True)
    try:
        with conn.begin_nested():
            retiring.retire(desk, conn, draft, who="platform", why=why)
    except NotAllowed:
        return False
    if desk.brand(conn, one.brand)[0].person(draft.author) is not None:
        text = say("The answer {draft} was taken back: {why}.", draft=draft.id, why=say(why))
        step = say("`signoff inbox {id}` shows what it says now.", id=one.id)
        rows.notify(conn, desk.clock.now(), one.brand, f"draft:{draft.id}", text, step)
    return True


def _said(one: Entry) -> dict[str, str]:
    words = one.text if len(one.text) <= 200 else one.text[:200].rstrip() + "…"
    return {"who": one.comment.author.handle or one.comment.author.id, "words": words}


def _tell(conn: Connection, one: Entry, now: datetime, text: str) -> None:
    step = say("`signoff inbox {id}` shows it, with the words before.", id=one.id)
    rows.notify(conn, now, one.brand, f"comment:{one.id}", text, step)


def erase(desk: Desk, conn: Connection, gone: Sequence[Entry]) -> None:
    """Erase what removed comments said, unless the brand's reply policy keeps it."""
    for brand in {one.brand for one in gone}:
        if not desk.brand(conn, brand)[1].replies.keep_deleted:
            forgetting.erase(conn, brand, [one.id for one in gone if one.brand == brand])
