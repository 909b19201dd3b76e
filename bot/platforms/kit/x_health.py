"""Who an X account is, what its login may do, and what it has spent: for ``signoff connect`` and ``signoff doctor``."""

from __future__ import annotations

from bot.platforms.base import Health, Identity
from bot.platforms.kit.x_money import Purse
from bot.platforms.kit.x_posts import Me
from bot.platforms.kit.x_session import SCOPES
from bot.platforms.kit.x_wire import HOST, Wire
from bot.words import say


def scopes(wire: Wire) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the login may do, and what Signoff needs besides.

    Keys of OAuth 1 have a level, which each answer names in ``x-access-level``; a session of OAuth 2 has scopes.
    """
    if wire.sessions is not None:
        has = wire.sessions.current().scopes
        return has, tuple(scope for scope in SCOPES if has and scope not in has)
    level = wire.access_level
    return ((level,) if level else ()), (("read-write",) if level == "read" else ())


def identity(me: Me, wire: Wire) -> Identity:
    """Return who the account is. Neither kind of login ends while it is used, so nothing expires."""
    has, lacking = scopes(wire)
    remark = say(
        "X asks for the 'Automated' label on accounts that software speaks for, and for its owner's name in the bio; "
        "X does not tell apps whether the label is on. Look at https://x.com/settings/account/automation."
    )
    return Identity(me.id, me.handle, me.name, scopes=has, lacking=lacking, remarks=(remark,))


def health(me: Me, wire: Wire) -> list[Health]:
    """Return the lines for ``signoff doctor``."""
    has, lacking = scopes(wire)
    host = HOST.removeprefix("https://")
    lines = [Health("login", True, say("signed in as {handle} on {host}", handle=f"@{me.handle}", host=host))]
    fix = say("Give the app these rights at https://console.x.com, then `signoff connect {account}`.",
              account=f"x:{wire.account}") if lacking else ""  # fmt: skip
    said = say("lacks {names}", names=", ".join(lacking)) if lacking else (", ".join(has) or say("not told by X"))
    lines.append(Health("rights", not lacking, said, fix))
    return [*lines, *_money(wire.purse)]


def _money(purse: Purse) -> list[Health]:
    spent, cap = purse.spent(), purse.cap
    if cap is None:
        found = [Health("money", True, say("${spent} spent this month, no cap", spent=f"{spent:.2f}"))]
    else:
        said = say("${spent} of ${cap} spent this month", spent=f"{spent:.2f}", cap=f"{cap:.2f}")
        wait = say("Raise MONTHLY_CAP or wait for next month.")
        found = [Health("money", spent < cap, said, wait if spent >= cap else "")]
    if purse.daily is None:
        return found
    today = purse.spent(today=True)
    said = say("${spent} of ${cap} spent today", spent=f"{today:.2f}", cap=f"{purse.daily:.2f}")
    fix = say("Raise DAILY_CAP or wait for tomorrow (UTC).") if today >= purse.daily else ""
    return [*found, Health("money today", today < purse.daily, said, fix)]
