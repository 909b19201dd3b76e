"""Signing in through a provider: OpenID Connect, authorization code with PKCE, state and nonce, a verified id token.

Nobody is created by it: whom the provider names must stand under ``sign_in`` of a person in brand.yaml.
https://openid.net/specs/openid-connect-core-1_0.html (3.1), RFC 7636, RFC 9207 and RFC 9700 (read 2026-11-22)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.errors import Halted, Misconfigured, NotAllowed
from bot.operations.web import local
from bot.surfaces.web.turns import Turns
from bot.words import say

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

    from bot.domain.brand import Brand, Person
    from bot.settings import Settings

log = logging.getLogger(__name__)

#: Seconds within which somebody comes back from the provider, and by which clocks may be apart.
PATIENCE, LEEWAY = 600, 60
#: How id tokens may be signed: never by a shared secret, never not at all.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
#: Seconds for one answer of the provider, its size, how long what it says of itself is believed, and how soon its keys
#: are read again when a token names an unknown one.
_TIMEOUT, _LARGEST, _BELIEVED, _AGAIN = 10.0, 1 << 20, 3600.0, 60.0
_NAMES = {"slack.com": "Slack", "accounts.google.com": "Google", "login.microsoftonline.com": "Microsoft"}


@dataclass(frozen=True)
class Identity:
    """Whom the provider signed in."""

    #: Its own id of them.
    subject: str
    #: In small letters; empty unless the provider says that it has verified it.
    email: str = ""


class Provider:
    """One provider, by its address. Asks it nothing until somebody signs in."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer, self.client_id, self._secret = issuer, client_id, client_secret
        host = urlsplit(issuer).hostname or ""
        self.name = _NAMES.get(host, host)
        self._guard = threading.Lock()
        self._turns = Turns(4, 4, 5.0)
        self._said: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, list[dict[str, Any]]] | None = None

    # --- there and back -------------------------------------------------------------------------------------

    def begin(self, redirect_uri: str, now: datetime) -> tuple[str, str]:
        """Return (what the browser keeps, where it is sent). Raises Halted where the provider cannot be reached."""
        from authlib.oauth2 import rfc7636
        from authlib.oauth2.rfc6749 import parameters

        address: Any = parameters.prepare_grant_uri
        challenge: Any = rfc7636.create_s256_code_challenge
        kept = f"{int(now.timestamp())}.{secrets.token_urlsafe(32)}"
        to: str = address(
            self._metadata()["authorization_endpoint"], client_id=self.client_id, response_type="code",
            redirect_uri=redirect_uri, scope="openid email", state=_derived(kept, "state"),
            nonce=_derived(kept, "nonce"), code_challenge=challenge(_derived(kept, "verifier")),
            code_challenge_method="S256",
        )  # fmt: skip
        return kept, to

    def finish(self, kept: str, given: Mapping[str, str], redirect_uri: str, now: datetime) -> Identity:
        """Return whom the provider signed in. ``given`` is what came back in the address.

        Raises NotAllowed where that is not what ``kept`` began, or does not verify; Halted for a silent provider.
        """
        began, _, _ = kept.partition(".")
        fresh = began.isascii() and began.isdigit() and len(began) < 15
        if not fresh or not 0 <= now.timestamp() - int(began) + LEEWAY <= PATIENCE + LEEWAY:
            raise _unstarted("it was started too long ago, or not here")
        if not _same(_derived(kept, "state"), given.get("state", "")):
            raise _unstarted("the state is another one")
        if given.get("error"):
            log.warning("signing in: the provider refused: %s", given["error"][:80].encode("ascii", "replace").decode())
            raise NotAllowed(say("{provider} did not sign you in.", provider=self.name), next_step=say("Try again."))
        said = self._metadata()
        if ("iss" in given or said.get("authorization_response_iss_parameter_supported")) and given.get(
            "iss"
        ) != self.issuer:
            raise _unverified("the answer comes from another provider")
        if not given.get("code"):
            raise _unverified("there is no code")
        with self._turns.one():
            answer = self._exchange(given["code"], _derived(kept, "verifier"), redirect_uri)
            return self._verified(answer, _derived(kept, "nonce"), now)

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        said = self._metadata()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
                "client_id": self.client_id, "code_verifier": verifier}  # fmt: skip
        methods, login = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"], None
        if self._secret and "client_secret_basic" in methods:
            login = (self.client_id, self._secret)
        elif self._secret:
            form["client_secret"] = self._secret
        status, answer = self._ask(said["token_endpoint"], form, login)
        if status != 200:
            raise _unverified(f"the provider took the code with status {status}")
        return answer

    # --- the token ------------------------------------------------------------------------------------------

    def _verified(self, answer: Mapping[str, Any], nonce: str, now: datetime) -> Identity:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > _LARGEST:
            raise _unverified("there is no id token")
        try:
            found = jwt.decode(token, self._key(token), algorithms=list(ALGORITHMS))
            options: Any = {"iss": {"essential": True, "value": self.issuer},
                            "aud": {"essential": True, "value": self.client_id}}  # fmt: skip
            access = answer.get("access_token")
            params = {"nonce": nonce, "client_id": self.client_id, "access_token": access}
            claims: Any = CodeIDToken(found.claims, found.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unverified(f"{type(error).__name__}: {error}") from None
        subject, issued = claims.get("sub"), claims.get("iat")
        if claims.get("aud") not in (self.client_id, [self.client_id]):
            raise _unverified("the token is for others, too")
        if not isinstance(issued, int | float) or abs(now.timestamp() - issued) > PATIENCE + LEEWAY:
            raise _unverified("the token is old, or of the future")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise _unverified("the token names nobody")
        email = claims.get("email")
        verified = claims.get("email_verified") is True and isinstance(email, str)
        return Identity(subject, str(email).lower() if verified and str(email).isascii() else "")

    def _key(self, token: str) -> RSAKey | ECKey | OKPKey | OctKey:
        """Return the provider's public key that a token names. Raises ValueError where there is none."""
        from joserfc.errors import JoseError
        from joserfc.jwk import JWKRegistry

        head = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        kid = header.get("kid")
        for again in (False, True):
            keys = [k for k in self._public(again) if k.get("use", "sig") == "sig"]
            named = [k for k in keys if k.get("kid") == kid] if kid is not None else keys
            if len(named) == 1:
                one = {name: value for name, value in named[0].items() if name not in ("x5c", "x5t", "x5t#S256", "x5u")}
                if one.get("alg", header.get("alg")) != header.get("alg"):
                    raise ValueError("the key is for another algorithm")
                try:
                    return JWKRegistry.import_key(one)
                except JoseError as error:
                    raise ValueError(f"the key cannot be used: {error}") from None
        raise ValueError("no key, or several, fit the token")

    # --- what the provider says of itself -------------------------------------------------------------------

    def _metadata(self) -> dict[str, Any]:
        with self._guard:
            if self._said is not None and monotonic() - self._said[0] < _BELIEVED:
                return self._said[1]
            status, said = self._ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if status != 200 or said.get("issuer") != self.issuer:
                log.error("signing in: %s calls itself %r (status %d)", self.issuer, said.get("issuer"), status)
                raise Halted(say("{provider} cannot be used to sign in just now.", provider=self.name),
                             next_step=say("Use a link or a password."))  # fmt: skip
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(said.get(name), str) or not _trusted(said[name], self.issuer):
                    log.error("signing in: %s names no safe %s", self.issuer, name)
                    raise Halted(say("{provider} cannot be used to sign in just now.", provider=self.name),
                                 next_step=say("Use a link or a password."))  # fmt: skip
            self._said = (monotonic(), said)
            return said

    def _public(self, again: bool) -> list[dict[str, Any]]:
        """Return the provider's public keys; ``again`` reads them anew, where that was not done a moment ago."""
        where = self._metadata()["jwks_uri"]
        with self._guard:
            age = monotonic() - self._keys[0] if self._keys is not None else _BELIEVED
            if self._keys is None or age >= _BELIEVED or (again and age >= _AGAIN):
                status, said = self._ask(where)
                found = said.get("keys") if status == 200 else None
                if not isinstance(found, list):
                    raise ValueError("the provider's keys cannot be read")
                # A shared secret among them would be known to everybody.
                kept = [k for k in found if isinstance(k, dict) and k.get("kty") in ("RSA", "EC", "OKP")]
                self._keys = (monotonic(), kept)
            return self._keys[1]

    def _ask(
        self, url: str, form: Mapping[str, str] | None = None, login: tuple[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of one request; no redirect is followed. Raises Halted."""
        import httpx

        method, body = ("POST" if form is not None else "GET"), b""
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
                client.stream(method, url, data=form, auth=login, headers={"accept": "application/json"}) as answer,
            ):
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _LARGEST:
                        raise ValueError("too much")
                status = answer.status_code
            said = json.loads(body or b"{}")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            log.warning("signing in: %s does not answer: %s", urlsplit(url).hostname, type(error).__name__)
            raise Halted(say("{provider} does not answer.", provider=self.name),
                         next_step=say("Try again, or use a link or a password.")) from None  # fmt: skip
        return status, said if isinstance(said, dict) else {}


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider that is set, or None. Raises Misconfigured for half of one, or an unsafe address."""
    issuer, client = settings.web_oidc_issuer.strip(), settings.web_oidc_client_id.strip()
    if not issuer and not client:
        return None
    if not issuer or not client:
        raise Misconfigured(
            say("SIGNOFF_WEB_OIDC_ISSUER and SIGNOFF_WEB_OIDC_CLIENT_ID belong together."),
            next_step=say("Set both, or neither."),
        )
    parts = urlsplit(issuer)
    if not _trusted(issuer, issuer) or parts.query or parts.fragment or parts.username:
        raise Misconfigured(
            say("SIGNOFF_WEB_OIDC_ISSUER: {url} is not the https address of a provider.", url=issuer),
            next_step=say("Such as https://accounts.google.com or https://slack.com."),
        )
    secret = settings.web_oidc_client_secret
    return Provider(issuer, client, secret.get_secret_value() if secret else "")


def person_of(brand: Brand, found: Identity) -> Person:
    """Return the one person of a brand whom an identity names under ``sign_in``. Raises NotAllowed."""
    names = {f"sub:{found.subject}"} | ({found.email} if found.email else set())
    people = [p for p in brand.people if names & set(p.sign_in)]
    if len(people) == 1:
        return people[0]
    who = found.email or f"sub:{found.subject}"
    log.warning("signing in: %d people of %s are called %r", len(people), brand.id, who)
    raise NotAllowed(
        say("Nobody in brand.yaml signs in as {who}.", who=who) if not people else
        say("Several people in brand.yaml sign in as {who}.", who=who),
        next_step=say("An admin writes it under `sign_in` of one person."),
    )  # fmt: skip


def _trusted(url: str, issuer: str) -> bool:
    """Say whether an address may be asked: over https, or on this very machine where the provider is, too."""
    try:
        parts, home = urlsplit(url), urlsplit(issuer)
        here = parts.scheme == home.scheme == "http" and local(parts.hostname or "") and local(home.hostname or "")
        return bool(parts.hostname) and (parts.scheme == "https" or here)
    except ValueError:
        return False


def _derived(kept: str, what: str) -> str:
    """Return what only whoever has ``kept`` can know: state, nonce, verifier (43 characters each)."""
    made = hmac.new(kept.encode("utf-8", "surrogatepass"), f"signoff oidc {what}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))


def _unstarted(why: str) -> NotAllowed:
    log.warning("signing in: %s", why)
    return NotAllowed(say("This sign-in was not started in this browser, or too long ago."),
                      next_step=say("Start it again."))  # fmt: skip


def _unverified(why: str) -> NotAllowed:
    log.warning("signing in: not verified: %s", why[:300])
    return NotAllowed(say("The sign-in could not be verified, so nothing was done."), next_step=say("Start it again."))
