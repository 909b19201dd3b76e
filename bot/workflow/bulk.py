"""Many drafts at once: drawn and checked without holding anybody up, then stored in one transaction, all or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection

from bot.checks import duplicates
from bot.checks.base import Said
from bot.checks.kit.shelf import Shelf
from bot.domain.approval import ApprovalRequest
from bot.domain.brand import Account, Brand
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.policy import ApprovalPolicy
from bot.errors import Stale
from bot.platforms.base import Limits
from bot.store import approvals, drafts, events
from bot.store import desk as rows
from bot.words import say
from bot.workflow import fitting, propose, slots, terms, when
from bot.workflow.desk import Desk

#: With so many of the texts before it on the account is each compared.
NEAR = 300


@dataclass(frozen=True)
class Made:
    """One draft that is not stored yet."""

    draft: Draft
    version: DraftVersion
    #: None for one that a check holds back.
    request: ApprovalRequest | None


@dataclass(frozen=True)
class _Steady(Desk):
    """A desk that asks once what is the same for every row: secrets, what fits on an account, which class it has."""

    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, conn: Connection) -> _Steady:
        given = {f.name: getattr(desk, f.name) for f in fields(desk)}
        secrets = desk.secrets(conn)
        return cls(**{**given, "platform_class": cache(desk.platform_class), "secrets": lambda _: secrets})

    def limits(self, conn: Connection, account: str) -> Limits:
        if account not in self.known:
            self.known[account] = super().limits(conn, account)
        found: Limits = self.known[account]
        return found


@dataclass
class Batch:
    """Drafts in the making; nothing is stored before ``store``, and no transaction lasts longer than one draft.

    On SQLite a long read would hold the worker off.
    """

    desk: Desk
    brand: Brand
    policy: ApprovalPolicy
    now: datetime
    made: list[Made] = field(default_factory=list)
    _said: dict[str, Shelf] = field(default_factory=dict)
    _busy: dict[str, set[datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.desk.db.read() as conn:
            self.desk = _Steady.of(self.desk, conn)

    def add(self, wish: propose.Proposal) -> Made:
        """Draw and check one; a slot is taken among those of this batch too. Raises what ``propose.new`` raises."""
        brand, said = self.brand, self._before(wish.account)
        account = brand.account(wish.account)
        if wish.slot and account is not None:
            busy = self._taken(account)
            window = slots.free(brand, account, wish.slot, self.now, busy)
            wish = replace(wish, slot="", window=window)
        draft = Draft(
            self.desk.clock.new_id("d"), brand.id, wish.account, wish.brief, wish.author, self.now,
            kind=wish.kind, series=wish.series,
        )  # fmt: skip
        wish = fitting.prepared(self.desk, wish)
        with self.desk.db.read() as conn:
            version = propose.drawn(self.desk, conn, draft, 1, wish, brand, said)
        request = None
        if not version.blocked:
            request = terms.request(self.desk, draft, version, self.policy, self.now)
            version = replace(version, state=DraftState.IN_REVIEW)
        whole = "\n".join(p.text for p in version.content.parts)
        said.put(Said(draft.id, wish.account, whole, self.now))
        if account is not None and version.content.window.wall:
            self._taken(account).add(when.instant(version.content.window, self.now)[0])
        self.made.append(Made(draft, version, request))
        return self.made[-1]

    def _before(self, account: str) -> Shelf:
        if account not in self._said:
            with self.desk.db.read() as conn:
                self._said[account] = duplicates.shelf(self.desk.said(conn, account), NEAR)
        return self._said[account]

    def _taken(self, account: Account) -> set[datetime]:
        if account.key not in self._busy:
            today = self.now.astimezone(when.zone(account.zone)).date()
            with self.desk.db.read() as conn:
                self._busy[account.key] = slots.taken(conn, account, today)
        return self._busy[account.key]


def imported(conn: Connection, digest: str) -> datetime | None:
    """Return when a file was last stored, by its digest; None for one that never was."""
    return max((line["at"] for line in events.about(conn, f"import:{digest}")), default=None)


def store(batch: Batch, slotted: set[str], digest: str, told: Callable[[int], None], *, again: bool = False) -> None:
    """Store all of them in one transaction, or none.

    ``slotted`` are the drafts whose slot was chosen for them; ``digest`` is that of the file they came from. Raises
    Stale when the brand was learned anew, a slot was taken, or without ``again`` the file was stored by another.
    """
    desk, brand, made = batch.desk, batch.brand, batch.made
    anew = say("Nothing was stored; run it once more.")
    with desk.deciding() as conn:
        if desk.brand(conn, brand.id)[0] != brand:
            raise Stale(say("{brand} was learned anew meanwhile.", brand=brand.name), next_step=anew)
        now, chosen = desk.clock.now(), {m.draft.account for m in made if m.draft.id in slotted}
        for key in sorted({m.draft.account for m in made}):
            rows.lock_account(conn, key)
        if not again and imported(conn, digest):
            raise Stale(say("Somebody imported the same file meanwhile."), next_step=say("Look at `signoff queue`."))
        events.record(conn, now, made[0].version.author, f"import:{digest}", "", "imported", f"{len(made)} drafts")
        for key in sorted(chosen):
            account = brand.account(key)
            assert account is not None
            busy = slots.taken(conn, account, now.astimezone(when.zone(account.zone)).date())
            mine = [m for m in made if m.draft.id in slotted and m.draft.account == key]
            if any(when.instant(m.version.content.window, now)[0] in busy for m in mine):
                raise Stale(say("Somebody took a slot of {account} meanwhile.", account=key), next_step=anew)
        for at in range(0, len(made), 500):
            some = made[at : at + 500]
            drafts.add_many(conn, [m.draft for m in some], [m.version for m in some])
            approvals.add_many(conn, [m.request for m in some if m.request])
            events.record_many(conn, [line for m in some for line in _history(m)])
            told(at + len(some))


def _history(made: Made) -> list[tuple[datetime, str, str, str, str, str]]:
    """Return what the record says of a new draft: proposed, and put up for review."""
    version, subject = made.version, f"draft:{made.draft.id}@1"
    proposed = DraftState.PROPOSED.value
    lines = [(version.created, version.author, subject, "", proposed, version.note or version.origin)]
    if made.request is not None:
        review = DraftState.IN_REVIEW.value
        lines.append((version.created, "policy", subject, proposed, review, terms.why(made.request)))
    return lines
