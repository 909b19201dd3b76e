"""What an account's platform last said of it: who it is, what it may do, when a person must connect anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.brand import Account
from bot.platforms.terms import Identity
from bot.store import desk, facts, rates
from bot.store.vault import Store

FACT, _TOLD = "identity", "expiry_told"
#: A login that ends this soon is told of, each once: days.
AHEAD = (7, 1)
#: An identity is asked for anew after this long.
FRESH = timedelta(hours=24)


@dataclass(frozen=True)
class Known:
    """An identity as it was stored."""

    id: str
    handle: str
    scopes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    expires: datetime | None = None
    remarks: tuple[str, ...] = ()
    #: Id of the way it was connected by; empty for settings that were typed.
    way: str = ""
    #: When the platform said this, and when it was last asked, with or without an answer.
    at: datetime | None = None
    asked: datetime | None = None

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days until a person must connect anew; None for never."""
        return None if self.expires is None else max(-1, (self.expires - now) // timedelta(days=1))


def known(value: Any) -> Known | None:
    """Read a stored identity; None where there is none."""
    if not isinstance(value, dict) or not value.get("id"):
        return None

    def instant(name: str) -> datetime | None:
        return datetime.fromisoformat(value[name]) if value.get(name) else None

    def names(name: str) -> tuple[str, ...]:
        return tuple(map(str, value.get(name) or ()))

    return Known(
        id=str(value["id"]), handle=str(value.get("handle") or ""), way=str(value.get("way") or ""),
        scopes=names("scopes"), lacking=names("lacking"), remarks=names("remarks"),
        expires=instant("expires"), at=instant("at"), asked=instant("asked"),
    )  # fmt: skip


def of_account(conn: Connection, account: str) -> Known | None:
    """Return what is known of an account."""
    return known(facts.of_account(conn, account).get(FACT))


def made_from(conn: Connection, vault: Store, key: str) -> tuple[Account | None, str | None, dict[str, str]]:
    """Return what an account's adapter is made from, by what a transaction sees: the account as its brand has it, the
    handle that is known, and its sealed settings. Another process may connect it anew, or learn its new handle.
    """
    found = desk.account_of(conn, key)
    sealed = {n: s for n, s in vault.names(conn, key).items() if n.startswith("setting:")}
    return as_made(found[1] if found else None, facts.of_account(conn, key), sealed)


def as_made(
    account: Account | None, its: Mapping[str, Any], sealed: Mapping[str, str]
) -> tuple[Account | None, str | None, dict[str, str]]:
    """Return the same for a caller that has just read the account, all its facts and its sealed settings."""
    now = known(its.get(FACT))
    return account, now.handle if now else None, dict(sealed)


def remember(conn: Connection, account: str, said: Identity, now: datetime, *, way: str | None = None) -> Known:
    """Store what the platform says now; without ``way``, the one known stays."""
    before = of_account(conn, account)
    way = way if way is not None else before.way if before else ""
    found = Known(
        said.id, said.handle, said.scopes, said.lacking, said.expires, said.remarks, way=way, at=now, asked=now
    )
    _keep(conn, account, found, now)
    return found


def unanswered(conn: Connection, account: str, now: datetime) -> None:
    """Store that the platform was asked and said nothing."""
    if before := of_account(conn, account):
        _keep(conn, account, replace(before, asked=now), now)


def forget(conn: Connection, account: str) -> None:
    """Forget who an account is, and the limits of its login; money spent and limits of its server stay."""
    facts.forget(conn, account, FACT, _TOLD, "rate")
    rates.release(conn, account)


def stale(conn: Connection, now: datetime) -> list[str]:
    """Return accounts whose platform was not asked for a day.

    Where a login never ends and the platform takes money for the question, the next post is soon enough.
    """
    found = {a: known(v) for a, v in facts.named(conn, FACT).items()}
    paid = facts.named(conn, f"spend:{now:%Y-%m}")
    return sorted(
        account
        for account, who in found.items()
        if who and (who.asked is None or now - who.asked >= FRESH) and (who.expires or account not in paid)
    )


def ending(conn: Connection, now: datetime) -> list[tuple[str, Known, int]]:
    """Return (account, identity, mark) of logins that end soon and were not told of at this mark: 7 days or 1.

    What was last said more than a day ago may have been renewed since: it is asked for first (``stale``).
    """
    found, told = [], facts.named(conn, _TOLD)
    for account, value in sorted(facts.named(conn, FACT).items()):
        who = known(value)
        if who is None or who.expires is None or who.asked is None or now - who.asked >= FRESH + timedelta(hours=1):
            continue
        marks = [days for days in AHEAD if who.expires - now <= timedelta(days=days)]
        before = told.get(account) or {}
        if marks and not (before.get("expires") == who.expires.isoformat() and before.get("mark", 99) <= marks[-1]):
            found.append((account, who, marks[-1]))
    return found


def told(conn: Connection, account: str, who: Known, mark: int, now: datetime) -> None:
    """Store that people were told at this mark."""
    expires = who.expires.isoformat() if who.expires else ""
    facts.keep(conn, account, _TOLD, {"expires": expires, "mark": mark}, now)


def _keep(conn: Connection, account: str, value: Known, now: datetime) -> None:
    body = {n: v.isoformat() if isinstance(v, datetime) else v for n, v in asdict(value).items()}
    facts.keep(conn, account, FACT, body, now)
