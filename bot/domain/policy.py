"""Who must sign what: approval rules as values. The first rule that matches decides; without one, a person is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from bot.domain.replies import ReplyPolicy
from bot.domain.spans import Hours, speaks


class Kind(StrEnum):
    """What sort of thing would be published."""

    POST = "post"
    REPLY = "reply"
    THREAD = "thread"


class Risk(StrEnum):
    """What makes a text delicate; found by checks, never by the author."""

    CLAIMS = "claims"
    PRICE = "price"
    LEGAL = "legal"
    CRISIS = "crisis"


__all__ = [
    "DEFAULT", "ApprovalPolicy", "Ask", "Conditions", "Hours", "Kind", "Outcome", "PolicyRule", "Refuse", "ReplyPolicy",
    "Risk", "Subject",
]  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What is decided upon."""

    #: ``platform:name``.
    account: str
    kind: Kind = Kind.POST
    #: BCP 47.
    language: str = "en"
    risks: frozenset[Risk] = frozenset()
    #: Wall time, in the account's zone, at which it would go out; None when it is not known.
    wall: time | None = None

    @property
    def platform(self) -> str:
        return self.account.partition(":")[0]


@dataclass(frozen=True)
class Conditions:
    """When a rule matches: every list that is not empty must hold; within a list, one is enough."""

    platform: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    kind: tuple[Kind, ...] = ()
    risk: tuple[Risk, ...] = ()
    #: ``zh`` also means ``zh-Hans``; ``zh-Hans`` means only itself.
    language: tuple[str, ...] = ()
    #: Never matches when the time is not known.
    hours: tuple[Hours, ...] = ()

    def match(self, subject: Subject) -> bool:
        """Say whether ``subject`` meets every condition."""
        return (
            (not self.platform or subject.platform in self.platform)
            and (not self.account or subject.account in self.account)
            and (not self.kind or subject.kind in self.kind)
            and (not self.risk or bool(subject.risks & set(self.risk)))
            and (not self.language or any(speaks(subject.language, tag) for tag in self.language))
            and (not self.hours or (subject.wall is not None and any(subject.wall in h for h in self.hours)))
        )

    def covers(self, other: Conditions) -> bool:
        """Say whether whatever ``other`` matches, this matches too; False where it cannot be told."""
        platforms = other.platform or tuple({key.partition(":")[0] for key in other.account})
        return (
            _holds(self.platform, platforms)
            and _holds(self.account, other.account)
            and _holds(self.kind, other.kind)
            and _holds(self.risk, other.risk)
            and _holds(self.hours, other.hours)
            and (
                not self.language
                or bool(other.language and all(any(speaks(x, tag) for tag in self.language) for x in other.language))
            )
        )


@dataclass(frozen=True)
class Ask:
    """People must sign."""

    #: How many different people; at least 1.
    needed: int = 1
    #: Who may; empty means anyone with the approver role.
    signers: tuple[str, ...] = ()
    #: The author, and whoever prompted the agent, cannot sign.
    four_eyes: bool = True
    expires_hours: float = 24.0
    #: When to remind, counted from the request; None means never.
    reminder_hours: float | None = None
    #: Person told when it lapses; empty means nobody in particular.
    escalate_to: str = ""
    #: One press may sign it together with others that are shown in full on the same page.
    together: bool = False
    #: How many posts of one series a signature may stand for, and for how many days; 0: each has its own.
    lasting: int = 0
    lasting_days: int = 90

    def __post_init__(self) -> None:
        if self.needed < 1:
            raise ValueError("at least one person must sign")
        if self.expires_hours <= 0:
            raise ValueError("a request must last some time")


@dataclass(frozen=True)
class Refuse:
    """It cannot be published at all, for the reason given."""

    reason: str


Outcome = Ask | Refuse


@dataclass(frozen=True)
class PolicyRule:
    """One line of the brand's policy."""

    name: str
    when: Conditions = field(default_factory=Conditions)
    outcome: Outcome = field(default_factory=Ask)


#: No rule means that a person is asked: one approver who is not the author, within a day.
DEFAULT = PolicyRule("default")


@dataclass(frozen=True)
class ApprovalPolicy:
    """The brand's rules, in the order in which they are tried."""

    rules: tuple[PolicyRule, ...] = ()
    #: What becomes of comments.
    replies: ReplyPolicy = field(default_factory=ReplyPolicy)

    def decide(self, subject: Subject) -> tuple[PolicyRule, ...]:
        """Return every rule that matches, in order, and DEFAULT last: the first one decides, the others explain."""
        return (*(rule for rule in self.rules if rule.when.match(subject)), DEFAULT)

    def rule_for(self, subject: Subject) -> PolicyRule:
        """Return the one rule that decides."""
        return self.decide(subject)[0]

    def shadowed(self) -> dict[str, str]:
        """Return the rules that can never decide, each with the name of an earlier one that catches all of it."""
        found: dict[str, str] = {}
        for n, rule in enumerate(self.rules):
            earlier = next((r for r in self.rules[:n] if r.when.covers(rule.when)), None)
            if earlier:
                found[rule.name] = earlier.name
        return found

    @property
    def reachable(self) -> tuple[PolicyRule, ...]:
        """The rules that can decide, with DEFAULT last unless a rule without conditions stands before it."""
        hidden = self.shadowed()
        rules = tuple(rule for rule in self.rules if rule.name not in hidden)
        return rules if any(rule.when == Conditions() for rule in rules) else (*rules, DEFAULT)


def _holds(mine: Iterable[object], other: Iterable[object]) -> bool:
    mine, other = set(mine), set(other)
    return not mine or (bool(other) and other <= mine)
