"""The mark of a database that was, or is being, moved to another one: nothing may be sent from it any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, select

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


def unmark(conn: Connection, *, at: datetime, who: str, since: datetime | None = None) -> bool:
    """Take the mark back, or only the one that stands ``since`` then; False when there is none."""
    mine = [switch.c.name == MOVED] if since is None else [switch.c.name == MOVED, switch.c.at == since]
    if conn.execute(delete(switch).where(*mine)).rowcount == 0:
        return False
    record(conn, at, who, "switch", "moved", "back", "")
    return True


def since(conn: Connection) -> datetime | None:
    """Return when this database was marked; None where it is not."""
    return conn.execute(select(switch.c.at).where(switch.c.name == MOVED)).scalar_one_or_none()


def marked(conn: Connection) -> bool:
    """Say whether this database is being moved or was: nothing is heard, asked or told from it any more."""
    return since(conn) is not None


def refuse(conn: Connection, *, moving: bool = True) -> None:
    """Raise Misconfigured when this database was moved: whoever opens it works on the wrong one.

    Without ``moving`` what is still being moved is let pass: the word is copied along.
    """
    asked = select(switch).where(switch.c.name == MOVED)
    # First without a lock: who is refused anyway does not wait until the copy is made.
    _refuse(conn.execute(asked).mappings().one_or_none(), moving)
    if conn.dialect.name == "postgresql":
        # Kept until this transaction ends: a copy that has not begun waits for what is written in it, and one that has
        # is waited for. A word that was let pass is in the copy, then.
        _refuse(conn.execute(asked.with_for_update(read=True)).mappings().one_or_none(), moving)


def _refuse(row: RowMapping | None, moving: bool) -> None:
    if row is None or (row["value"] != "moved" and not moving):
        return
    step = say("Set SIGNOFF_DATABASE_URL to it. To go on with this one: `signoff migrate --stay`.")
    if row["value"] == "moved":
        raise Misconfigured(say("This database was moved to {name}.", name=row["why"]), next_step=step)
    raise Misconfigured(
        say("This database is being moved to {name}.", name=row["why"]),
        next_step=say("Wait for `signoff migrate`. If that broke off: `signoff migrate --stay`, then move again."),
    )
