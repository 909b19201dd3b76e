"""Who the account behind a token is, what the token may do, and how it stands."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.errors import PlatformError
from bot.platforms.base import Health, Identity, Limits
from bot.platforms.kit import mastodon_connect as connect
from bot.platforms.kit.comments import table
from bot.platforms.kit.mastodon_wire import Wire
from bot.words import say


def scopes(wire: Wire) -> tuple[str, ...]:
    """Return what the app behind the token may do; nothing where the server does not tell (before 4.3).

    https://docs.joinmastodon.org/methods/apps/#verify_credentials (read 2026-11-22)
    """
    try:
        said = wire.table("read", lambda client: client.app_verify_credentials()).get("scopes")
    except PlatformError:
        return ()
    found = said.split() if isinstance(said, str) else said
    return tuple(str(scope) for scope in found) if isinstance(found, list) else ()


def identity(own: dict[str, Any], instance: Any, base: str, granted: tuple[str, ...]) -> Identity:
    """Return who ``own`` is: its handle carries the server's name, which need not be the host it is reached at."""
    named = str(table(instance).get("domain") or urlsplit(base).netloc)
    host = named.removeprefix("https://").removeprefix("http://").rstrip("/")
    remark = say(
        'The profile does not say that software speaks here: tick "This is an automated account" at {url} if it does.',
        url=f"{base}/settings/profile",
    )
    return Identity(
        str(own["id"]),
        f"{own.get('username') or own.get('acct') or ''}@{host}",
        name=str(own.get("display_name") or ""),
        scopes=granted,
        lacking=connect.lacking(granted) if granted else (),
        remarks=() if own.get("bot") else (remark,),
    )


def health(who: Identity, limits: Limits, host: str) -> list[Health]:
    """Return the lines of ``signoff doctor`` about an account that answered."""
    lacking = ", ".join(who.lacking)
    rights = ", ".join(who.scopes) or say("the server does not say")
    fix = say("Give the app there the rights listed when you connect, then connect the account again.")
    return [
        Health("login", True, say("signed in as {handle} on {host}", handle=who.handle, host=host)),
        Health("rights", not lacking, say("missing: {names}", names=lacking) if lacking else rights,
               fix if lacking else ""),
        Health("limits", True, say("{n} characters, {images} pictures", n=limits.text, images=limits.images)),
        Health("automated", True, who.remarks[0] if who.remarks else say("marked as automated")),
    ]  # fmt: skip
