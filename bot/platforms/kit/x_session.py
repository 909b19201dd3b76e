"""The OAuth 2 session of an X account: in the vault, renewed once for all processes, stored before it is used.

An access token lives two hours; a refresh token works once and brings its successor, and only with ``offline.access``.
https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code (read 2026-11-22)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import failpoints
from bot.errors import BadInput, Misconfigured, Reconnect, Refused, TryLater
from bot.platforms.base import Context
from bot.platforms.kit.x_errors import StaleToken
from bot.words import say

SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access", "media.write")
#: What hiding answers takes beside them; a session without it does all else.
#: https://docs.x.com/x-api/posts/hide-replies/introduction (read 2026-11-22)
HIDES = "tweet.moderate.write"
_NAME = "session"
#: A token with less time than this left is renewed before it is used.
_MARGIN = 120.0
#: What says for sure that a refresh token, or the app, is no longer taken; a 403 of a firewall or a 404 does not. X
#: itself answers ``invalid_request`` ("Value passed for the token was invalid").
#: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 (read 2026-11-22)
_OVER = {"invalid_grant", "invalid_request", "invalid_client", "unauthorized_client", "invalid_token"}
Token = Callable[[dict[str, str], tuple[str, str] | None], dict[str, Any]]


@dataclass(frozen=True)
class Session:
    """What consent in the browser gave, or its successor. ``grant`` tells which consent it goes back to."""

    grant: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    #: ISO instant at which ``access`` ends.
    ends: str = ""
    scopes: tuple[str, ...] = ()


def granted(answer: Mapping[str, Any], now: datetime, before: Session | None = None) -> Session:
    """Read an answer of the token endpoint. Raises BadInput for one without tokens."""
    access, refresh = answer.get("access_token"), answer.get("refresh_token") or ""
    if not isinstance(access, str) or not access or not isinstance(refresh, str):
        raise BadInput(say("X's answer holds no token."), next_step=say("Start again."))
    try:
        seconds = float(answer.get("expires_in") or 7200)
    except (TypeError, ValueError):
        seconds = 7200.0
    said = answer.get("scope")
    scopes = tuple(said.split()) if isinstance(said, str) else before.scopes if before else ()
    grant = before.grant if before else hashlib.sha256(access.encode()).hexdigest()[:16]
    return Session(grant, access, refresh, (now + timedelta(seconds=seconds)).isoformat(), scopes)


def packed(session: Session) -> str:
    """Return the session as the setting ``tokens``."""
    return json.dumps(asdict(session))


def unpacked(text: str) -> Session | None:
    """Return the session in a setting or in the vault; None for none."""
    try:
        kept = json.loads(text)
        session = Session(**{**kept, "scopes": tuple(kept.get("scopes") or ())})
        datetime.fromisoformat(session.ends)
    except (ValueError, TypeError, AttributeError):
        return None
    return session


class Sessions:
    """The session of one account. ``token(form, basic)`` asks X's token endpoint."""

    def __init__(self, context: Context, settings: Mapping[str, str], token: Token) -> None:
        self._context, self._token = context, token
        self._client = (settings.get("client_id", ""), settings.get("client_secret", ""))
        self._first = unpacked(settings.get("tokens", ""))
        self._now: Session | None = None

    @property
    def known(self) -> bool:
        """Say whether somebody has connected the account this way."""
        return bool(self._client[0]) and self._first is not None

    def secrets(self) -> list[str]:
        """Return what must not be seen."""
        return [t for s in (self._first, self._now) if s for t in (s.access, s.refresh)]

    def current(self) -> Session:
        """Return a session that is good for some minutes: ours, the vault's, a renewed one, or that of the consent."""
        if self._first is None or not self._client[0]:
            raise Misconfigured(
                say("The account {account} has no login.", account=self._context.account.key),
                next_step=say("`signoff connect {account}`.", account=self._context.account.key),
            )
        if self._now is None:
            self._now = self._stored() or self._first
        if (datetime.fromisoformat(self._now.ends) - self._context.clock.now()).total_seconds() < _MARGIN:
            return self.renew(self._now)
        return self._now

    def _stored(self) -> Session | None:
        """Return the vault's session, unless a person has agreed anew since."""
        kept = unpacked(self._context.vault.load(_NAME) or "")
        return kept if kept and self._first and kept.grant == self._first.grant else None

    def renew(self, old: Session) -> Session:
        """Replace ``old``, once for all processes; the successor is stored before it is used.

        Raises Reconnect when X no longer renews it, and TryLater when X cannot be asked.
        """
        key, platform = self._context.account.key, self._context.account.platform
        step = say("`signoff connect {account}`, and agree on X's page again.", account=key)
        with self._context.vault.lock(_NAME):
            failpoints.hit("renew: locked")
            stored = self._stored()
            if stored is not None and stored.access != old.access:
                self._now = stored
                return stored
            if not old.refresh:
                raise Reconnect(
                    say("The session of {account} has ended and cannot be renewed (offline.access).", account=key),
                    platform=platform, next_step=step,
                )  # fmt: skip
            form = {"grant_type": "refresh_token", "refresh_token": old.refresh, "client_id": self._client[0]}
            try:
                answer = self._token(form, self._client if self._client[1] else None)
            except (StaleToken, Refused) as gone:
                # Refused to whoever waited long in here, while somebody else renewed it.
                newer = self._stored()
                if newer is not None and newer.access != old.access:
                    self._now = newer
                    return newer
                if not _OVER & set(gone.reply.split(": ")):
                    raise TryLater(say("X could not renew the session of {account} just now.", account=key),
                                   platform=platform, status=gone.status, reply=gone.reply) from None  # fmt: skip
                raise Reconnect(say("X no longer renews the session of {account}.", account=key), platform=platform,
                                status=gone.status, reply=gone.reply, next_step=step) from None  # fmt: skip
            try:
                fresh = granted(answer, self._context.clock.now(), old)
            except BadInput:
                raise TryLater(say("X's answer holds no token."), platform=platform, after=60.0) from None
            if not fresh.refresh:
                # An answer without a new refresh token leaves the old one in force (RFC 6749, section 6).
                fresh = Session(fresh.grant, fresh.access, old.refresh, fresh.ends, fresh.scopes)
            failpoints.hit("renew: answered")
            self._context.vault.store(_NAME, packed(fresh))
            failpoints.hit("renew: stored")
            self._now = fresh
            return fresh
