"""Times at which a post may go out: the brand's posting times on each account, without those that are taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.brand import Account, Brand
from bot.workflow import quiet, when
from bot.workflow.slots import Slot

#: Where the brand names no posting times.
USUAL = ("10:00",)
#: A post needs this long to be written and signed.
LEAD = timedelta(hours=1)
#: Two posts of one account are at least so far apart.
APART = timedelta(hours=3)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """Days in a row on which an account says nothing."""

    account: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def times(brand: Brand) -> tuple[str, ...]:
    """Return the brand's posting times, in order."""
    return tuple(sorted(brand.plan.times)) or USUAL


def today(account: Account, now: datetime) -> date:
    """Return the date in the account's zone."""
    return now.astimezone(when.zone(account.zone)).date()


def free(
    brand: Brand,
    account: Account,
    taken: Iterable[datetime],
    now: datetime,
    days: int,
    *,
    first: date | None = None,
    avoid: Iterable[date] = (),
    apart: timedelta = APART,
) -> list[Slot]:
    """Return the posting times of the next days that are free, in order.

    ``taken`` are instants of posts on this account. Times that are past or too near to write for, that the clocks skip
    that day, that are quiet, or that stand within ``apart`` of another post are left out, and so are the dates in
    ``avoid``.
    """
    local, gone, busy = when.zone(account.zone), set(avoid), list(taken)
    start = max(first or today(account, now), today(account, now))
    found = []
    for n in range(days):
        on = start + n * A_DAY
        for clock in times(brand) if on not in gone else ():
            naive = datetime.combine(on, time.fromisoformat(clock))
            at = naive.replace(tzinfo=local, fold=0).astimezone(UTC)
            skipped = at.astimezone(local).replace(tzinfo=None) != naive
            if (
                skipped
                or at < now + LEAD
                or quiet.until(brand, account, at)
                or any(abs(at - other) < apart for other in busy)
            ):
                continue
            found.append(Slot(account.key, naive.strftime("%Y-%m-%dT%H:%M"), account.zone, at))
    return found


def gaps(account: Account, taken: Iterable[datetime], slots: Sequence[Slot], least: int = 2) -> list[Gap]:
    """Return the runs of days that have a free time and no post, of ``least`` days or more, in order."""
    local = when.zone(account.zone)
    used = {at.astimezone(local).date() for at in taken}
    empty = sorted({slot.day for slot in slots if slot.account == account.key} - used)
    found: list[Gap] = []
    for on in empty:
        if found and on - found[-1].last == A_DAY:
            found[-1] = Gap(account.key, found[-1].first, on)
        else:
            found.append(Gap(account.key, on, on))
    return [gap for gap in found if gap.days >= least]


def spread(slots: Sequence[Slot], n: int, apart: timedelta) -> list[Slot]:
    """Choose ``n`` times out of the free ones, as evenly as they allow and ``apart`` from each other; fewer at most."""
    chosen: list[Slot] = []
    left = sorted(slots, key=lambda s: s.at)
    if not left or n < 1:
        return []
    first, last = left[0].at, left[-1].at
    for k in range(n):
        ideal = first + (last - first) * (k / max(1, n - 1))
        fits = [s for s in left if all(abs(s.at - c.at) >= apart for c in chosen)]
        if not fits:
            break
        # The first time of a day before its others, where two are as near.
        best = min(fits, key=lambda s: (abs(s.at - ideal), s.at))
        chosen.append(best)
        left.remove(best)
    return sorted(chosen, key=lambda s: s.at)
