"""Speak to one Mastodon server through Mastodon.py: our session, our time-out, every failure as what happens next.

Mastodon.py builds and sends the requests; answers are read as plain JSON, so that one odd record of a stranger cannot
make a whole page unreadable, and what happened is judged by the answer itself and not by the library's exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.rate import Act
from bot.errors import Misconfigured, PlatformError, Reconnect
from bot.platforms.base import Context
from bot.platforms.kit import answers
from bot.platforms.kit.rates import Rates
from bot.words import say

#: Mastodon.py reads these and raises on a form it does not know; a post would look as if it had failed.
_UNREAD = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "deprecation", "mastodon-async-refresh")
AGENT = "Signoff"


def base_of(instance: str) -> str:
    """Return ``https://host`` of what a person calls their server: a host, an address, or ``@name@host``.

    Raises Misconfigured for what is none. Plain HTTP is taken where it is written out.
    """
    said = instance.strip()
    if "://" not in said:
        said = "https://" + said.rpartition("@")[2]
    parts = urlsplit(said)
    try:
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        place = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    except ValueError:
        fine = False
    if not fine or any(c.isspace() for c in said):
        raise Misconfigured(
            say("{given!r} is no address of a Mastodon server.", given=instance),
            next_step=say("Write it as in https://mastodon.social."),
        )
    return f"{parts.scheme}://{place}"


def open_session(transport: Any = None) -> Any:
    """Return a ``requests.Session`` that remembers its last answer and goes nowhere else with a token.

    ``answer`` is the last response or None, ``failure`` what came instead, ``said`` its headers as they came.
    """
    import requests  # noqa: TID251 - what Mastodon.py speaks through

    class Watched(requests.Session):
        answer: requests.Response | None = None
        failure: Exception | None = None
        said: Mapping[str, str] = {}

        def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
            self.answer, self.failure, self.said = None, None, {}
            # A redirect would carry the token, or a post, to a place nobody chose.
            more["allow_redirects"] = False
            try:
                answer = super().request(method, url, *args, **more)
            except Exception as error:
                self.failure = error
                raise
            self.said = dict(answer.headers)
            for name in _UNREAD:
                answer.headers.pop(name, None)
            self.answer = answer
            return answer

    session = Watched()
    if transport is not None:
        session.mount("https://", transport)
        session.mount("http://", transport)
    return session


class Wire:
    """The connection of one account. ``status`` is that of the last answer."""

    def __init__(self, platform: str, label: str, base: str, secrets: Mapping[str, str], context: Context) -> None:
        self.platform, self.label, self.base = platform, label, base
        self._secrets, self._context = secrets, context
        self._client: Any = None
        self._session: Any = None
        self._rates, self._own_rates = Rates(context), Rates(context, apart=True)
        self.status = 0

    @property
    def token(self) -> str:
        """Return the account's token. Raises Misconfigured where it has no login."""
        if token := self._secrets.get("access_token", ""):
            return token
        name = f"SIGNOFF_PLATFORMS__{self.platform}__{self._context.account.name}__ACCESS_TOKEN".upper()
        raise Misconfigured(
            say("The account {account} has no login.", account=self._context.account.key),
            next_step=say("Connect the account, or set {name}.", name=name),
        )

    def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            self._session.close()
        self._session = self._client = None

    def call(self, kind: answers.Kind, do: Callable[[Any], Any], *, empty: bool = False) -> Any:
        """Have ``do(client)`` send one request and return the answer's JSON. Raises a PlatformError.

        With ``empty`` an answer may have no body, which is None then.
        """
        client = self._connect()
        session = self._session
        session.answer = session.failure = None
        try:
            do(client)
        except Exception:
            # Nothing went out: a mistake of ours, or of a setting.
            if session.answer is None and session.failure is None:
                raise
        if session.failure is not None:
            raise answers.silence(kind, session.failure, platform=self.platform, label=self.label) from None
        answer, now = session.answer, self._context.clock.now()
        self.status = answer.status_code
        self._heard(kind, now)
        if not 200 <= answer.status_code < 300:
            raise self._no(kind, answer, now)
        if empty and not answer.content.strip():
            return None
        try:
            return answer.json()
        except ValueError as odd:
            raise answers.silence(kind, odd, platform=self.platform, label=self.label) from None

    def table(self, kind: answers.Kind, do: Callable[[Any], Any]) -> dict[str, Any]:
        """Return an answer that must be a JSON object."""
        return self._shaped(kind, self.call(kind, do), dict)  # type: ignore[no-any-return]

    def rows(self, do: Callable[[Any], Any]) -> list[dict[str, Any]]:
        """Return an answer that must be a list; what is no object in it is left out."""
        return [row for row in self._shaped("read", self.call("read", do), list) if isinstance(row, dict)]

    def get(self, path: str) -> Any:
        """Return the JSON at ``path``: for what Mastodon.py asks in a form that servers redirect."""
        headers = {"Authorization": f"Bearer {self._secrets.get('access_token', '')}", "User-Agent": AGENT}
        more = {"headers": headers, "timeout": self._context.timeout, "auth": lambda request: request}
        return self.call("read", lambda client: client.session.request("GET", self.base + path, **more))

    def _shaped(self, kind: answers.Kind, found: Any, shape: type[Any]) -> Any:
        if not isinstance(found, shape):
            odd = ValueError("the answer has another shape")
            raise answers.silence(kind, odd, platform=self.platform, label=self.label)
        return found

    def _connect(self) -> Any:
        if self._client is None:
            from mastodon import Mastodon

            token = self.token
            self._session = open_session(self._context.transport)
            # A named version and "created" keep the library from asking the server which version it is;
            # "throw" keeps it from waiting by itself.
            self._client = Mastodon(
                api_base_url=self.base, session=self._session, request_timeout=self._context.timeout,
                ratelimit_method="throw", mastodon_version="99.0.0", version_check_mode="created", user_agent=AGENT,
            )  # fmt: skip
            # Given later, because the library takes a token that is the name of a file for that file's content.
            self._client.access_token = token
        return self._client

    # --- failures ------------------------------------------------------------------------------------------

    def _no(self, kind: answers.Kind, answer: Any, now: datetime) -> PlatformError:
        """Sort an answer that is not 2xx.

        Words and statuses: app/controllers/concerns/api/error_handling.rb and app/controllers/api/base_controller.rb
        of mastodon/mastodon (read 2026-11-22). A server says them in its own language, so only a hint hangs on words.
        """
        status, why = int(answer.status_code), self._scrub(_error(answer))
        kept: dict[str, Any] = {"platform": self.platform, "status": status, "reply": why}
        low = f"{why} {self._said('www-authenticate')}".lower()
        if status == 403 and ("insufficient_scope" in low or "authorized scopes" in low):
            step = say("Give the app there the rights listed when you connect, then connect the account again.")
            said = say("The access token of {account} may not do this.", account=self._context.account.key)
            return Reconnect(said, next_step=step, **kept)
        closed = status == 403 and ("your login is" in low or "your account" in low)
        if closed or (status == 422 and "authenticated user" in low):
            step = say("Sign in there to see why, then connect the account again.")
            said = say("{label} has closed this login: {why}", label=self.label, why=why[:200])
            return Reconnect(said, next_step=step, **kept)
        return answers.no(
            kind, status, self._session.said, now, platform=self.platform, label=self.label, why=why, reply=why
        )

    def _said(self, name: str) -> str:
        low = {str(key).lower(): str(value) for key, value in self._session.said.items()}
        return low.get(name, "")

    def _scrub(self, text: str) -> str:
        for secret in filter(None, self._secrets.values()):
            text = text.replace(secret, "[secret]")
        return text

    def _heard(self, kind: answers.Kind, now: datetime) -> None:
        """Note what is left of the rate: a server tells of the scarcest of those that the call falls under.

        Uploads and deletions have narrow limits of their own: used up, they keep back nothing else.
        """
        method = str(self._session.answer.request.method or "")
        act: Act = "delete" if method == "DELETE" else "media" if kind == "write" else "post"
        if kind == "send" or act == "post":
            self._rates.heard("post", self._session.said, now)
        else:
            self._own_rates.heard(act, self._session.said, now, noted=False)


def _error(answer: Any) -> str:
    """Return what an answer says is wrong: ``{"error": ...}``, ``{"error_description": ...}``, or nothing."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return str(said.get("error_description") or said.get("error") or "")
