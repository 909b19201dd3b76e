"""A small provider of OpenID Connect on this machine: real keys, real codes, PKCE held to; each test may twist it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from bot.clock import Clock

CLIENT, SECRET = "desk-client", "desk-client-secret"


@cache
def key(name: str) -> RSAKey:
    """Return an RSA key, made once."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"}, private=True)


Claims = dict[str, Any]


class Issuer:
    """What it does when asked. Everything that a test may change is an attribute."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.url = ""
        #: Who is signed in there.
        self.user: Claims = {"sub": "S1", "email": "li@lumen.example", "email_verified": True}
        self.twist: Callable[[Claims], object] = lambda claims: None
        #: Makes the token from its claims.
        self.sign: Callable[[Claims], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims, key("one"), algorithms=["RS256"]
        )
        self.keys: list[Claims] = [key("one").as_dict(private=False)]
        self.metadata: Claims = {}
        self.answer: Callable[[Claims], object] = lambda answer: None
        self.back: Claims = {}
        self.codes: dict[str, Claims] = {}
        self.asked: list[tuple[str, Claims]] = []

    def discovery(self) -> Claims:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys", "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"], **self.metadata,
        }  # fmt: skip

    def authorize(self, given: dict[str, str]) -> str:
        """Sign the user in, and return where the browser is sent."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(given)
        back = {"code": code, "state": given["state"], **self.back}
        return f"{given['redirect_uri']}?{urlencode({k: v for k, v in back.items() if v is not None})}"

    def token(self, given: dict[str, str], login: str) -> tuple[int, Claims]:
        self.asked.append((login, dict(given)))
        began = self.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        right = began is not None and challenge.rstrip(b"=").decode() == began["code_challenge"]
        if not (began and right and given["redirect_uri"] == began["redirect_uri"] and login == f"{CLIENT}:{SECRET}"):
            return 400, {"error": "invalid_grant"}
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": began["nonce"], **self.user}
        self.twist(claims)
        answer = {"access_token": "at", "token_type": "Bearer", "id_token": self.sign(claims)}
        self.answer(answer)
        return 200, answer


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/.well-known/openid-configuration":
            self._say(200, self.issuer.discovery())
        elif parts.path == "/keys":
            self._say(200, {"keys": self.issuer.keys})
        elif parts.path == "/authorize":
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.send_response(302)
            self.send_header("location", self.issuer.authorize(given))
            self.end_headers()
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        login = base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ") or b"").decode()
        self._say(*self.issuer.token({name: values[0] for name, values in parse_qs(body).items()}, login))

    def _say(self, status: int, said: Claims) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def issuing(clock: Clock) -> Iterator[Issuer]:
    """Run a provider on a free port of this machine."""
    made = Issuer(clock)
    handler = type("Handler", (_Handler,), {"issuer": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
