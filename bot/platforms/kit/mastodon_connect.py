"""Connecting an account: by a token that a person copies, or by consent in the browser (OAuth 2 with PKCE).

https://docs.joinmastodon.org/spec/oauth/ and https://docs.joinmastodon.org/methods/apps/ (read 2026-11-22).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bot.errors import BadInput, SignoffError, TryLater
from bot.platforms.kit import answers
from bot.platforms.kit.mastodon_wire import AGENT, base_of, open_session
from bot.platforms.terms import Consent, Field, Way
from bot.words import say

#: What Signoff does there, and no more.
SCOPES = ("read:accounts", "read:statuses", "read:notifications", "write:statuses", "write:media")
#: Where the server itself shows the code, for a browser on another machine.
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_TIMEOUT = 20.0
_INSTANCE = Field(
    "instance",
    "Address of the account's server, as the browser shows it when you are signed in, such as https://mastodon.social",
)


def lacking(granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that are needed and not granted; ``write`` holds every ``write:...``.

    https://docs.joinmastodon.org/api/oauth-scopes/ (read 2026-11-22)
    """
    return tuple(scope for scope in SCOPES if scope not in granted and scope.partition(":")[0] not in granted)


def begin(given: dict[str, str], redirect: str) -> Consent:
    """Register Signoff with the server and return the page on which the owner agrees."""
    base, redirect = base_of(given.get("instance", "")), redirect or OUT_OF_BAND
    with open_session() as session:
        offered = _metadata(session, base)
        # An app is bound to its redirect address, and that changes from one run to the next: so a new one each time.
        app = _register(session, base, redirect)
    keep = {"instance": base, "redirect": redirect, "state": secrets.token_urlsafe(32), **app}
    question = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": redirect, "scope": " ".join(SCOPES),
        "state": keep["state"],
        # The person may be signed in there as somebody else.
        "force_login": "true",
    }  # fmt: skip
    if "S256" in offered:
        keep["verifier"] = secrets.token_urlsafe(64)
        digest = hashlib.sha256(keep["verifier"].encode()).digest()
        question["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        question["code_challenge_method"] = "S256"
    return Consent(f"{base}/oauth/authorize?{urlencode(question)}", keep)


def finish(given: dict[str, str], consent: Consent, returned: dict[str, str]) -> dict[str, str]:
    """Exchange the code that came back for a token. Raises BadInput where it is not an answer to our question."""
    keep, again = consent.keep, say("Start connecting again.")
    if returned.get("error"):
        why = returned.get("error_description") or returned["error"]
        raise BadInput(say("The server did not give access: {why}", why=why[:200]), next_step=again)
    if keep["redirect"] != OUT_OF_BAND and not hmac.compare_digest(
        returned.get("state", "").encode(), keep["state"].encode()
    ):
        raise BadInput(say("The answer does not belong to the question that was asked."), next_step=again)
    if not returned.get("code"):
        raise BadInput(say("The answer holds no code."), next_step=again)
    form = {
        "grant_type": "authorization_code", "code": returned["code"].strip(), "redirect_uri": keep["redirect"],
        "client_id": keep["client_id"], "client_secret": keep["client_secret"], "scope": " ".join(SCOPES),
    }  # fmt: skip
    if "verifier" in keep:
        form["code_verifier"] = keep["verifier"]
    with open_session() as session:
        said = _ask(session, "POST", f"{keep['instance']}/oauth/token", form)
    token = said.get("access_token")
    if not isinstance(token, str) or not token:
        raise BadInput(say("The server gave no access token."), next_step=again)
    return {"instance": keep["instance"], "access_token": token, "client_id": keep["client_id"],
            "client_secret": keep["client_secret"]}  # fmt: skip


def _metadata(session: Any, base: str) -> list[str]:
    """Return the PKCE methods a server offers; none where it does not say (before Mastodon 4.3)."""
    try:
        said = _ask(session, "GET", f"{base}/.well-known/oauth-authorization-server")
    except TryLater as silent:
        if silent.status is None:
            raise
        return []
    except SignoffError:
        return []
    methods = said.get("code_challenge_methods_supported")
    return [str(method) for method in methods] if isinstance(methods, list) else []


def _register(session: Any, base: str, redirect: str) -> dict[str, str]:
    form = {"client_name": AGENT, "redirect_uris": redirect, "scopes": " ".join(SCOPES)}
    said = _ask(session, "POST", f"{base}/api/v1/apps", form)
    app = {name: str(said.get(name) or "") for name in ("client_id", "client_secret")}
    if not all(app.values()):
        raise BadInput(say("{base} is no Mastodon server.", base=base), next_step=_elsewhere())
    return app


def _ask(session: Any, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Make one request without a token. Raises TryLater, and BadInput for what waiting does not mend."""
    import requests  # noqa: TID251 - what Mastodon.py speaks through

    host = url.partition("://")[2].partition("/")[0]
    try:
        # Without auth= a .netrc would send a password that nobody meant.
        answer = session.request(
            method, url, data=form, headers={"User-Agent": AGENT}, timeout=_TIMEOUT, auth=lambda request: request
        )
    except requests.RequestException as error:
        raise answers.silence("write", error, platform="mastodon", label=host) from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise answers.no("read", answer.status_code, session.said, datetime.now(UTC), platform="mastodon", label=host)
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not answer.ok or 300 <= answer.status_code < 400 or not isinstance(said, dict):
        why = (said.get("error_description") or said.get("error")) if isinstance(said, dict) else None
        problem = say(
            "{host} answered {status}: {why}", host=host, status=answer.status_code, why=str(why or "-")[:200]
        )
        raise BadInput(problem, next_step=_elsewhere())
    return said


def _elsewhere() -> str:
    return say("Give the address that the browser shows when you are signed in: a name can lead to another address.")


WAYS = (
    Way(
        id="browser",
        label="Agree in the browser",
        fields=(_INSTANCE,),
        begin=begin,
        finish=finish,
        steps=(
            "Sign in on your server as the account to connect, in the browser that will open: the page offers the "
            "account that is signed in there.",
            "Agree to what the page lists: reading the account, its posts and notifications, and writing posts and "
            "media.",
            "Tick \"This is an automated account\" under Preferences > Public profile, if software answers for it.",
        ),
    ),
    Way(
        id="token",
        label="Type an access token",
        fields=(
            _INSTANCE,
            Field("access_token", 'What stands beside "Your access token" on the page of that app', secret=True),
        ),
        steps=(
            "Sign in on your server as the account to connect and open Preferences > Development > New application.",
            "Name it Signoff, leave the redirect address as it is, and tick exactly: read:accounts, read:statuses, "
            "read:notifications, write:statuses, write:media.",
            "Submit, then open the app's name in the list: the access token stands at the top. It is neither the "
            "client key nor the client secret.",
            "Rights that are changed later need a new token: press \"Regenerate access token\", then connect again.",
        ),
    ),
)  # fmt: skip
