"""What a writer of answers came to, and what writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.brand import Brand
from bot.domain.comment import Entry
from bot.domain.replies import ReplyAction, ReplyRule


@dataclass(frozen=True)
class Written:
    """What a writer came to; where it goes is decided by code."""

    #: ``reply``, ``ask`` (back, for what is missing), ``escalate`` or ``ignore``.
    action: str
    text: str = ""
    citations: tuple[str, ...] = ()
    why: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    #: Why a person must send it, whatever the rule says; empty where it may go out by itself.
    hold: str = ""

    def one_press(self, action: ReplyAction) -> bool:
        """Say whether it may wait with one button that signs and sends it."""
        return action is ReplyAction.ONE_CLICK and self.action == "reply" and not self.hold

    def because(self, rule: ReplyRule, less: str) -> str:
        """Say why its comment stands as it does, in English as it is stored; ``less`` is why a rule did less."""
        return "; ".join(filter(None, (less or f"the rule {rule.name}", self.hold, self.why)))


#: Write an answer: brand, comment, its thread (oldest first), rule. Raises a SignoffError where it cannot.
Write = Callable[[Brand, Entry, Sequence[Entry], ReplyRule], Written]
