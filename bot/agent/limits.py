"""What one run may cost, in one place, checked before the call that costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.errors import LimitReached

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel


class Ledger(Protocol):
    """What all runs of a brand cost on a day, in every process."""

    def check(self) -> None:
        """Raise LimitReached once the day's money is spent."""
        ...

    def add(self, usd: float) -> None:
        """Count one call."""
        ...


@dataclass(frozen=True)
class Limits:
    """The most a run may use; settings named ``SIGNOFF_LIMIT_STEPS``, ``_TOKENS``, ``_SECONDS`` and ``_USD``."""

    #: Calls of the model.
    steps: int = 12
    #: Tokens in and out, over all calls.
    tokens: int = 60_000
    seconds: float = 600.0
    usd: float = 0.50
    #: Tokens of one answer: what ends a model that does not end.
    reply_tokens: int = 1_000
    #: Where the money of the day is counted; None where calls cost nothing.
    ledger: Ledger | None = field(default=None, compare=False, repr=False)


@dataclass
class Usage:
    """What a run has used."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


@dataclass
class Meter:
    """Counts a run against its limits."""

    limits: Limits
    #: USD per million tokens.
    price_in: float = 0.0
    price_out: float = 0.0
    monotonic: Callable[[], float] = time.monotonic
    usage: Usage = field(default_factory=Usage)
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.monotonic()

    @classmethod
    def of(cls, limits: Limits | Meter | None, model: ConnectedModel) -> Meter:
        """Return the meter of a run that goes on, or a new one at the model's prices."""
        if isinstance(limits, Meter):
            return limits
        return cls(limits or Limits(), model.price_in, model.price_out)

    @property
    def seconds_left(self) -> float:
        return self.limits.seconds - (self.monotonic() - self.started)

    def check(self) -> None:
        """Raise LimitReached if the next call of the model would be one too many."""
        used, most = self.usage, self.limits
        if used.calls >= most.steps:
            raise _reached("steps", f"{most.steps} calls of the model")
        if used.tokens >= most.tokens:
            raise _reached("tokens", f"{most.tokens} tokens")
        if self.seconds_left <= 0:
            raise _reached("seconds", f"{most.seconds:g} seconds")
        if used.usd >= most.usd and (self.price_in or self.price_out):
            raise _reached("usd", f"{most.usd:g} USD")
        if most.ledger is not None:
            most.ledger.check()

    def reply_tokens(self) -> int:
        """Return how long the next answer may be."""
        return max(1, min(self.limits.reply_tokens, self.limits.tokens - self.usage.tokens))

    def add(self, tokens_in: int, tokens_out: int) -> None:
        """Count one call."""
        self.usage.calls += 1
        self.usage.tokens_in += tokens_in
        self.usage.tokens_out += tokens_out
        usd = (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6
        self.usage.usd += usd
        if self.limits.ledger is not None:
            self.limits.ledger.add(usd)


def _reached(name: str, said: str) -> LimitReached:
    return LimitReached(
        f"The run stopped at its limit of {said}.",
        next_step=f"Raise SIGNOFF_LIMIT_{name.upper()}, or ask for less at once.",
    )
