"""An answer that a person asks the writer for: a draft like any other, for that person to edit and others to sign."""

from __future__ import annotations

from bot.domain.brand import Person
from bot.domain.comment import CommentState, Entry
from bot.domain.draft import Draft, DraftVersion, Part
from bot.domain.replies import ReplyAction, ReplyRule
from bot.errors import NotAllowed
from bot.store import authors, comments, drafts
from bot.words import say
from bot.workflow import fitting, handoff, propose, reply
from bot.workflow.desk import Desk

#: What the writer is told of the rule that asks.
_ASKED = ReplyRule("asked", action=ReplyAction.PROPOSE)


def possible(desk: Desk, comment_id: str, who: Person) -> Entry:
    """Return a comment that may get an answer now. Raises NotFound, NotAllowed."""
    handoff.may(who)
    with desk.db.read() as conn:
        one = comments.get(conn, comment_id)
        alone = authors.opted_out(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id)
    if one.deleted:
        raise NotAllowed(say("The author removed the comment."))
    if one.source:
        raise NotAllowed(say("It came from a file: there is nothing to answer."))
    if alone:
        raise NotAllowed(say("The author asked to be left alone."))
    if one.draft and one.state in (CommentState.PROPOSED, CommentState.AUTO_REPLIED):
        raise NotAllowed(say("It has an answer already: draft {draft}.", draft=one.draft))
    return one


def suggest(desk: Desk, write: reply.Write, comment_id: str, who: Person) -> DraftVersion | str:
    """Let the writer answer a comment; return the draft, or why it wrote none, in English as it is stored.

    The writing takes as long as the model does, outside of any transaction. Raises NotFound, NotAllowed, ModelError.
    """
    one = possible(desk, comment_id, who)
    with desk.db.read() as conn:
        brand, _ = desk.brand(conn, one.brand)
        thread = comments.in_thread(conn, one.comment.account, one.thread)
    made = write(brand, one, thread, _ASKED)
    if made.action in ("escalate", "ignore") or not made.text.strip():
        return made.why or "the writer found nothing that it could say"
    said = one.comment
    wish = propose.Proposal(
        account=said.account, parts=(Part(made.text),), author=who.id, origin="model", citations=made.citations,
        reply_parent=said.remote_id, visibility=said.visibility, language=reply.language(one), kind="reply",
        evidence={**made.evidence, "to": {"words": one.text, "url": said.url}, "comment": one.id},
    )  # fmt: skip
    wish = fitting.prepared(desk, wish)
    with desk.db.write() as conn:
        now, fresh = desk.clock.now(), comments.get(conn, comment_id, lock=True)
        if fresh.comment.text != said.text or fresh.deleted or fresh.draft != one.draft or fresh.state != one.state:
            return "it changed while an answer was written"
        brand, policy = desk.brand(conn, one.brand)
        draft = Draft(desk.clock.new_id("d"), brand.id, said.account, "", who.id, now, kind="reply")
        drafts.add(conn, draft)
        version = propose.add_version(desk, conn, draft, 1, wish, brand, policy)
        more = {"rule": fresh.rule or "person", "draft": draft.id, "assignee": fresh.assignee or who.id}
        why = f"{who.id} asked for an answer"
        comments.move(conn, one.id, fresh.state, CommentState.PROPOSED, at=now, who=who.id, why=why, **more)
    return version
