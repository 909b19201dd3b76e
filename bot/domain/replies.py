"""What becomes of a comment: reply rules as values. The first rule that matches decides; without one, people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from bot.domain.spans import Hours, speaks


class ReplyAction(StrEnum):
    """What a rule does with a comment."""

    #: It waits in the inbox for a person; nothing is written.
    LEAVE = "leave"
    #: Nobody has to do anything about it.
    IGNORE = "ignore"
    #: As ``ignore``, and lists leave it out: spam, abuse.
    HIDE = "hide"
    #: People are told at once, with all they need to know.
    ESCALATE = "escalate"
    #: An answer is drafted, and goes the way of every draft.
    PROPOSE = "propose"
    #: An answer is drafted that one approver signs with one press, also in a list.
    ONE_CLICK = "one_click"
    #: An answer is drafted and sent; the rule's owner answers for it.
    AUTOMATIC = "automatic"


#: Something is written for a comment.
WRITES = frozenset({ReplyAction.PROPOSE, ReplyAction.ONE_CLICK, ReplyAction.AUTOMATIC})
#: One step down the ladder of autonomy.
BELOW = {ReplyAction.AUTOMATIC: ReplyAction.ONE_CLICK, ReplyAction.ONE_CLICK: ReplyAction.PROPOSE}


@dataclass(frozen=True)
class Remark:
    """What a reply rule looks at: a comment, and what was read out of it."""

    #: ``platform:name``.
    account: str
    #: ``reply``, ``mention`` or ``quote``.
    kind: str
    language: str
    sentiment: str
    intent: str
    #: The lower one of the chances that sentiment and intent are right.
    confidence: float
    topics: frozenset[str] = frozenset()
    #: Wall time, in the account's zone, now.
    wall: time | None = None

    @property
    def platform(self) -> str:
        return self.account.partition(":")[0]


@dataclass(frozen=True)
class RemarkConditions:
    """When a reply rule matches: every list that is not empty must hold; within a list, one is enough."""

    platform: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    #: Never matches when the time is not known.
    hours: tuple[Hours, ...] = ()
    #: At least so sure, 0 to 1.
    confidence: float = 0.0

    def match(self, said: Remark) -> bool:
        """Say whether ``said`` meets every condition."""
        return (
            (not self.platform or said.platform in self.platform)
            and (not self.account or said.account in self.account)
            and (not self.kind or said.kind in self.kind)
            and (not self.sentiment or said.sentiment in self.sentiment)
            and (not self.intent or said.intent in self.intent)
            and (not self.topic or bool(said.topics & set(self.topic)))
            and (not self.language or any(speaks(said.language, tag) for tag in self.language))
            and (not self.hours or (said.wall is not None and any(said.wall in h for h in self.hours)))
            and said.confidence >= self.confidence
        )


@dataclass(frozen=True)
class ReplyRule:
    """One line of the brand's reply policy."""

    name: str
    action: ReplyAction
    when: RemarkConditions = field(default_factory=RemarkConditions)
    #: Person who answers for what an automatic rule sends: an approver. Needed there.
    owner: str = ""
    #: Most answers of this rule in a day (24 h), to everybody and to one author.
    per_day: int = 50
    per_author: int = 2
    #: An automatic rule answers by itself only while at least this share of its answers was signed unchanged,
    #: measured on its own last answers with 95 % certainty; until then one person signs each. 0: from the start.
    acceptance: float = 0.8
    #: Whether ``hide`` also hides it on the platform, from everybody; its owner answers for that.
    on_platform: bool = False


#: No rule means that people decide.
LEAVE = ReplyRule("default", ReplyAction.LEAVE)


@dataclass(frozen=True)
class Office:
    """When people of the brand answer, for the clock on comments."""

    #: Weekdays, 0 is Monday.
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: Hours = field(default_factory=lambda: Hours(time(9), time(18)))
    #: Working hours within which a comment is answered.
    within_hours: float = 8.0


@dataclass(frozen=True)
class ReplyPolicy:
    """The brand's reply rules, in the order in which they are tried."""

    rules: tuple[ReplyRule, ...] = ()
    office: Office = field(default_factory=Office)
    #: Whether an answer that no person looked at says so.
    disclose: bool = True
    #: Sums of money above this in a comment go to a person; in whatever currency it names.
    money_limit: float = 100.0
    #: Comments an hour that are far more, or far worse, than usual: scheduled posts are stopped.
    stop_on_spike: bool = False
    #: Such a spike: a statement is drafted for the account it stands on, and waits for its signatures.
    statement_on_spike: bool = False
    #: How many times the usual spread a spike must stand out.
    sensitivity: float = 6.0
    #: Whether the words of a comment stay here that its author removed.
    keep_deleted: bool = False

    def rule_for(self, said: Remark) -> ReplyRule:
        """Return the one rule that decides."""
        return next((rule for rule in self.rules if rule.when.match(said)), LEAVE)

    def rule(self, name: str) -> ReplyRule | None:
        """Return the rule of this name, or None."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def automatic(self, name: str) -> bool:
        """Say whether the rule of this name answers by itself."""
        rule = self.rule(name)
        return rule is not None and rule.action is ReplyAction.AUTOMATIC
