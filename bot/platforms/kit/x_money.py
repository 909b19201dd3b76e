"""What X charges for each call, and the account's purse: what was spent this month, and no call beyond the cap.

Prices: https://docs.x.com/x-api/getting-started/pricing, and the changelog of 16 April 2026 at
https://docs.x.com/changelog: a post $0.015, with a link $0.20, a summoned answer stays at $0.01 (read 2026-11-22).
X counts a resource read twice on one UTC day once ("a soft guarantee"); so does a purse for what it has read itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from bot.domain.draft import Part
from bot.errors import Misconfigured
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
_PENNY = 1e-9


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
    """What an account spends on X in a month of UTC, in ``facts`` under ``spend:2026-11``."""

    def __init__(self, context: Context, cap: str) -> None:
        self._context = context
        self.cap = self._number(cap)
        #: Resources that this process has paid for on a day.
        self._day, self._known = "", set[str]()
        if self.cap is not None and context.facts.load("cap") != self.cap:
            context.facts.store("cap", self.cap)

    @property
    def name(self) -> str:
        return f"spend:{self._context.clock.now():%Y-%m}"

    def spent(self) -> float:
        """Return what was spent this month."""
        return float(self._context.facts.load(self.name) or 0.0)

    @contextmanager
    def paying(self, most: float) -> Any:
        """Set aside ``most`` for a call and give back what it did not cost.

        Yields a list for the caller to put the true price into; without one the whole sum stays spent, since the call
        may have been carried out. Raises Misconfigured, before the call, where ``most`` would pass the cap: the
        account then waits for a person, who alone can raise it.
        """
        name, facts = self.name, self._context.facts
        total = facts.add(name, most)
        if self.cap is not None and total > self.cap + _PENNY:
            facts.add(name, -most)
            raise self._full(max(0.0, total - most))
        true: list[float] = []
        try:
            yield true
        finally:
            if true and true[0] < most:
                facts.add(name, true[0] - most)

    def of(self, kind: str, items: Iterable[Any], each: float) -> float:
        """Return the price of what an answer holds, leaving out what was already paid for today."""
        day = f"{self._context.clock.now():%Y-%m-%d}"
        if day != self._day:
            self._day, self._known = day, set()
        new = {f"{kind}:{item.get('id')}" for item in items if isinstance(item, dict)} - self._known
        self._known |= new
        return len(new) * each

    def _full(self, spent: float) -> Misconfigured:
        key = self._context.account.key
        variable = f"SIGNOFF_PLATFORMS__{key.replace(':', '__')}__MONTHLY_CAP".upper()
        return Misconfigured(
            say("${spent} of ${cap} for X are spent this month; the next call would pass it, so nothing was sent.",
                spent=f"{spent:.2f}", cap=f"{self.cap:.2f}"),
            next_step=say("Raise {variable} and resume {account}, or wait for next month and resume it then.",
                          variable=variable, account=key),
        )  # fmt: skip

    @staticmethod
    def _number(cap: str) -> float | None:
        if not cap.strip():
            return None
        try:
            number = float(cap.strip().lstrip("$"))
        except ValueError:
            number = -1.0
        if not 0 <= number < 1e9:
            raise Misconfigured(
                say("MONTHLY_CAP is {given!r}, which is no sum of US dollars.", given=cap),
                next_step=say("Write it as in 20 or 12.50; leave it empty for no cap."),
            )
        return number
