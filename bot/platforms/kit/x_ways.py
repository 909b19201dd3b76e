"""How an X account is connected, and what X asks of accounts that software speaks for.

https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens and
https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/user-access-token (read 2026-11-22)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.errors import BadInput, TryLater
from bot.platforms.kit import answers, x_errors
from bot.platforms.kit.x_session import HIDES, SCOPES, granted, packed
from bot.platforms.kit.x_wire import HOST, Answered, open_session
from bot.platforms.terms import RETURN_ADDRESS, Consent, Field, Way
from bot.words import say

_AUTHORIZE = "https://x.com/i/oauth2/authorize"
_TIMEOUT = 20.0
_KEY = Field("api_key", "API key (consumer key) of your app, from its keys at https://console.x.com")
_KEY_SECRET = Field("api_secret", "API key secret of the same app", True)


def begin_keys(given: dict[str, str], redirect: str, *, transport: Any = None) -> Consent:
    """Ask X for a request token and return the page on which the owner agrees (OAuth 1)."""
    said = _signed("/oauth/request_token", given, transport, callback_uri=redirect)
    if said.get("oauth_callback_confirmed") != "true" or not said.get("oauth_token"):
        raise _odd()
    keep = {"token": said["oauth_token"], "secret": said.get("oauth_token_secret", "")}
    return Consent(f"{HOST}/oauth/authorize?{urlencode({'oauth_token': keep['token']})}", keep)


def finish_keys(
    given: dict[str, str], consent: Consent, returned: dict[str, str], *, transport: Any = None
) -> dict[str, str]:
    """Change the request token into the account's access token, which does not end."""
    if not hmac.compare_digest(returned.get("oauth_token", ""), consent.keep["token"]):
        raise _stray()
    said = _signed(
        "/oauth/access_token", given, transport, resource_owner_key=consent.keep["token"],
        resource_owner_secret=consent.keep["secret"], verifier=returned.get("oauth_verifier", ""),
    )  # fmt: skip
    if not said.get("oauth_token") or not said.get("oauth_token_secret"):
        raise _odd()
    return {"access_token": said["oauth_token"], "access_secret": said["oauth_token_secret"]}


