"""Tell people when the clock of a machine was set, and by which time their posts go out."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store import desk as rows
from bot.store import steady
from bot.words import say
from bot.workflow.desk import Desk


def keep(desk: Desk, conn: Connection) -> None:
    """Hold the time by which everything goes, on a machine with SQLite, against the machine's clock."""
    jump = steady.keep(conn)
    if jump is None:
        return
    minutes = f"{jump.seconds / 60:+.1f}"
    step = say("Look at this machine's time and its time service; `signoff doctor` says how far they are apart.")
    if jump.believed:
        said = say("Posts go out by the machine's clock again, which was set by {minutes} minutes.", minutes=minutes)
    else:
        said = say("The machine's clock was set by {minutes} minutes. For three minutes posts go out by the time "
                   "before, in case it is set back.", minutes=minutes)  # fmt: skip
    rows.notify(conn, desk.clock.now(), "", "clock", said, step)
