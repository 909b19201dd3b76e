"""How each account's stream stands: whether somebody is connected, since when, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store import facts
from bot.store.tables import lease

#: Name of the account's fact.
FACT = "stream"


@dataclass(frozen=True)
class Standing:
    """One account's stream."""

    open: bool
    since: datetime
    why: str = ""


def lease_of(account: str) -> str:
    """Return the name of the lease under which one worker is connected."""
    return f"{FACT}:{account}"


def of(conn: Connection, account: str, now: datetime) -> Standing | None:
    """Return how a stream stands, at ``now`` by the database's clock; None for an account that never had one.

    A worker that died leaves no lease behind, and then nobody is connected whatever it wrote down.
    """
    kept = facts.of_account(conn, account).get(FACT)
    if not isinstance(kept, dict):
        return None
    until = conn.execute(select(lease.c.until).where(lease.c.name == lease_of(account))).scalar()
    held = bool(kept["open"]) and until is not None and until > now
    return Standing(held, datetime.fromisoformat(kept["since"]), str(kept["why"]))


def note(conn: Connection, account: str, is_open: bool, why: str, now: datetime) -> None:
    """Keep how it stands, since when it does."""
    kept = facts.of_account(conn, account).get(FACT) or {}
    if kept.get("open") != is_open or kept.get("why") != why:
        facts.keep(conn, account, FACT, {"open": is_open, "since": now.isoformat(), "why": why}, now)