def begin_session(given: dict[str, str], redirect: str) -> Consent:
    """Return the page on which the owner agrees (OAuth 2 with PKCE)."""
    if not given.get("client_id"):
        raise BadInput(say("The client id is missing."), next_step=say("Copy it from the app's keys at console.x.com."))
    keep = {"state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64), "redirect": redirect}
    digest = hashlib.sha256(keep["verifier"].encode()).digest()
    question = {
        "response_type": "code", "client_id": given["client_id"], "redirect_uri": redirect,
        "scope": " ".join((*SCOPES, HIDES)),
        "state": keep["state"], "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }  # fmt: skip
    return Consent(f"{_AUTHORIZE}?{urlencode(question)}", keep)


def finish_session(
    given: dict[str, str], consent: Consent, returned: dict[str, str], *, transport: Any = None
) -> dict[str, str]:
    """Change the code, which lives 30 seconds, into a session."""
    if not hmac.compare_digest(returned.get("state", ""), consent.keep["state"]):
        raise _stray()
    if not returned.get("code"):
        raise BadInput(say("X sent no code back: {why}", why=returned.get("error", "-")[:100]), next_step=_again())
    form = {
        "grant_type": "authorization_code", "code": returned["code"], "redirect_uri": consent.keep["redirect"],
        "code_verifier": consent.keep["verifier"], "client_id": given["client_id"],
    }  # fmt: skip
    basic = (given["client_id"], given["client_secret"]) if given.get("client_secret") else None
    with _opened(transport) as http:
        answer = _asked(lambda: http.post(HOST + "/2/oauth2/token", data=form, auth=basic), list(given.values()))
    try:
        body = answer.json()
    except ValueError:
        raise _odd() from None
    return {"tokens": packed(granted(body if isinstance(body, dict) else {}, datetime.now(UTC)))}


def _signed(route: str, given: dict[str, str], transport: Any, **more: str) -> dict[str, str]:
    """Make one signed request of OAuth 1 and read the form that comes back."""
    from tweepy.auth import OAuth1  # type: ignore[import-untyped]

    if not given.get("api_key") or not given.get("api_secret"):
        raise BadInput(
            say("The API key or its secret is missing."),
            next_step=say("Copy both from the app's keys at console.x.com."),
        )
    auth = OAuth1(given["api_key"], client_secret=given["api_secret"], decoding=None, **more)
    with _opened(transport) as http:
        answer = _asked(lambda: http.post(HOST + route, auth=auth), [*given.values(), *more.values()])
    return dict(parse_qsl(answer.text))


def _opened(transport: Any) -> Any:
    return open_session(_TIMEOUT, transport, lambda method, url, headers: None)


def _asked(call: Callable[[], Any], hidden: list[str]) -> Any:
    """Make a request of the connecting, of which each failure goes to the person in front of the screen."""
    import requests  # noqa: TID251 - what tweepy speaks through

    try:
        return call()
    except Answered as no:
        status, headers = int(no.response.status_code), no.response.headers
        try:
            said = x_errors.read(no.response.json())
        except ValueError:
            said = x_errors.read(None)
        if status == 429 or status >= 500:
            after = answers.wait(headers, datetime.now(UTC))
            raise TryLater(say("X cannot answer just now."), platform="x", status=status, after=after) from None
        why = said.text or str(status)
        for secret in filter(None, hidden):
            why = why.replace(secret, "[secret]")
        raise BadInput(
            say("X does not take these keys or this answer: {why}", why=why[:200]),
            next_step=say("Compare keys, permissions and the callback address {address} at https://console.x.com, then "
                          "start again.", address=RETURN_ADDRESS),
        ) from None  # fmt: skip
    except (requests.RequestException, OSError) as cause:
        raise answers.silence("read", cause, platform="x", label=x_errors.LABEL) from None


def _odd() -> BadInput:
    return BadInput(say("X's answer holds no token."), next_step=_again())


def _stray() -> BadInput:
    return BadInput(say("What the browser brought back belongs to another question."), next_step=_again())


def _again() -> str:
    return say("Start again.")


_PORTAL = (
    "Sign in at https://console.x.com as the person who pays, make an app, and add credit: X has no free use, and a "
    "post costs $0.015, with a link $0.20."
)
_CALLBACK = f"In the app's user authentication settings write {RETURN_ADDRESS} as the callback address, to the letter."
WAYS = (
    Way(
        id="keys",
        label="Four keys, copied from the app",
        fields=(
            _KEY,
            _KEY_SECRET,
            Field("access_token", "Access token of the account, from the same page", True),
            Field("access_secret", "Access token secret", True),
        ),
        steps=(
            _PORTAL,
            "The access token on that page is of the person who made the app: sign in there as the brand, or take "
            "another way.",
            "Set the app's permissions to 'Read and write' before you make the access token; one made before that may "
            "only read. Make it anew after each change.",
        ),
    ),
    Way(
        id="browser-keys",
        label="Agree in the browser, with the app's API key",
        fields=(_KEY, _KEY_SECRET),
        begin=begin_keys,
        finish=finish_keys,
        steps=(
            _PORTAL,
            "Set the app's permissions to 'Read and write'.",
            _CALLBACK,
            "In the browser, be signed in to X as the brand before you agree.",
        ),
    ),
    Way(
        id="browser",
        label="Agree in the browser, with the app's client id",
        fields=(
            Field("client_id", "OAuth 2.0 client id of your app, from its keys at https://console.x.com"),
            Field("client_secret", "OAuth 2.0 client secret, where the app has one; else press Enter", True),
        ),
        begin=begin_session,
        finish=finish_session,
        steps=(
            _PORTAL,
            "Switch on OAuth 2.0 for the app: 'Native App' has no client secret, 'Automated App or bot' has one.",
            _CALLBACK,
            "Be signed in to X as the brand before you agree in the browser, and do not wait: the answer lives 30 s.",
        ),
    ),
)

RULES = (
    "Apps may answer only where the author mentioned or quoted the account (self-serve customers, since 2026-02-23). "
    "https://docs.x.com/x-api/posts/manage-tweets/integrate (2026-11-22)",
    "A post from an app has at most one cashtag. https://docs.x.com/x-api/posts/manage-tweets/integrate (2026-11-22)",
    "Answers that a machine writes and sends need X's approval first: https://help.x.com/forms/platform. "
    "https://docs.x.com/developer-guidelines (2026-11-22)",
    "One answer for each time somebody speaks to the account; who says stop is left alone. "
    "https://docs.x.com/developer-guidelines (2026-11-22)",
    "The same text is not posted on several accounts. https://docs.x.com/developer-guidelines (2026-11-22)",
    "An automated account carries the label 'Automated', says in its bio whose it is, and belongs to a person. "
    "https://docs.x.com/developer-guidelines (2026-11-22)",
    "Apps can no longer follow, like or quote (self-serve customers, since 2026-04-20). "
    "https://docs.x.com/changelog (2026-11-22)",
    "A paid partnership is marked as one. https://docs.x.com/changelog, 2026-06-03 (2026-11-22)",
)
