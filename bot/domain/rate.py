"""How often something may be done: a generic cell rate algorithm (GCRA), which spaces calls; a few may come at once.

https://www.rfc-editor.org/rfc/rfc1633 names the token bucket; GCRA is ITU-T I.371, annex A: a bucket that is one
instant, the one at which it would be empty again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

#: What a call does there: creates a post, uploads a medium, deletes, reads.
Act = Literal["post", "media", "delete", "read", "hide"]


@dataclass(frozen=True)
class Quota:
    """A platform's limit: at most ``most`` units in any ``seconds``; ``costs`` says what each act takes of them."""

    name: str
    most: int
    seconds: float
    costs: dict[Act, int] = field(hash=False)
    #: Units that may come at once; 0: a quarter of what is used of the limit.
    burst: int = 0
    #: Where the platform says so, and when that was read.
    source: str = ""
    #: Whether it is the app's, for all accounts that use it together; else each account has its own.
    shared: bool = False

    @property
    def key(self) -> str:
        return f"{self.name}:{self.seconds:g}"


@dataclass(frozen=True)
class Pace:
    """A quota of which a share is used: ``burst`` units at once, and one more every ``every``.

    In any half-open window of the quota's length go at most ``most * share`` units (at least one): with ``burst`` b and
    interval T, fewer than b + window / T do.
    """

    burst: int
    every: timedelta

    @classmethod
    def of(cls, quota: Quota, share: float) -> Pace:
        usable = max(1, int(quota.most * share + 1e-9))
        # A larger burst would have to be paid for with gaps that are longer than the window.
        burst = min((usable + 1) // 2, quota.burst or max(1, usable // 4, *quota.costs.values()))
        return cls(burst, timedelta(seconds=quota.seconds / (usable - burst + 1)))

    def free_at(self, empty: datetime | None, now: datetime, units: int) -> datetime:
        """Return when ``units`` may be taken: ``now`` or later. ``empty`` is what ``take`` returned last."""
        full = timedelta(seconds=self.every.total_seconds() * (self.burst - min(units, self.burst)))
        return max(now, self._kept(empty, now) - full)

    def take(self, empty: datetime | None, now: datetime, units: int) -> datetime:
        """Take ``units`` at ``now``; return the instant at which the bucket is empty again."""
        return max(self._kept(empty, now), now) + self.every * min(units, self.burst)

    def _kept(self, empty: datetime | None, now: datetime) -> datetime:
        # A bucket fuller than full was written under a clock that ran ahead: it must not block for the difference.
        return min(empty, now + self.every * self.burst) if empty else now
