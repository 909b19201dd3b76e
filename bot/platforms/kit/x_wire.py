"""Speak to X through tweepy: our session, our time-out, our clock; each failure as what happens next.

tweepy signs and builds the requests and nothing more: its ``request`` raises for an answer before anybody can read it,
and waits by itself where asked to, so an answer that is not 2xx is taken out of its hands (``Answered``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.rate import Act
from bot.errors import Misconfigured, OutcomeUnknown, PlatformError, TryLater
from bot.platforms.base import Context
from bot.platforms.kit import answers, x_errors
from bot.platforms.kit.answers import Kind
from bot.platforms.kit.rates import Rates
from bot.platforms.kit.x_money import Purse
from bot.platforms.kit.x_session import Sessions
from bot.words import say

#: tweepy names the old host; the documents say this one. https://docs.x.com/x-api/introduction (2026-11-22)
HOST, _OLD_HOST = "https://api.x.com", "https://api.twitter.com"
#: These write headers with tokens, and the bytes of pictures, into the log.
_TALKATIVE = ("tweepy", "requests_oauthlib", "oauthlib")
_KEYS = ("api_key", "api_secret", "access_token", "access_secret")
#: Both count posts and have a reset of their own. https://docs.x.com/x-api/fundamentals/rate-limits (2026-11-22)
_DAYS = ("x-user-limit-24hour-", "x-app-limit-24hour-")


class Answered(Exception):
    """An answer that is not 2xx, on its way past tweepy."""

    def __init__(self, response: Any) -> None:
        super().__init__(str(response.status_code))
        self.response = response


def open_session(timeout: float, transport: Any, heard: Callable[[str, str, Mapping[str, str]], None]) -> Any:
    """Return a ``requests`` session that follows nothing, waits no longer than ``timeout`` and tells each answer."""
    import requests  # noqa: TID251 - what tweepy speaks through

    class Session(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
            where = str(url).replace(_OLD_HOST, HOST, 1)
            # A redirect would carry the post to a place that nobody chose.
            more = {"timeout": timeout, **more, "allow_redirects": False}
            response = super().request(method, where, *args, **more)
            heard(str(method), where, response.headers)
            if not 200 <= response.status_code < 300:
                raise Answered(response)
            return response

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    session = Session()
    # Without a way of its own to sign, requests would put a password of ~/.netrc in the place of the token.
    session.auth = lambda request: request
    if transport is not None:
        session.mount("https://", transport)
        session.mount("http://", transport)
    return session


class Wire:
    """The connection of one account, by keys that do not end (OAuth 1) or by a session in the vault (OAuth 2)."""

    def __init__(self, context: Context, settings: Mapping[str, str], purse: Purse) -> None:
        self._context, self._settings, self.purse = context, settings, purse
        self.platform, self.account = context.account.platform, context.account.name
        self.keys = tuple(settings.get(name, "") for name in _KEYS)
        #: What X said last of what the token may do: ``read``, ``read-write``.
        self.access_level = ""
        self._rates = Rates(context, apart=True)
        self._client: Any = None
        self._http: Any = None
        self.sessions = None if all(self.keys) else Sessions(context, settings, self._token)

    def close(self) -> None:
        """Give back the connections."""
        if self._http is not None:
            self._http.close()
        self._http = self._client = None

    # --- calls ---------------------------------------------------------------------------------------------

    def read(
        self, route: str, params: dict[str, Any], *, each: float, most: int, kind: str = "tweet"
    ) -> dict[str, Any]:
        """Ask ``route``; ``each`` is the price of one of up to ``most`` things in the answer."""
        with self.purse.paying(each * most) as price:
            try:
                said = self._with_session("read", "GET", route, params, None)
            except (PlatformError, Misconfigured):
                price.append(0.0)
                raise
            data = said.get("data")
            usd = self.purse.of(kind, data if isinstance(data, list) else [data], each)
            along = said.get("includes")
            for name, items in along.items() if isinstance(along, dict) else ():
                usd += self.purse.of(name.removesuffix("s"), items if isinstance(items, list) else [], each)
            price.append(usd)
        return said

    def do(
        self, kind: Kind, method: str, route: str, body: Any = None, *, params: Any = None, usd: float = 0.0
    ) -> dict[str, Any]:
        """Have something done for ``usd``; a call that certainly was not carried out costs nothing."""
        with self.purse.paying(usd) as price:
            try:
                return self._with_session(kind, method, route, params, body)
            except OutcomeUnknown:
                raise
            except (PlatformError, Misconfigured):
                price.append(0.0)
                raise

    def _with_session(self, kind: Kind, method: str, route: str, params: Any, body: Any) -> dict[str, Any]:
        if self.sessions is None:
            return self._send(kind, method, route, params, body)
        session = self.sessions.current()
        try:
            return self._send(kind, method, route, params, body, session.access)
        except x_errors.StaleToken:
            # Refused at the door, so nothing happened: renew and knock once more.
            session = self.sessions.renew(session)
        try:
            return self._send(kind, method, route, params, body, session.access)
        except x_errors.StaleToken as again:
            # No word that the access was taken back, so nobody has to connect anew yet: X is asked again in a while.
            step = say("If this stays so: `signoff connect {account}`, and agree on X's page again.",
                       account=self._context.account.key)  # fmt: skip
            raise TryLater(
                say("X does not accept the session it has just given."), platform=self.platform, status=again.status,
                reply=again.reply, after=60.0, next_step=step,
            ) from None  # fmt: skip

    def _send(self, kind: Kind, method: str, route: str, params: Any, body: Any, bearer: str = "") -> dict[str, Any]:
        """Make one request and return its JSON object."""
        client = self._tweepy()
        client.bearer_token = bearer or None
        return self._answer(
            kind,
            lambda: client.request(method, route, params=params, json=body, user_auth=not bearer),
            renewable=bool(bearer),
        )

    def _token(self, form: dict[str, str], auth: tuple[str, str] | None) -> dict[str, Any]:
        """Ask the token endpoint, which is no part of tweepy's client."""
        http = self._session()
        return self._answer("write", lambda: http.post(HOST + "/2/oauth2/token", data=form, auth=auth), renewable=True)

    def _answer(self, kind: Kind, call: Callable[[], Any], *, renewable: bool) -> dict[str, Any]:
        import requests  # noqa: TID251 - what tweepy speaks through

        try:
            response = call()
            said = {} if kind == "write" and not response.content else response.json()
        except Answered as answered:
            raise self._no(kind, answered.response, renewable) from None
        except (requests.RequestException, OSError, ValueError) as cause:
            raise answers.silence(kind, cause, platform=self.platform, label=x_errors.LABEL) from None
        if not isinstance(said, dict) or (kind == "send" and not said):
            odd = ValueError("the answer is no JSON object")
            raise answers.silence(kind, odd, platform=self.platform, label=x_errors.LABEL)
        return said

    def _no(self, kind: Kind, response: Any, renewable: bool) -> PlatformError:
        try:
            body = response.json()
        except ValueError:
            body = None
        return x_errors.no(
            kind, int(response.status_code), response.headers, body, self._context.clock.now(), platform=self.platform,
            account=self._context.account.key, renewable=renewable, scrub=self.scrub,
        )  # fmt: skip

    # --- what it needs -------------------------------------------------------------------------------------

    def _session(self) -> Any:
        if self._http is None:
            self._http = open_session(self._context.timeout, self._context.transport, self._heard)
        return self._http

    def _tweepy(self) -> Any:
        if self._client is None:
            if self.sessions is None or self.sessions.known:
                import tweepy  # type: ignore[import-untyped]

                key, secret, token, token_secret = (value or None for value in self.keys)
                self._client = tweepy.Client(None, key, secret, token, token_secret, wait_on_rate_limit=False)
                self._client.session = self._session()
            else:
                name = f"SIGNOFF_PLATFORMS__{self._context.account.key.replace(':', '__')}".upper()
                raise Misconfigured(
                    say("The account {account} has no login.", account=self._context.account.key),
                    next_step=say("`signoff connect {account}`, or set {name}__API_KEY and the three keys beside it.",
                                  account=self._context.account.key, name=name),
                )  # fmt: skip
        return self._client

    def _heard(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """Note what the token may do, and what is left of the rate of this kind of call."""
        self.access_level = headers.get("x-access-level", self.access_level)
        now, path = self._context.clock.now(), url.partition("?")[0].removeprefix(HOST)
        if "/oauth2/" in path:
            return
        act: Act = "media" if path.startswith("/2/media") else "read"
        if path.startswith("/2/tweets") and method.upper() in ("POST", "DELETE"):
            act = "post" if method.upper() == "POST" else "delete"
        self._rates.heard(act, headers, now)
        for prefix in _DAYS if act == "post" else ():
            day = {f"x-rate-limit-{name}": headers.get(prefix + name, "") for name in ("remaining", "reset")}
            self._rates.heard("post", day, now, noted=False)

    def scrub(self, text: str) -> str:
        """Return ``text`` without anything secret of this account."""
        secrets = [*self.keys, self._settings.get("client_secret", ""), self._settings.get("tokens", "")]
        if self.sessions is not None:
            secrets += self.sessions.secrets()
        for secret in filter(None, secrets):
            text = text.replace(secret, "[secret]")
        return text
