"""`/signoff resume [ACCOUNT]`: goes on after a stop, or lets a paused account go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.brand import Role
from bot.surfaces.slack.page import Page
from bot.words import joined, say
from bot.workflow import switching

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Go on after a stop, or let one paused account go on; approvers and admins may."
USAGE = "[PLATFORM:NAME]"
ROLE = Role.APPROVER


def run(ask: Ask) -> None:
    """Resume. Raises NotAllowed, NotFound."""
    account, _, why = ask.text.partition(" ")
    if account and ":" not in account:
        account, why = "", ask.text
    changed, still = switching.resume(ask.app.desk, ask.brand, ask.person, account or None, why, asked=ask.at)
    if not account:
        Page().text(say("Running again.") if changed else say("It was not stopped.")).reply(ask)
        return
    said = say("{account} goes on.", account=account) if changed else say("{account} was not paused.", account=account)
    more = say("Everything is still {stopped}: `/signoff resume`.", stopped=still) if still else ""
    Page().text(joined(said, more)).reply(ask)
