"""The kill switch and paused accounts: stop at once, and go on again."""

from __future__ import annotations

from bot.domain.brand import Brand, Person, Role
from bot.errors import NotAllowed, NotFound
from bot.store import desk as rows
from bot.words import say
from bot.workflow.desk import Desk


def stop(desk: Desk, who: str, why: str) -> tuple[bool, str]:
    """Stop everything; return whether that changed anything, and why it is stopped now."""
    with desk.db.write() as conn:
        changed = rows.set_stop(conn, True, who=who, why=why, at=desk.clock.now())
        return changed, rows.stopped(conn)


def resume(desk: Desk, brand: Brand, person: Person, account: str | None, why: str) -> tuple[bool, str]:
    """Go on after a stop, or let one paused account go on.

    Return whether that changed anything, and why everything is stopped still, if it is. Raises NotAllowed for anybody
    who is no approver, NotFound.
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
        if account is None:
            changed = rows.set_stop(conn, False, who=person.id, why=why, at=desk.clock.now())
        else:
            changed = rows.pause(conn, account, "", who=person.id, at=desk.clock.now())
        return changed, rows.stopped(conn)
