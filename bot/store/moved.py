"""The mark of a database that was, or is being, moved to another one: nothing may be sent from it any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.errors import Misconfigured
from bot.store.desk import MOVED, put
from bot.store.events import record
from bot.store.tables import switch
from bot.words import say


def mark(conn: Connection, to: str, *, at: datetime, who: str, done: bool) -> None:
    """Write down that this database is being moved, or was. ``to`` is an address without a password."""
    state = "moved" if done else "moving"
    put(conn, switch, {"name": MOVED}, {"value": state, "who": who, "why": to, "at": at})
    record(conn, at, who, "switch", "moving" if done else "", state, to)


def unmark(conn: Connection, *, at: datetime, who: str) -> bool:
    """Take the mark back; False when there is none."""
    if conn.execute(delete(switch).where(switch.c.name == MOVED)).rowcount == 0:
        return False
    record(conn, at, who, "switch", "moved", "back", "")
    return True


def marked(conn: Connection) -> bool:
    """Say whether this database is being moved or was: nothing is heard, asked or told from it any more."""
    return conn.execute(select(switch.c.name).where(switch.c.name == MOVED)).first() is not None


def refuse(conn: Connection, *, moving: bool = True) -> None:
    """Raise Misconfigured when this database was moved: whoever opens it works on the wrong one.

    Without ``moving`` what is still being moved is let pass: the word is copied along.
    """
    # Kept until this transaction ends: on PostgreSQL a copy that has not begun waits for what is written in it, and one
    # that has is waited for. A word that was let pass is in the copy, then.
    asked = select(switch).where(switch.c.name == MOVED).with_for_update(read=True)
    row = conn.execute(asked).mappings().one_or_none()
    if row is None or (row["value"] != "moved" and not moving):
        return
    step = say("Set SIGNOFF_DATABASE_URL to it. To go on with this one: `signoff migrate --stay`.")
    if row["value"] == "moved":
        raise Misconfigured(say("This database was moved to {name}.", name=row["why"]), next_step=step)
    raise Misconfigured(
        say("This database is being moved to {name}.", name=row["why"]),
        next_step=say("Wait for `signoff migrate`. If that broke off: `signoff migrate --stay`, then move again."),
    )
