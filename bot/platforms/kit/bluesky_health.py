"""What ``signoff doctor`` says of a Bluesky account: login, handle, session, clock, and the half that reads."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from bot.errors import Misconfigured, PlatformError, Reconnect, SignoffError, TryLater
from bot.platforms.base import Health
from bot.platforms.kit.atproto import Wire, expiry
from bot.platforms.kit.bluesky_record import did_of
from bot.words import say


def lines(wire: Wire, now: datetime) -> list[Health]:
    """Check both halves: the account's server, which posts and deletes, and the AppView, which reads for it."""
    try:
        wire.anonymous("com.atproto.server.describeServer")
        wire.who()
        session = wire.session()
        reads = _reads(wire)
        # Without the AppView a server knows only its own handles: that says nothing about this one.
        resolved = did_of(wire, session.handle) if reads.ok else session.did
    except (PlatformError, Misconfigured) as bad:
        return [Health("login", False, bad.message, bad.next_step or _fix(bad))]
    said = say("signed in as {handle} on {host}", handle=session.handle, host=urlsplit(session.pds).netloc)
    found = [Health("login", True, said), reads]
    if reads.ok:
        same = resolved == session.did
        leads = say("{handle} leads to this account", handle=session.handle)
        elsewhere = say("{handle} leads elsewhere", handle=session.handle)
        fix = "" if same else say("Check the handle's DNS record or the setting HANDLE.")
        found.append(Health("handle", same, leads if same else elsewhere, fix))
    ends = expiry(session.refresh)
    days = (ends - now).days if ends else None
    fine = days is None or days >= 7
    told = say("good for {n} more days", n=days) if days is not None else say("no end given")
    fix = "" if fine else say("Let the worker run: each use renews the session.")
    found.append(Health("session", fine, told, fix))
    skew = abs(wire.skew or 0.0)
    fix = "" if skew < 60 else say("Set this machine's clock by NTP; posts carry its time.")
    return [*found, Health("clock", skew < 60, say("{skew:.0f} s from the server's", skew=skew), fix)]


def _reads(wire: Wire) -> Health:
    """Say whether comments and counts can be read."""
    try:
        wire.read_side()
    except TryLater as down:
        said = say("posting works, reading comments and counts does not: {why}", why=down.message)
        return Health("reading", False, said, say("Wait: posts go out meanwhile. https://status.bsky.app says more."))
    return Health("reading", True, say("comments and counts can be read"))


def _fix(error: SignoffError) -> str:
    if isinstance(error, Reconnect):
        return say("Connect the account again.")
    return say("Look at https://status.bsky.app and at the setting SERVICE, then try again.")
