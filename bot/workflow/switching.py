"""The kill switch and paused accounts: stop at once, and go on again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.brand import Brand, Person, Role
from bot.errors import NotAllowed, NotFound, Stale
from bot.store import desk as rows
from bot.store import events, moved
from bot.words import say
from bot.workflow.desk import Desk


def stop(desk: Desk, who: str, why: str) -> tuple[bool, str]:
    """Stop everything; return whether that changed anything, and why it is stopped now.

    While the database is being moved the stop moves along. Raises Misconfigured once it was: the other one goes on.
    """
    with desk.db.write() as conn:
        moved.refuse(conn, moving=False)
        changed = rows.set_stop(conn, True, who=who, why=why, at=desk.clock.now())
        return changed, rows.stopped(conn)


def resume(
    desk: Desk, brand: Brand, person: Person, account: str | None, why: str, *, asked: datetime | None = None
) -> tuple[bool, str]:
    """Go on after a stop, or let one paused account go on.

    Return whether that changed anything, and why everything is stopped still, if it is. Raises NotAllowed for anybody
    who is no approver or where another brand's person stopped everything, NotFound, and Stale where a stop or pause is
    newer than ``asked``: nobody meant that one. Raises Misconfigured once the database was moved.
    """
    if not person.may(Role.APPROVER):
        raise NotAllowed(
            say("{person} is not an approver of {brand}.", person=person.name, brand=brand.name),
            next_step=say("Ask an approver or an admin to resume."),
        )
    if account is not None and brand.account(account) is None:
        known = ", ".join(a.key for a in brand.accounts)
        raise NotFound(
            say("{brand} has no account {account}.", brand=brand.name, account=repr(account)),
            next_step=say("It has: {known}.", known=known),
        )
    with desk.db.write() as conn:
        moved.refuse(conn, moving=False)
        subject = f"account:{account}" if account else "switch"
        last = events.about(conn, subject)[-1:]
        if asked is not None and last and last[0]["now"] in ("on", "paused") and last[0]["at"] > asked and (
            rows.paused(conn, account) if account else rows.stopped(conn)
        ):  # fmt: skip
            raise Stale(
                say("It was stopped anew after you asked to go on."), next_step=say("See why, then ask once more.")
            )
        if account is None:
            _of_their_own(desk, conn, brand, last[0]["who"] if last else "")
            changed = rows.set_stop(conn, False, who=person.id, why=why, at=desk.clock.now())
        else:
            changed = rows.pause(conn, account, "", who=person.id, at=desk.clock.now())
        return changed, rows.stopped(conn)


def _of_their_own(desk: Desk, conn: Connection, brand: Brand, who: str) -> None:
    """Raise NotAllowed where everything was stopped by somebody who is of other brands of the home alone."""
    if brand.person(who) is not None or not rows.stopped(conn):
        return
    theirs = [one for one in (desk.brand(conn, i)[0] for i in rows.brands(conn)) if one.person(who) is not None]
    if theirs:
        names = ", ".join(one.name for one in theirs)
        raise NotAllowed(
            say("Everything was stopped by {who} of {brand}.", who=who, brand=names),
            next_step=say("Ask an approver of {brand} to resume.", brand=names),
        )
