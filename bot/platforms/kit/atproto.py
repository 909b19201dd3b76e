"""Speak XRPC through the atproto SDK: one session an account, our time-out, and every failure as what happens next.

The SDK builds, validates and sends; answers are read as plain JSON, so that one odd record of a stranger cannot
make a whole page unreadable. Its own high-level client is not used: it refreshes on its own, under no lock that
other processes see. Facts below were measured against PDS 0.5.35 on 2026-11-21 unless they carry a link.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from bot import failpoints
from bot.errors import Misconfigured, OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater
from bot.platforms.base import Context
from bot.platforms.kit import answers
from bot.platforms.kit.answers import Kind
from bot.platforms.kit.rates import Rates
from bot.words import say

#: The account, not the call, is refused: nothing helps but a person.
_GONE = {
    "AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoTakendown", "RepoSuspended", "RepoDeactivated",
}  # fmt: skip
#: An access token that ran out answers 400 ExpiredToken, not 401; a damaged one 400 InvalidToken.
_STALE = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}
#: The request certainly never left: no connection was made.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_NAME = "session"


@dataclass(frozen=True)
class Session:
    """Who we are there. Access lives 2 hours, refresh 90 days and is replaced at every use."""

    service: str
    login: str
    did: str
    handle: str
    pds: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def expiry(token: str) -> datetime | None:
    """Return when a token ends, as it says itself; None if it does not say."""
    try:
        body = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return datetime.fromtimestamp(int(said["exp"]), UTC)
    except (ValueError, LookupError, TypeError):
        return None


def sdk() -> Any:
    """Return the SDK's models: imported at the first use, because that takes a second."""
    from atproto_client import models  # type: ignore[import-untyped]

    return models


