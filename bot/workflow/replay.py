"""What a reply policy would have done with stored comments, against what became of them. It changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.comment import CommentState, Entry
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import WRITES, ReplyAction
from bot.store import comments
from bot.workflow import escalate
from bot.workflow.desk import Desk

#: Comments of one rule that are named as examples.
_SHOWN = 3
_MACHINES = frozenset({"own", "bot", "spam", "opt-out", "poison"})


@dataclass
class Line:
    """What one rule would have done, and what people did with the same comments."""

    rule: str
    action: str
    comments: int = 0
    people: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass
class Replay:
    """What a policy would have done."""

    days: int
    comments: int = 0
    #: There were more than were asked for: these are the newest.
    cut: bool = False
    #: Not read yet, so no rule can look at them.
    unread: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    #: Comments a day (``YYYY-MM-DD``) by action.
    by_day: dict[str, Counter[str]] = field(default_factory=dict)


def replay(
    desk: Desk, brand_id: str, days: int, policy: ApprovalPolicy | None = None, most: int | None = None
) -> Replay:
    """Return what a policy (else the brand's) would have done with the comments of the last ``days``.

    With ``most``, only the newest of them.

    Each comment is taken as if it had come alone, at its own hour: caps by author and rule count within the replay,
    what a platform forbids a machine is taken off, and the ladder is left out: it depends on answers never written.
    """
    found = Replay(days)
    with desk.db.read() as conn:
        brand, own = desk.brand(conn, brand_id)
        since = desk.clock.now() - timedelta(days=days)
        said = comments.recent(conn, brand_id, since, limit=most and most + 1)[::-1]
    if most is not None and len(said) > most:
        found.cut, said = True, said[1:]
    rules = (policy or own).replies
    answered: Counter[tuple[str, str]] = Counter()
    sent: Counter[tuple[str, str]] = Counter()
    for one in said:
        found.comments += 1
        if one.triage is None:
            found.unread += 1
            continue
        rule = rules.rule_for(escalate.remark(brand, one, one.comment.at))
        action, why = rule.action, rule.name
        if one.aside in _MACHINES:
            action, why = ReplyAction.IGNORE, f"({one.aside})"
        elif action not in (ReplyAction.IGNORE, ReplyAction.HIDE) and escalate.must(one, rules):
            action, why = ReplyAction.ESCALATE, "(law, press, crisis, money)"
        elif action in WRITES:
            day = f"{one.comment.at:%Y-%m-%d}"
            place, again = (one.thread, one.comment.author.id), answered[one.thread, one.comment.author.id]
            account = brand.account(one.comment.account)
            cls = desk.platform_class(one.comment.account.partition(":")[0])
            barred = account is None or bool(cls.may_answer(one.comment, account, automatic=True))
            if again:
                action, why = ReplyAction.LEAVE, "(answered before)"
            elif action is ReplyAction.AUTOMATIC and (barred or sent[rule.name, day] >= rule.per_day):
                action = ReplyAction.PROPOSE
            if action in WRITES:
                answered[place] += 1
                sent[rule.name, day] += action is ReplyAction.AUTOMATIC
        _note(found, one, why, action)
    return found


def _note(found: Replay, one: Entry, rule: str, action: ReplyAction) -> None:
    line = found.lines.setdefault(f"{rule} {action.value}", Line(rule, action.value))
    line.comments += 1
    line.people[_did(one)] += 1
    if len(line.examples) < _SHOWN:
        line.examples.append(one.id)
    found.by_day.setdefault(f"{one.comment.at:%Y-%m-%d}", Counter())[action.value] += 1


def _did(one: Entry) -> str:
    """Name what became of a comment in truth."""
    if one.answered or one.state is CommentState.ANSWERED:
        return "answered"
    return "waiting" if one.state in (CommentState.NEW, CommentState.TRIAGED) else one.state.value
