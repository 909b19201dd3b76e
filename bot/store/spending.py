"""What the language model costs a brand on a day of UTC, for all processes and across restarts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from bot.clock import Clock
from bot.errors import LimitReached
from bot.store.db import Database
from bot.store.facts import AccountFacts, of_account
from bot.words import say


def _key(brand: str) -> str:
    # Accounts are named ``platform:name``, so no brand's money is taken for an account's.
    return f"brand:{brand}"


def spent(conn: Connection, brand: str, day: str) -> float:
    """Return the US dollars that the model cost a brand on a day such as ``2026-11-22``."""
    return float(of_account(conn, _key(brand)).get(f"llm:{day}") or 0.0)


class ModelMoney:
    """The money of one brand for the model; ``cap`` in US dollars a day, None for no cap."""

    def __init__(self, db: Database, clock: Clock, brand: str, cap: float | None) -> None:
        self._db, self._clock, self._brand, self.cap = db, clock, brand, cap
        self._facts = AccountFacts(db, clock, _key(brand))

    def check(self) -> None:
        """Raise LimitReached once today's money is spent; two processes may each finish the call they are in."""
        if self.cap is None:
            return
        now = self._clock.now()
        with self._db.read() as conn:
            today = spent(conn, self._brand, f"{now:%Y-%m-%d}")
        if today < self.cap:
            return
        raise LimitReached(
            say("The model has cost ${spent} today, of ${cap} that {brand} may spend on a day.",
                spent=f"{today:.2f}", cap=f"{self.cap:.2f}", brand=self._brand),
            next_step=say("It goes on by itself on {time} UTC. To go on sooner raise SIGNOFF_LLM_DAILY_USD, or write "
                          "the text yourself.", time=f"{now + timedelta(days=1):%Y-%m-%d} 00:00"),
        )  # fmt: skip

    def add(self, usd: float) -> None:
        """Count one call of the model."""
        if usd > 0:
            self._facts.add(f"llm:{self._clock.now():%Y-%m-%d}", usd)