class Wire:
    """The connection of one account: knows its session, keeps it in the vault, renews it under the vault's lock."""

    def __init__(self, platform: str, service: str, login: str, password: str, context: Context) -> None:
        self.platform, self.service, self.login = platform, service.rstrip("/"), login
        self._password, self._context = password, context
        self._http = httpx.Client(
            timeout=context.timeout,
            transport=context.transport,
            # A redirect would carry the token, or a post, to a place nobody chose.
            follow_redirects=False,
            event_hooks={"response": [self._heard]},
        )
        self._rates = Rates(context)
        self._session: Session | None = None
        #: The server's clock minus ours, in seconds, as of the last answer.
        self.skew: float | None = None

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    # --- calls ---------------------------------------------------------------------------------------------

    def query(self, nsid: str, params: Any) -> dict[str, Any]:
        """Ask ``nsid`` as this account."""
        return self._with_session("read", nsid, params=params)

    def procedure(self, kind: Kind, nsid: str, data: Any) -> dict[str, Any]:
        """Have ``nsid`` done as this account."""
        return self._with_session(kind, nsid, data=data)

    def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        """Upload a blob; unreferenced ones are dropped by the server, so repeating it does no harm."""
        # content=, because the SDK would hand raw bytes to httpx in a way that httpx has deprecated.
        said = self._with_session("write", "com.atproto.repo.uploadBlob", content=data, input_encoding=mime)
        if not isinstance(said.get("blob"), dict):
            raise self._silence("write", ValueError("the answer names no blob"))
        return said

    def listed(self, nsid: str, params: Any, name: str) -> tuple[list[dict[str, Any]], str | None]:
        """Ask for a list; return its objects and the cursor to the next page.

        An answer without the list is none: taken for an empty one, it would say that there is nothing.
        """
        said = self.query(nsid, params)
        found, following = said.get(name), said.get("cursor")
        if not isinstance(found, list):
            raise self._silence("read", ValueError("the answer holds no list"))
        return [item for item in found if isinstance(item, dict)], following if isinstance(following, str) else None

    def who(self) -> dict[str, Any]:
        """Ask the server whose session this is."""
        said = self.query("com.atproto.server.getSession", None)
        if not isinstance(said.get("did"), str) or not isinstance(said.get("handle"), str):
            raise self._silence("read", ValueError("the answer names nobody"))
        return said

    def anonymous(self, nsid: str) -> dict[str, Any]:
        """Ask the configured service something without an account."""
        return self._send("read", self.service, nsid, {}, params=None)

    def describe(self) -> dict[str, Any]:
        """Return what the account's own server says of itself."""
        return self._send("read", self.session().pds, "com.atproto.server.describeServer", {}, params=None)

    def read_side(self) -> None:
        """Raise TryLater where the AppView is down: the half of the network that reads, behind the server that posts.

        Without it the server answers 502 UpstreamFailure to every app.bsky.* method and goes on posting.
        """
        self.query("app.bsky.notification.getUnreadCount", None)

    def _with_session(self, kind: Kind, nsid: str, **what: Any) -> dict[str, Any]:
        session = self.session()
        try:
            return self._send(kind, session.pds, nsid, _bearer(session.access), **what)
        except _StaleToken:
            # Refused at the door, so nothing happened: renew and knock once more.
            session = self._renew(session)
        try:
            return self._send(kind, session.pds, nsid, _bearer(session.access), **what)
        except _StaleToken as again:
            raise TryLater(
                say("Bluesky does not accept the session it has just given."),
                platform=self.platform,
                status=again.status,
                reply=again.reply,
                after=60.0,
            ) from None

    def _send(self, kind: Kind, base: str, nsid: str, headers: dict[str, str], **what: Any) -> dict[str, Any]:
        """Make one request and return its JSON object."""
        from atproto_client.client.base import ClientBase  # type: ignore[import-untyped]
        from atproto_client.exceptions import (  # type: ignore[import-untyped]
            AtProtocolError,
            RequestErrorBase,
        )

        client = ClientBase(base, self._request())
        if "data" in what:
            what["input_encoding"] = "application/json"
        invoke = client.invoke_query if "params" in what else client.invoke_procedure
        try:
            answer = invoke(nsid, headers=headers, **what).content
        except (AtProtocolError, httpx.HTTPError, ValueError) as error:
            if isinstance(error, RequestErrorBase) and error.response is not None:
                raise self._said_no(kind, error.response) from None
            cause = error.__cause__ if isinstance(error.__cause__, httpx.HTTPError) else error
            raise self._silence(kind, cause) from None
        if isinstance(answer, dict):
            return answer
        if not answer and kind == "write":
            return {}
        raise self._silence(kind, ValueError("the answer is no JSON object"))

    def _request(self) -> Any:
        """Return the SDK's request object over our HTTP client."""
        from atproto_client.request import Request, RequestBase  # type: ignore[import-untyped]

        request = Request.__new__(Request)
        RequestBase.__init__(request)
        request._client = self._http
        return request

    def _heard(self, response: httpx.Response) -> None:
        """Note the server's clock, and what is left of its rates; logging in has a limit of its own."""
        self._note_date(response)
        what = response.request.url.path.rpartition(".")[2]
        if what != "createSession":
            now = self._context.clock.now()
            # Creating a record takes three points. The headers are those of the scarcest limit.
            least = 3 if what == "createRecord" else 1
            self._rates.heard("post", response.headers, now, least=least)

    def _note_date(self, response: httpx.Response) -> None:
        try:
            there = parsedate_to_datetime(response.headers["date"])
        except (LookupError, ValueError):
            return
        if there.tzinfo is not None:  # a Date without a zone ("-0000") tells nothing about the clock
            self.skew = (there - self._context.clock.now()).total_seconds()

    # --- failures ------------------------------------------------------------------------------------------

    def _silence(self, kind: Kind, cause: BaseException) -> PlatformError:
        """Sort a failure without an answer: could the request have arrived?"""
        what = type(cause).__name__
        if isinstance(cause, _NEVER_SENT) or kind != "send":
            return TryLater(say("Bluesky could not be reached."), platform=self.platform, reply=what)
        return OutcomeUnknown(
            say("Bluesky took the post and gave no clear answer."), platform=self.platform, reply=what
        )

    def _said_no(self, kind: Kind, response: Any) -> PlatformError:
        """Sort an answer that is not 2xx by what happens next."""
        status, headers = int(response.status_code), response.headers
        error = str(getattr(response.content, "error", "") or "")
        message = str(getattr(response.content, "message", "") or "")
        kept: dict[str, Any] = {
            "platform": self.platform, "status": status, "reply": self._scrub(f"{error}: {message}" if error else ""),
        }  # fmt: skip
        if status == 429:
            return TryLater(say("Bluesky asks to wait."), after=self._wait(headers), **kept)
        if error in _GONE:
            return Reconnect(
                say("Bluesky has closed the account {login} ({error}).", login=self.login, error=error),
                next_step=say("Sign in at bsky.app to see why; posting resumes once the account is open again."),
                **kept,
            )
        if status in (400, 401) and error in _STALE:
            return _StaleToken(say("The session has ended."), **kept)
        if status >= 500 and status != 501:
            if kind == "send":
                return OutcomeUnknown(say("Bluesky failed while it had the post."), **kept)
            return TryLater(say("Bluesky has a fault just now."), **kept)
        if kind == "read" or status in (401, 404, 408, 425, 501) or status < 400:
            return TryLater(say("Bluesky answered {status} where it should not.", status=status), **kept)
        why = self._scrub(message or error or str(status))[:200]
        return Refused(say("Bluesky will not accept this: {why}", why=why), **kept)

    def _wait(self, headers: dict[str, str]) -> float | None:
        """Return the seconds to wait, by the server's clock."""
        return answers.wait(headers, self._context.clock.now() + timedelta(seconds=self.skew or 0.0))

    def _scrub(self, text: str) -> str:
        secrets = [self._password]
        if self._session:
            secrets += [self._session.access, self._session.refresh]
        for secret in filter(None, secrets):
            text = text.replace(secret, "[secret]")
        return text

    # --- session -------------------------------------------------------------------------------------------

    def session(self) -> Session:
        """Return a session that is good for some minutes: ours, the vault's, a refreshed or a new one."""
        if self._session is None:
            self._session = self._stored()
        if self._session is None:
            return self._renew(None)
        ends = expiry(self._session.access)
        if ends and (ends - self._context.clock.now()).total_seconds() < 120:
            return self._renew(self._session)
        return self._session

    def _stored(self) -> Session | None:
        try:
            kept = Session(**json.loads(self._context.vault.load(_NAME) or ""))
        except (ValueError, TypeError):
            return None
        return kept if (kept.service, kept.login) == (self.service, self.login) else None

    def _renew(self, old: Session | None) -> Session:
        """Replace ``old``, once for all processes.

        1. Under the vault's lock, look whether another process has already replaced it.
        2. Refresh; log in with the app password only if there is nothing to refresh or it was revoked, because
           logging in is limited to 30 in 5 minutes and 300 a day.
           https://github.com/bluesky-social/bsky-docs/blob/main/docs/advanced-guides/rate-limits.md (2026-11-21)
        3. Store the new session before it is used: the old refresh token is dead after a short grace.
        """
        with self._context.vault.lock(_NAME):
            failpoints.hit("renew: locked")
            stored = self._stored()
            if stored is not None and (old is None or stored.access != old.access):
                self._session = stored
                return stored
            fresh = self._refresh(old) if old is not None else None
            if fresh is None and old is not None and (newer := self._stored()) and newer.access != old.access:
                # Refused to whoever waited long in here, while somebody else renewed it.
                self._session = newer
                return newer
            fresh = fresh or self._log_in(known=old is not None)
            failpoints.hit("renew: answered")
            self._context.vault.store(_NAME, json.dumps(asdict(fresh)))
            failpoints.hit("renew: stored")
            self._session = fresh
            return fresh

    def _refresh(self, old: Session) -> Session | None:
        """Return the successor of ``old``, or None if it was revoked, ran out, or the server knows nothing of it."""
        try:
            said = self._send("write", old.pds, "com.atproto.server.refreshSession", _bearer(old.refresh))
        except (_StaleToken, Refused) as no:
            # 400 InvalidRequest "Could not find user info": about the session, never about the post.
            if no.reply:
                return None
            # No word of the protocol: a firewall or a gateway on the way.
            raise self._passing(no) from None
        return self._read(said)

    def _passing(self, no: PlatformError) -> TryLater:
        said = say("Bluesky answered {status} where it should not.", status=no.status)
        return TryLater(said, platform=self.platform, status=no.status)

    def _log_in(self, *, known: bool = False) -> Session:
        """Log in with the app password; ``known``: this server has given a session before."""
        if not self.login or not self._password:
            name = f"SIGNOFF_PLATFORMS__{self.platform}__{self._context.account.name}".upper()
            raise Misconfigured(
                say("The account {account} has no login.", account=self._context.account.key),
                next_step=say("Set {name}__HANDLE and {name}__APP_PASSWORD.", name=name),
            )
        data = sdk().ComAtprotoServerCreateSession.Data(identifier=self.login, password=self._password)
        try:
            return self._read(self._send("write", self.service, "com.atproto.server.createSession", {}, data=data))
        except _StaleToken as refused:
            # 401 AuthenticationRequired: handle or password is wrong, or the app password was revoked.
            raise self._reconnect(say("Bluesky refuses the login of {login}.", login=self.login), refused) from None
        except TryLater as odd:
            if odd.status in (404, 405, 501) and not known:
                raise self._reconnect(say("{service} is not a Bluesky server.", service=self.service), odd) from None
            if odd.status == 401 and odd.reply:
                raise self._reconnect(
                    say("Bluesky wants more than a password for {login}.", login=self.login), odd
                ) from None
            raise
        except Refused as refused_login:
            if not refused_login.reply:
                raise self._passing(refused_login) from None
            raise self._reconnect(
                say("Bluesky refuses the login of {login}.", login=self.login), refused_login
            ) from None

    def _reconnect(self, message: str, why: PlatformError) -> Reconnect:
        name = f"SIGNOFF_PLATFORMS__{self.platform}__{self._context.account.name}__APP_PASSWORD".upper()
        step = say("Make a new app password in Bluesky's settings and put it into {name}.", name=name)
        return Reconnect(message, platform=self.platform, status=why.status, reply=why.reply, next_step=step)

    def _read(self, said: dict[str, Any]) -> Session:
        try:
            return Session(
                service=self.service,
                login=self.login,
                did=str(said["did"]),
                handle=str(said["handle"]),
                pds=self._home(said.get("didDoc")),
                access=str(said["accessJwt"]),
                refresh=str(said["refreshJwt"]),
            )
        except LookupError:
            raise TryLater(say("Bluesky's answer to the login cannot be read."), platform=self.platform) from None

    def _home(self, document: Any) -> str:
        """Return the account's own server: bsky.social is a door with many servers behind it.

        https://atproto.com/specs/did (read 2026-11-21). A less safe scheme than the configured one is not followed.
        """
        services = document.get("service", []) if isinstance(document, dict) else []
        for service in services if isinstance(services, list) else []:
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                url = str(service.get("serviceEndpoint", "")).rstrip("/")
                if url.startswith("https://") or (url.startswith("http://") and self.service.startswith("http://")):
                    return url
        return self.service


class _StaleToken(PlatformError):
    """The token is refused; never leaves this file."""


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
