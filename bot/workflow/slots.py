"""Weekly slots: the times that a brand gives its posts, and the next one that is free.

A slot is taken while a draft or a post of the account stands at its instant. Two people who ask at once get two slots:
the choice is made inside the transaction that stores the draft, with the account locked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from bot.domain.brand import Account, Brand
from bot.domain.draft import Window
from bot.domain.editorial import WeekSlot
from bot.errors import BadInput
from bot.store import desk as rows
from bot.store import drafts
from bot.words import say
from bot.workflow import quiet, when

#: A slot that is nearer than this would be over before anybody has signed.
LEAD = timedelta(minutes=15)
#: How far ahead a free slot is looked for.
DAYS = 26 * 7
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A window with a time opens then, whatever the present is.
_ANY = datetime.min.replace(tzinfo=UTC)
_EVERY_DAY = tuple(range(7))
_WISH = re.compile(r"(?P<day>[a-z]+|(?:周|星期|礼拜)[一二三四五六日天])?\s*(?P<at>\d{1,2}:\d\d)?")


@dataclass(frozen=True)
class Slot:
    """One slot of one day."""

    account: str
    #: ``YYYY-MM-DDTHH:MM`` in ``zone``.
    wall: str
    zone: str
    #: UTC.
    at: datetime

    @property
    def day(self) -> date:
        return date.fromisoformat(self.wall[:10])


def of_account(brand: Brand, account: Account) -> tuple[WeekSlot, ...]:
    """Return an account's weekly slots; a brand that has none publishes at its posting times."""
    own = tuple(s for s in brand.plan.slots if s.account in ("", account.key))
    return own or tuple(WeekSlot(_EVERY_DAY, at) for at in brand.plan.times)


def coming(brand: Brand, account: Account, first: date, days: int, of: Collection[WeekSlot] = ()) -> Iterator[Slot]:
    """Yield the slots of some days in order, without those in a quiet time; ``of`` replaces the brand's own."""
    weekly = of or of_account(brand, account)
    for n in range(days):
        on = first + timedelta(days=n)
        for clock in sorted({s.at for s in weekly if on.weekday() in s.days}):
            wall = f"{on.isoformat()}T{clock}"
            at, _ = when.instant(Window(wall, account.zone), _ANY)
            if quiet.until(brand, account, at) is None:
                yield Slot(account.key, wall, account.zone, at)


def taken(conn: Connection, account: Account, first: date, own: str = "") -> set[datetime]:
    """Return the instants from ``first`` on at which drafts or posts of an account stand; ``own`` is left out."""
    # A post may have been planned in another zone: a day earlier is early enough.
    since = (first - timedelta(days=1)).isoformat()
    return {
        when.instant(Window(wall, zone), _ANY)[0]
        for draft_id, wall, zone in drafts.planned(conn, account.key, since)
        if draft_id != own
    }


def choose(conn: Connection, brand: Brand, account: Account, wish: str, now: datetime, own: str = "") -> Window:
    """Return the window of the next free slot: ``next``, ``wed``, ``09:00`` or ``wed 09:00``.

    Call it inside a write transaction. ``own`` is the draft that asks. Raises BadInput where none is free.
    """
    rows.lock_account(conn, account.key)
    today = now.astimezone(when.zone(account.zone)).date()
    return free(brand, account, wish, now, taken(conn, account, today, own))


def free(brand: Brand, account: Account, wish: str, now: datetime, busy: Collection[datetime]) -> Window:
    """Return the window of the first slot that a wish means and that is not among the ``busy``. Raises BadInput."""
    weekly = _wished(of_account(brand, account), wish)
    today = now.astimezone(when.zone(account.zone)).date()
    for slot in coming(brand, account, today, DAYS, weekly):
        if slot.at >= now + LEAD and slot.at not in busy:
            return Window(slot.wall, slot.zone, brand.grace_minutes)
    raise BadInput(
        say("{account} has no free slot in the next {n} weeks.", account=account.key, n=DAYS // 7),
        next_step=say("Add slots in brand.yaml, or give a time with --at."),
    )


def _wished(weekly: tuple[WeekSlot, ...], wish: str) -> tuple[WeekSlot, ...]:
    """Return the slots that a wish means; a day with a time need not be a slot of the brand. Raises BadInput."""
    text = wish.strip().lower()
    found = re.fullmatch(_WISH, text)
    unread = BadInput(
        say("{text} names no slot.", text=repr(wish)), next_step=say("Write next, wed, 09:00 or 'wed 09:00'.")
    )
    if not text or not found or (text != "next" and found["day"] and (day := weekday(found["day"])) is None):
        raise unread
    days = _EVERY_DAY if text == "next" or not found["day"] else (day or 0,)
    clock = found["at"].zfill(5) if found["at"] else ""
    if clock and not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", clock):
        raise unread
    if clock and found["day"]:
        return (WeekSlot(days, clock),)
    kept = tuple(
        WeekSlot(both, s.at) for s in weekly if clock in ("", s.at) and (both := tuple(d for d in s.days if d in days))
    )
    if not kept:
        raise BadInput(
            say("The brand has no such slot: {text}.", text=repr(wish)) if weekly else say("The brand has no slots."),
            next_step=say("Add slots in brand.yaml, or give a time with --at."),
        )
    return kept


def weekday(text: str) -> int | None:
    """Return the number of a weekday's name in English or Chinese, Monday is 0; None for anything else."""
    if text[-1:] in "一二三四五六日天" and text[:-1] in ("周", "星期", "礼拜"):
        return "一二三四五六日".index("日" if text[-1] == "天" else text[-1])
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((n for n, name in enumerate(full) if text in (WEEKDAYS[n], name, name + "s")), None)
