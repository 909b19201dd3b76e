"""Run one way of connecting: what was typed, then the consent in the browser, then the settings that came of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.connecting.loopback import PATIENCE, PORT, Loopback, address, belongs, returned, strayed
from bot.errors import BadInput, NotAllowed
from bot.platforms.base import Platform
from bot.platforms.terms import Consent, Way
from bot.words import say


@dataclass(frozen=True)
class Browser:
    """How the person gets to the platform's page and back."""

    #: Show an address and try to open it.
    show: Callable[[str], None]
    #: Ask for the address that the person was sent to; None where a browser on this machine comes back by itself.
    paste: Callable[[], str] | None = None
    port: int = PORT
    patience: float = PATIENCE


def way_of(adapter: type[Platform], wanted: str = "") -> Way | None:
    """Return the way with this id, or the first; None where the settings are simply typed. Raises BadInput."""
    if not wanted:
        return adapter.ways[0] if adapter.ways else None
    for way in adapter.ways:
        if way.id == wanted:
            return way
    known = ", ".join(way.id for way in adapter.ways) or "-"
    raise BadInput(
        say("{label} has no way {way} of connecting.", label=adapter.label, way=repr(wanted)),
        next_step=say("It has: {known}.", known=known),
    )


def complete(way: Way, typed: dict[str, str], stored: dict[str, str]) -> dict[str, str]:
    """Return the answer to each field: typed, else stored, else its default; a dash removes what is stored.

    What is missing is for the platform's own code to say: not every field is needed everywhere.
    """
    given = {f.name: typed.get(f.name) or stored.get(f.name) or f.default for f in way.fields}
    return {name: value for name, value in given.items() if value not in ("", "-")}


def settings(way: Way, given: dict[str, str], browser: Browser) -> dict[str, str]:
    """Return the settings to store: what was typed, and what the consent brought.

    Raises NotAllowed when the owner said no, BadInput when nobody or a stranger's answer came back, and what the
    adapter raises.
    """
    if way.begin is None or way.finish is None:
        return given
    if browser.paste is not None:
        redirect = address(browser.port)
        consent, expected = _bound(way.begin(given, redirect))
        browser.show(consent.url)
        found = _pasted(browser.paste(), redirect)
        if not belongs(found, expected):
            raise strayed()
    else:
        with Loopback(browser.port) as door:
            consent, expected = _bound(way.begin(given, door.redirect))
            door.expect(expected)
            browser.show(consent.url)
            found = door.wait(browser.patience)
    _agreed(found)
    return {**given, **way.finish(given, consent, found)}


def _bound(consent: Consent) -> tuple[Consent, dict[str, str]]:
    """Return the question and what its answer must bring back; one that names nothing gets a ``state``."""
    parts = urlsplit(consent.url)
    asked = dict(parse_qsl(parts.query))
    for name in ("state", "oauth_token"):
        if asked.get(name):
            return consent, {name: asked[name]}
    state = secrets.token_urlsafe(24)
    query = "&".join(filter(None, [parts.query, urlencode({"state": state})]))
    return Consent(urlunsplit(parts._replace(query=query)), consent.keep), {"state": state}


def _pasted(given: str, redirect: str) -> dict[str, str]:
    try:
        parts = urlsplit(given.strip())
    except ValueError:
        parts = urlsplit("")
    there = urlsplit(redirect)
    if (parts.scheme, parts.netloc, parts.path) != (there.scheme, there.netloc, there.path) or not parts.query:
        raise BadInput(
            say("That is not the address that the browser was sent to."),
            next_step=say("It begins with {address}: copy all of it from the address bar.", address=redirect + "?"),
        )
    return returned(parts.query)


def _agreed(found: dict[str, str]) -> None:
    """Raise for an answer that is no consent."""
    error = found.get("error", "")
    if error == "access_denied" or "denied" in found:
        raise NotAllowed(
            say("The platform says that access was refused; nothing was stored."),
            next_step=say("Start again and agree there, signed in as the account to connect."),
        )
    if error:
        why = "".join(c for c in found.get("error_description") or error if c.isprintable())[:200]
        raise BadInput(
            say("The platform did not give access: {why}", why=why),
            next_step=say("Compare the app's settings there with the steps above, then start again."),
        )
