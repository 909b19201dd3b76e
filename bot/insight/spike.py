"""Whether an hour is far from what is usual at that hour of the week: by medians, so that one storm hides no other."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Weeks that make what is usual, and the fewest hours that tell anything.
WEEKS, FEWEST = 8, 48
#: Fewer comments than this in an hour are no crisis, whatever is usual; and the share of bad ones that is none.
LEAST, CALM = 12, 0.3
#: A median of distances times this is the spread of a normal distribution.
_SIGMA = 1.4826


@dataclass(frozen=True)
class Spike:
    """An hour that stands out."""

    at: datetime
    comments: int
    negative: int
    #: What is usual at that hour of the week.
    usual: float
    usual_negative: float
    #: How many times the usual spread it stands out: in number, and in bad ones.
    times: float
    times_negative: float


def hour_of(at: datetime) -> datetime:
    """Return the hour that an instant is in."""
    return at.replace(minute=0, second=0, microsecond=0)


def spike(counts: Mapping[datetime, tuple[int, int]], now: datetime, sensitivity: float) -> Spike | None:
    """Return the hour before ``now`` if it stands out by more than ``sensitivity`` spreads, and is bad; else None.

    ``counts`` are (comments, bad ones) by hour; hours without an entry had none. The hour is a moving one: the sixty
    minutes up to ``now`` are under the key ``now``.
    """
    said, bad = counts.get(now, (0, 0))
    if said < LEAST or bad < CALM * said:
        return None
    over = now - timedelta(hours=1)
    first = min((at for at in counts if at < over), default=now)
    usual, spread = _usual(counts, now, 0, first)
    usual_bad, spread_bad = _usual(counts, now, 1, first)
    times, times_bad = (said - usual) / spread, (bad - usual_bad) / spread_bad
    if times_bad < sensitivity:
        return None
    return Spike(now, said, bad, usual, usual_bad, round(times, 1), round(times_bad, 1))


def _usual(
    counts: Mapping[datetime, tuple[int, int]], now: datetime, which: int, first: datetime
) -> tuple[float, float]:
    """Return median and spread at this hour of the week; of all hours where there are too few weeks to tell."""
    start, hour = hour_of(now), timedelta(hours=1)
    # The hours behind the one that is over, as far back as anything is known, and as the weeks that are looked at.
    known = min(WEEKS * 168 - 1, (start - hour_of(first)) // hour)
    if known - 1 < FEWEST:
        # Nothing is known of a new account: a few an hour are taken for usual.
        return 2.0, 2.0
    same = range(168, known + 1, 168)
    values = [counts.get(start - n * hour, (0, 0))[which] for n in (same if len(same) >= 4 else range(2, known + 1))]
    middle = statistics.median(values)
    away = statistics.median(abs(v - middle) for v in values)
    # Counts scatter at least as chance lets them (Poisson).
    return middle, max(_SIGMA * away, max(middle, 1.0) ** 0.5)
