"""Answers that a person asks for, to a comment that is on the desk: it knows its answer, and its author is heard."""

from __future__ import annotations

from bot.app import App
from bot.domain.comment import CommentState, Entry
from bot.domain.draft import DraftVersion
from bot.errors import NotAllowed
from bot.store import authors, comments
from bot.words import say

#: An answer waits, or was given.
_ANSWERED = (CommentState.PROPOSED, CommentState.AUTO_REPLIED, CommentState.ANSWERED)


def answerable(app: App, url: str, draft_id: str = "") -> Entry | None:
    """Return the comment at an address, None for one that is not on the desk.

    ``draft_id`` is an answer that may be there already. Raises NotAllowed where its author removed it or asked to be
    left alone, where it came from a file, and where it has another answer.
    """
    with app.db.read() as conn:
        one = comments.at_address(conn, app.brand().id, url)
        if one is None:
            return None
        platform = one.comment.account.partition(":")[0]
        if authors.opted_out(conn, one.brand, platform, one.comment.author.id):
            raise NotAllowed(say("The author asked to be left alone."))
    if one.deleted:
        raise NotAllowed(say("The author removed the comment."))
    if one.source:
        raise NotAllowed(say("It came from a file: there is nothing to answer."))
    if one.draft and one.draft != draft_id and one.state in _ANSWERED:
        raise NotAllowed(
            say("It has an answer already: draft {draft}.", draft=one.draft),
            next_step=say("`signoff edit {draft}` changes it, `signoff cancel {draft}` drops it.", draft=one.draft),
        )
    return one


def kept(app: App, one: Entry, version: DraftVersion, who: str) -> None:
    """Note with a comment the draft that answers it; the thread is this person's from now on.

    So the answer is not sent when the author removes the comment or asks to be left alone. Doing it twice does nothing
    new.
    """
    with app.desk.deciding() as conn:
        fresh, now = comments.get(conn, one.id, lock=True), app.clock.now()
        if fresh.draft == version.draft_id:
            return
        more = {"rule": "person", "draft": version.draft_id, "assignee": fresh.assignee or who}
        states = tuple(CommentState)
        comments.move(conn, one.id, states, CommentState.PROPOSED, at=now, who=who, why=f"{who} answers", **more)
        authors.take_over(conn, one.comment.account, one.thread, who, now)
