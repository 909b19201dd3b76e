"""What X charges for each call, and the account's purse: what was spent, and no call beyond a cap.

Prices: https://docs.x.com/x-api/getting-started/pricing, and the changelog of 16 April 2026 at
https://docs.x.com/changelog: a post $0.015, with a link $0.20, a summoned answer stays at $0.01 (read 2026-11-22).
X counts a resource read twice on one UTC day once ("a soft guarantee"); so does a purse for what it has read itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bot.domain.draft import Part
from bot.errors import CapReached, Misconfigured
from bot.platforms.base import Charge, Context
from bot.platforms.kit.x_text import links_in
from bot.words import say

POST, LINKED, SUMMONED, ALT = 0.015, 0.200, 0.010, 0.005
#: Per post or user that an answer holds; the own timeline and own mentions are "owned reads".
READ_POST, READ_USER, READ_OWN = 0.005, 0.010, 0.001
#: The list has no line "delete a post": it is "Content: Manage" ($0.005) or "Interaction: Delete", the dearer one.
DELETE = 0.010
#: For the table of platforms.
PRICE = "$0.015 a post, $0.20 with a link, $0.01 an answer; reading costs $0.001 to $0.01 a post or person"
_PENNY, _DAY = 1e-9, timedelta(days=1)


def price(text: str, *, summoned: bool) -> float:
    """Return what creating a post with this text costs; an answer to somebody who asked for it has one price."""
    if summoned:
        return SUMMONED
    return LINKED if links_in(text) else POST


def charges(part: Part, *, reply: bool) -> tuple[Charge, ...]:
    """Return what sending ``part`` costs."""
    usd = price(part.text, summoned=reply)
    what = say("Answer") if reply else say("Post with a link") if usd == LINKED else say("Post")
    described = sum(bool(medium.alt) for medium in part.media)
    return Charge(what, usd), *([Charge(say("Alt texts"), described * ALT)] if described else [])


def advice(parts: Sequence[Part], *, reply: bool) -> list[str]:
    """Return the cheaper form where there is one.

    A link in an answer below the post is no cheaper: that answer is a post with a link, beside the first one.
    """
    linked = [part for part in parts if links_in(part.text)]
    if reply or not linked:
        return []
    saved = f"{LINKED - POST:.3f}"
    if len(linked) > 1:
        most = f"{(len(linked) - 1) * (LINKED - POST):.3f}"
        return [say("Each part with a link costs ${price} on X: all links in one part would save ${saved}.",
                    price=f"{LINKED:.2f}", saved=most)]  # fmt: skip
    return [
        say("The link makes this cost ${price} on X; without it, it would be ${saved} less. An answer with the link "
            "below the post costs as much as this one, so that saves nothing.", price=f"{LINKED:.2f}", saved=saved)
    ]  # fmt: skip


class Purse:
    """What an account spends on X, in ``facts``: ``spend:2026-11`` in a month of UTC, ``spend:2026-11-22`` on a day."""

    def __init__(self, context: Context, monthly: str, daily: str = "") -> None:
        self._context = context
        self.cap, self.daily = _dollars(monthly, "MONTHLY_CAP"), _dollars(daily, "DAILY_CAP")
        #: Resources that this process has paid for on a day.
        self._day, self._known = "", set[str]()
        for name, cap in (("cap", self.cap), ("cap_daily", self.daily)):
            if context.facts.load(name) != cap:
                context.facts.store(name, cap)

    @property
    def name(self) -> str:
        return f"spend:{self._context.clock.now():%Y-%m}"

    @property
    def day(self) -> str:
        return f"spend:{self._context.clock.now():%Y-%m-%d}"

    def spent(self, *, today: bool = False) -> float:
        """Return what was spent this month, or today."""
        return float(self._context.facts.load(self.day if today else self.name) or 0.0)

    def check(self, usd: float) -> None:
        """Raise CapReached where ``usd`` more would pass a cap."""
        self._refuse(self.spent() + usd, self.spent(today=True) + usd, usd)

    @contextmanager
    def paying(self, most: float) -> Any:
        """Set aside ``most`` for a call and give back what it did not cost.

        Yields a list for the caller to put the true price into; without one the whole sum stays spent, since the call
        may have been carried out. Raises CapReached, before the call, where ``most`` would pass a cap. Both sums are
        added to before they are looked at, so that processes which pay at once do not pass it together.
        """
        names, facts = (self.name, self.day), self._context.facts
        month, today = (facts.add(name, most) for name in names)
        true: list[float] = [0.0]
        try:
            self._refuse(month, today, most)
            true.clear()
            yield true
        finally:
            if true and true[0] < most:
                for name in names:
                    facts.add(name, true[0] - most)

    def of(self, kind: str, items: Iterable[Any], each: float) -> float:
        """Return the price of what an answer holds, leaving out what was already paid for today."""
        day = f"{self._context.clock.now():%Y-%m-%d}"
        if day != self._day:
            self._day, self._known = day, set()
        new = {f"{kind}:{item.get('id')}" for item in items if isinstance(item, dict)} - self._known
        self._known |= new
        return len(new) * each

    def _refuse(self, month: float, today: float, usd: float) -> None:
        """Raise CapReached where a cap is passed by sums that hold ``usd`` already."""
        if self.cap is not None and month > self.cap + _PENNY:
            raise self._full(self.cap, month - usd, usd, daily=False)
        if self.daily is not None and today > self.daily + _PENNY:
            raise self._full(self.daily, today - usd, usd, daily=True)

    def _full(self, cap: float, spent: float, usd: float, *, daily: bool) -> CapReached:
        now, key, platform = self._context.clock.now(), self._context.account.key, self._context.account.platform
        name = f"SIGNOFF_PLATFORMS__{key.replace(':', '__')}__{'DAILY' if daily else 'MONTHLY'}_CAP".upper()
        if usd > cap + _PENNY:
            said = say("This costs ${usd} on X, and the cap is ${cap}; nothing was sent.", usd=f"{usd:.3f}",
                       cap=f"{cap:.2f}")  # fmt: skip
            return CapReached(said, until=None, platform=platform, after=_DAY.total_seconds(),
                              next_step=say("Raise {variable}.", variable=name))  # fmt: skip
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        until = midnight + _DAY if daily else (midnight.replace(day=1) + 32 * _DAY).replace(day=1)
        sums = {"spent": f"{max(0.0, spent):.2f}", "cap": f"{cap:.2f}", "time": f"{until:%Y-%m-%d %H:%M}"}
        said = (
            say("${spent} of ${cap} for X are spent today, and the next call would pass it; "
                "{account} goes on by itself on {time} UTC.", account=key, **sums)
            if daily else
            say("${spent} of ${cap} for X are spent this month, and the next call would pass it; "
                "{account} goes on by itself on {time} UTC.", account=key, **sums)
        )  # fmt: skip
        step = say("To go on sooner raise {variable}.", variable=name)
        return CapReached(said, until=until, platform=platform, after=(until - now).total_seconds(), next_step=step)


def _dollars(cap: str, name: str) -> float | None:
    if not cap.strip():
        return None
    try:
        number = float(cap.strip().lstrip("$"))
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise Misconfigured(
            say("{name} is {given!r}, which is no sum of US dollars.", name=name, given=cap),
            next_step=say("Write it as in 20 or 12.50; leave it empty for no cap."),
        )
    return number
