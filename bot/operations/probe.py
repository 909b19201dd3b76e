"""Is it alive, is it ready: what a supervisor, a load balancer or a person's browser asks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store import trouble
from bot.store.desk import put
from bot.store.tables import switch
from bot.words import say
from bot.workflow import alarms

OK = "ok"
#: Named on ``/readyz``, and no reason to take this process out.
OUTSIDE = ("model", "platforms")

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
    """Return whether posts go out from here, and what keeps them from it.

    Database, logins, worker, queue and clock decide. The model and the platforms are only named: nothing that is
    restarted or taken out here would bring them back.
    """
    found = {"database": _database(app), "keys": _keys(app)}
    if found["database"] == OK:
        found |= {"worker": _worker(app), **_alarms(app)}
    else:
        unknown = say("not known while the database cannot be used")
        found |= dict.fromkeys(("worker", "queue", "clock", "model", "platforms"), unknown)
    return all(said == OK for name, said in found.items() if name not in OUTSIDE), found


def _database(app: App) -> str:
    try:
        with app.db.write() as conn:
            # Undone by the next one; a full disk shows only when something is written.
            now = app.clock.now()
            put(conn, switch, {"name": "probe"}, {"value": "", "who": "probe", "why": "", "at": now})
        return OK
    except SQLAlchemyError as error:
        known = trouble.kind(error)
        return trouble.named(known) if known else type(error).__name__


def _keys(app: App) -> str:
    try:
        app.vault.check()
        shut = ", ".join(app.vault.shut())
        return say("The logins of {accounts} cannot be opened with the keys at hand.", accounts=shut) if shut else OK
    except SignoffError as error:
        return error.message
    except SQLAlchemyError as error:
        return type(error).__name__


def _worker(app: App) -> str:
    try:
        with app.db.read() as conn:
            seen = [w["seen"] for w in rows.workers(conn)]
            now = app.clock.now()
    except SQLAlchemyError as error:
        return type(error).__name__
    return OK if any(now - at < FRESH for at in seen) else say("no worker gave a sign of life")


def _alarms(app: App) -> dict[str, str]:
    with app.db.read() as conn:
        now = app.clock.now()
        late, off = alarms.stuck(conn, now), alarms.skew(app.db, conn)
        away, silent = alarms.model_away(conn), alarms.silent(conn, now)
    return {
        "queue": say("{account}: a post waits since {time}", account=late[0], time=f"{late[1]:%Y-%m-%d %H:%M} UTC")
        if late
        else OK,
        "clock": say("{n} s apart from the database's", n=int(off.total_seconds())) if off > alarms.SKEW else OK,
        "model": say("it does not answer, since {time}", time=away) if away else OK,
        "platforms": say("no answer for {accounts}", accounts=alarms.named(silent)) if silent else OK,
    }
