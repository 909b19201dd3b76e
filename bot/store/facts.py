"""What is known of an account and is no secret: limits of its server, rates, money spent. One JSON value a name."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.clock import Clock
from bot.store.db import Database
from bot.store.desk import put
from bot.store.plain import Plain
from bot.store.tables import account_fact

_FACTS = Plain(select(account_fact.c.name, account_fact.c.value).where(account_fact.c.account == bindparam("account")))


def of_account(conn: Connection, account: str) -> dict[str, Any]:
    """Return every fact of an account."""
    return {name: value for name, value in _FACTS.rows(conn, {"account": account})}  # noqa: C416


def named(conn: Connection, name: str) -> dict[str, Any]:
    """Return one fact of every account that has it, as ``{account: value}``."""
    rows = conn.execute(select(account_fact).where(account_fact.c.name == name)).mappings()
    return {row["account"]: row["value"] for row in rows}


def keep(conn: Connection, account: str, name: str, value: Any, at: datetime) -> None:
    """Keep one fact, within a transaction that does more."""
    put(conn, account_fact, {"account": account, "name": name}, {"value": value, "at": at})


def forget(conn: Connection, account: str, *names: str) -> None:
    """Forget these facts of an account; without names, all of them."""
    where = [account_fact.c.account == account, *([account_fact.c.name.in_(names)] if names else [])]
    conn.execute(delete(account_fact).where(*where))


class AccountFacts:
    """The Facts of ``bot/platforms/base.py`` for one account."""

    def __init__(self, db: Database, clock: Clock, account: str) -> None:
        self._db, self._clock, self._account = db, clock, account

    def load(self, name: str) -> Any:
        with self._db.read() as conn:
            return of_account(conn, self._account).get(name)

    def store(self, name: str, value: Any) -> None:
        with self._db.write() as conn:
            put(conn, account_fact, self._key(name), {"value": value, "at": self._clock.now()})

    def add(self, name: str, amount: float) -> float:
        where = (account_fact.c.account == self._account, account_fact.c.name == name)
        with self._db.write() as conn:
            # The row is made first and locked, so that two processes that begin at once add up.
            with suppress(IntegrityError), conn.begin_nested():
                conn.execute(insert(account_fact).values(**self._key(name), value=0.0, at=self._clock.now()))
            before = conn.execute(select(account_fact.c.value).where(*where).with_for_update()).scalar_one()
            total = float(before) + amount
            put(conn, account_fact, self._key(name), {"value": total, "at": self._clock.now()})
        return total

    def _key(self, name: str) -> dict[str, Any]:
        return {"account": self._account, "name": name}
