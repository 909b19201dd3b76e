"""Reply: what becomes of a comment that was read: a rule decides, an answer is drafted, people or the rule sign it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.domain.comment import CommentState, Entry
from bot.domain.draft import Draft, Part
from bot.domain.replies import WRITES, ReplyAction, ReplyRule
from bot.errors import SignoffError
from bot.store import authors, comments, drafts
from bot.workflow import by_rule, escalate, fitting, hide, propose, still, turn
from bot.workflow.desk import Desk
from bot.workflow.written import Write, Written

log = logging.getLogger(__name__)

#: Comments decided in one go; seconds for which nobody else takes them; seconds until one that stumbled comes again.
BATCH, HOLD, AGAIN = 16, 600.0, 60.0
#: How a policy's answers are signed as author: nobody's own words.
AUTHOR = "policy"
__all__ = ["AUTHOR", "Write", "Written", "language", "reply"]


def reply(desk: Desk, write: Write | None = None, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Decide about every comment that was read; return how many came to what. Never raises for one comment."""
    done: Counter[str] = Counter()
    name = turn.worker_id()
    while not stopping():
        with desk.db.write() as conn:
            now = desk.clock.now()
            gone = [h for h in comments.holders(conn) if turn.gone(h)]
            found = comments.claim(conn, name, now, now + timedelta(seconds=HOLD), BATCH,
                                   state=CommentState.TRIAGED, gone=gone, undecided=True)  # fmt: skip
        if not found:
            return done
        for one in found:
            try:
                done[_decide(desk, one, write)] += 1
            except SignoffError as error:
                done["failed"] += 1
                _again(desk, one, name, str(error))
            except Exception as error:
                log.exception("comment %s stumbled", one.id)
                done["failed"] += 1
                _again(desk, one, name, type(error).__name__)
    return done


def _again(desk: Desk, one: Entry, name: str, why: str) -> None:
    """Try once more later; then people decide."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        if one.failures < 2:
            comments.let_go(conn, [one.id], name, until=now + timedelta(seconds=AGAIN), failed=True)
        else:
            comments.decided(conn, one.id, now, "default", f"no answer could be written: {why}")


def _decide(desk: Desk, one: Entry, write: Write | None) -> str:
    with desk.db.read() as conn:
        brand, policy = desk.brand(conn, one.brand)
        rule = policy.replies.rule_for(escalate.remark(brand, one, desk.clock.now()))
        quiet = rule.action in (ReplyAction.IGNORE, ReplyAction.HIDE)
        why = "" if one.source else escalate.must(one, policy.replies, quiet=quiet)
        action, less = by_rule.allowed(conn, brand, rule)
        bar, thread = "", []
        if action in WRITES and not why:
            bar = still.barred(desk, conn, brand, one, automatic=action is ReplyAction.AUTOMATIC, rule=rule)
            if bar and action is ReplyAction.AUTOMATIC:
                # What a machine may not send, a person may sign.
                action, less = ReplyAction.PROPOSE, bar
                bar = still.barred(desk, conn, brand, one, automatic=False, rule=rule)
            thread = [] if bar else comments.before(conn, one)
        if action is ReplyAction.HIDE:
            bar = hide.spent(conn, one, rule, desk.clock.now())
    if why or rule.action is ReplyAction.ESCALATE:
        return _settle(desk, one, rule, CommentState.ESCALATED, why or f"the rule {rule.name} puts it to people")
    if action is ReplyAction.IGNORE:
        return _settle(desk, one, rule, CommentState.IGNORED, f"the rule {rule.name} lets it be")
    if action is ReplyAction.HIDE and not bar:
        return _settle(desk, one, rule, CommentState.HIDDEN, f"the rule {rule.name} hides it")
    if action not in WRITES or bar or write is None:
        with desk.db.write() as conn:
            lacks = "nothing writes here" if write is None and action in WRITES else ""
            comments.decided(conn, one.id, desk.clock.now(), rule.name, bar or lacks)
        return "left"
    made = write(brand, one, thread, rule)
    if made.action == "escalate" or not made.text.strip():
        why = made.why or "the writer found nothing that it could say"
        return _settle(desk, one, rule, CommentState.ESCALATED, why)
    return _propose(desk, one, rule, action, made, less)


def _settle(desk: Desk, one: Entry, rule: ReplyRule, state: CommentState, why: str) -> str:
    with desk.db.write() as conn:
        now = desk.clock.now()
        if comments.move(conn, one.id, CommentState.TRIAGED, state, at=now, who="policy", why=why, rule=rule.name):
            if state is CommentState.ESCALATED:
                escalate.tell(conn, one, why, now)
            elif state is CommentState.HIDDEN:
                hide.by_rule(conn, desk.brand(conn, one.brand)[0], one, rule, now)
    return state.value


def _propose(desk: Desk, one: Entry, rule: ReplyRule, action: ReplyAction, made: Written, less: str) -> str:
    """Store the draft, its comment's state and, for an automatic one, its signature: all in one transaction."""
    said = one.comment
    # A question back promises nothing, but where it goes a person decides.
    alone = action is ReplyAction.AUTOMATIC and made.action == "reply" and not made.hold
    wish = propose.Proposal(
        account=said.account, parts=(Part(made.text),), author=AUTHOR, origin="model", citations=made.citations,
        reply_parent=said.remote_id, visibility=said.visibility, language=language(one), kind="reply",
        evidence={**made.evidence, "to": {"words": one.text, "url": said.url}, "comment": one.id, "rule": rule.name,
                  **({"one_click": True} if made.one_press(action) else {})},
    )  # fmt: skip
    wish = fitting.prepared(desk, wish)
    with desk.db.write() as conn:
        now = desk.clock.now()
        brand, policy = desk.brand(conn, one.brand)
        fresh = comments.get(conn, one.id, lock=True)
        if bar := _overtaken(desk, conn, brand, one, fresh, rule, alone):
            comments.decided(conn, one.id, now, rule.name, bar)
            return "left"
        draft = Draft(desk.clock.new_id("d"), brand.id, said.account, "", AUTHOR, now, kind="reply")
        drafts.add(conn, draft)
        version = propose.add_version(desk, conn, draft, 1, wish, brand, policy)
        post = by_rule.sign(desk, conn, draft, version, rule) if alone else None
        state, name = CommentState.PROPOSED, rule.name
        if post is not None:
            state, name = CommentState.AUTO_REPLIED, authors.AUTO + rule.name
        args: dict[str, Any] = {"at": now, "who": "policy", "why": made.because(rule, less)}
        comments.move(conn, one.id, CommentState.TRIAGED, state, **args, rule=name, draft=draft.id)
    return state.value


def _overtaken(
    desk: Desk, conn: Connection, brand: Brand, one: Entry, fresh: Entry, rule: ReplyRule, automatic: bool
) -> str:
    if fresh.state is not CommentState.TRIAGED or fresh.comment.text != one.comment.text:
        return "it changed while an answer was written"
    return still.barred(desk, conn, brand, fresh, automatic=automatic, rule=rule)


def language(one: Entry) -> str:
    """Return the language to answer in: the commenter's."""
    found = one.triage.language if one.triage else ""
    return found if found and found != "und" else one.comment.language or "en"
