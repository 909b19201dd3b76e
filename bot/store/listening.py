"""How far each account's comments were read, and when they are looked at next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.comment_tables import listening
from bot.store.desk import put


@dataclass(frozen=True)
class Ear:
    """One account's reading of comments."""

    account: str
    #: Where reading stopped, in the adapter's own words; empty before the first page.
    cursor: str = ""
    next_look: datetime | None = None
    #: When it was looked at last.
    at: datetime | None = None
    #: Looks in a row that failed, and why the last one did.
    failures: int = 0
    why: str = ""


def of(conn: Connection, account: str) -> Ear:
    """Return how far an account was read; a fresh one for an account that never was."""
    row = conn.execute(select(listening).where(listening.c.account == account)).mappings().one_or_none()
    if row is None:
        return Ear(account)
    return Ear(**row)


def all_of(conn: Connection) -> dict[str, Ear]:
    """Return how far every account was read."""
    return {row["account"]: Ear(**row) for row in conn.execute(select(listening)).mappings()}


def keep(
    conn: Connection, account: str, cursor: str, next_look: datetime, at: datetime, *, failures: int = 0, why: str = ""
) -> None:
    """Keep where reading stopped, in the transaction that stores what was read."""
    values = {"cursor": cursor, "next_look": next_look, "failures": failures, "why": why, "at": at}
    put(conn, listening, {"account": account}, values)
