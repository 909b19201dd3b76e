"""How a comment stands, in the words of every surface that shows its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.comment import CommentState, Entry, Triage
from bot.domain.draft import DraftState
from bot.words import joined, retold, say

if TYPE_CHECKING:
    from bot.workflow.card import Card


def stands(one: Entry, answer: Card | None, alone: bool) -> str:
    """Say how a comment stands, given its answer and whether its author asked to be left alone."""
    if one.deleted:
        return say("its author removed it")
    if alone:
        return say("its author asked to be left alone")
    if one.state is CommentState.PROPOSED and answer is not None:
        return {
            DraftState.IN_REVIEW: say("an answer waits for a signature"),
            DraftState.PROPOSED: say("a check holds its answer back"),
            DraftState.APPROVED: say("its answer is signed off"),
        }.get(answer.version.state, say("its answer was not signed"))
    return {
        CommentState.NEW: say("not read yet"),
        CommentState.TRIAGED: say("it waits in the inbox"),
        CommentState.PROPOSED: say("it waits for a person"),
        CommentState.ESCALATED: say("it needs a person"),
        CommentState.AUTO_REPLIED: say("a rule answers it"),
        CommentState.ANSWERED: say("answered"),
        CommentState.IGNORED: say("nothing is said to it"),
        CommentState.HIDDEN: say("hidden on the desk"),
        CommentState.CLOSED: say("done"),
    }[one.state]


def tongue(code: str) -> str:
    """Return a language's name for those that most comments are in, and the code of any other."""
    known = {"en": say("English"), "zh": say("Chinese")}
    return known.get(code.split("-")[0].lower(), code)


def priority(read: Triage) -> str:
    """Say how urgent a comment is, and why."""
    return reasoned(say(read.priority.name.lower()), joined(*(retold(why) for why in read.urgency)))


def reasoned(state: str, why: str) -> str:
    """Say a state with its reason behind it, where there is one."""
    return joined(say("{state}.", state=state), why) if why else state
