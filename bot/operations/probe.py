"""Is it alive, is it ready: what a supervisor, a load balancer or a person's browser asks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store.desk import put
from bot.store.tables import switch
from bot.store.vault import Keys
from bot.words import say

#: Seconds after which a loop that did not turn hangs; and a sign of life is stale (a worker gives one every 5 s).
TURN, FRESH = 10.0, timedelta(seconds=20)


@dataclass
class Pulse:
    """Beaten by the process's loop; read by the thread that answers."""

    beaten: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        self.beaten = time.monotonic()

    def age(self) -> float:
        return time.monotonic() - self.beaten


def alive(pulse: Pulse) -> tuple[bool, dict[str, str]]:
    """Return whether the process's loop turns. It asks nothing else: a restart would mend nothing else."""
    age = pulse.age()
    return age < TURN, {"loop": "turning" if age < TURN else f"stands still for {age:.0f} s"}


def ready(app: App) -> tuple[bool, dict[str, str]]:
    """Return whether posts go out from here: the database takes writes, logins open, a worker lives."""
    found = {"database": _database(app), "keys": _keys(app), "worker": _worker(app)}
    return all(said == "ok" for said in found.values()), found


def _database(app: App) -> str:
    try:
        with app.db.write() as conn:
            # Undone by the next one; a full disk shows only when something is written.
            now = app.clock.now()
            put(conn, switch, {"name": "probe"}, {"value": "", "who": "probe", "why": "", "at": now})
        return "ok"
    except SQLAlchemyError as error:
        return type(error).__name__


def _keys(app: App) -> str:
    keys: Keys = app.vault.keys
    try:
        if keys.path is not None and not keys.given and not keys.path.exists():
            # Made with the first login; to ask must not make it.
            return "ok"
        app.vault.check()
        return "ok"
    except (SignoffError, SQLAlchemyError) as error:
        return type(error).__name__


def _worker(app: App) -> str:
    try:
        with app.db.read() as conn:
            conn.execute(select(1))
            seen = [w["seen"] for w in rows.workers(conn)]
            now = app.clock.now()
    except SQLAlchemyError as error:
        return type(error).__name__
    return "ok" if any(now - at < FRESH for at in seen) else say("no worker gave a sign of life")
