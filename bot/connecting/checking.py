"""What must be right of an account's settings before anything is sent with them."""

from __future__ import annotations

import difflib

from bot.domain.brand import Account
from bot.errors import Misconfigured
from bot.platforms.base import Platform
from bot.words import say


def variable(key: str, name: str) -> str:
    """Return the environment variable of a setting of the account ``platform:name``."""
    platform, _, account = key.partition(":")
    return f"SIGNOFF_PLATFORMS__{platform}__{account}__{name}".upper()


def check_settings(key: str, adapter: type[Platform], given: dict[str, str]) -> None:
    """Refuse names that the adapter does not know, with the nearest that it does. Raises Misconfigured."""
    for name in given:
        if name not in adapter.settings:
            near = difflib.get_close_matches(name, adapter.settings, 1)
            known = ", ".join(adapter.settings) or "-"
            meant = say("Did you mean `{word}`?", word=near[0].upper()) if near else ""
            hint = meant or say("It knows: {names}.", names=known)
            raise Misconfigured(
                say("{variable} is not a setting of {platform}.", variable=variable(key, name), platform=adapter.label),
                next_step=hint,
            )


def check_handle(account: Account, given: dict[str, str], *, trial: bool = False) -> None:
    """Refuse an account that is connected as somebody else than the card shows. Raises Misconfigured.

    With ``trial`` the login is only tried, and not stored.
    """
    connected = given.get("handle", "").removeprefix("@").lower()
    shown = account.handle.removeprefix("@").lower()
    if connected and connected != shown and trial:
        raise Misconfigured(
            say("This login is of {connected}, but brand.yaml says {shown} for {account}.", account=account.key,
                connected=connected, shown=shown or say("no handle")),
            next_step=say("Sign in there as the right account and start again; or write {connected} into brand.yaml, "
                          "learn the folder, and start again.", connected=connected),
        )  # fmt: skip
    if connected and connected != shown:
        raise Misconfigured(
            say(
                "{account} is connected as {connected}, but brand.yaml says {shown}.",
                account=account.key,
                connected=connected,
                shown=shown or say("no handle"),
            ),
            next_step=say("Write the right handle into brand.yaml and learn it, or connect the account again."),
        )
