"""A small OAuth 2 server on loopback: consent, PKCE with S256, codes that work once, scopes, refresh.

It follows RFC 6749 and RFC 7636 as far as a client can notice. https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx


class OAuthServer:
    """Use it as a context manager; ``decide`` plays the person in the browser."""

    def __init__(self, client: str = "app-1", secret: str = "app-secret-1") -> None:
        self.apps = {client: secret}
        #: Who is signed in at the platform in the person's browser.
        self.handle = "lumen.example"
        self.id = "id-1"
        self.grants: tuple[str, ...] | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.posts: list[tuple[str, str]] = []
        self.exchanges = 0
        self.down = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"network": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> OAuthServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- what a person does in the browser ------------------------------------------------------------------

    def answer(self, url: str, *, agree: bool = True, state: str | None = None) -> str:
        """Return the address that the browser is sent to after the person decided on the page at ``url``."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["response_type"] == "code"
        assert asked["client_id"] in self.apps
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"].startswith("http://127.0.0.1:")
        brought = {"state": asked.get("state", "") if state is None else state}
        if agree:
            code = secrets.token_urlsafe(16)
            self.codes[code] = {**asked, "handle": self.handle, "id": self.id}
            brought["code"] = code
        else:
            brought |= {"error": "access_denied"}
        return f"{asked['redirect_uri']}?{urlencode(brought)}"

    def browser(self, *, agree: bool = True, state: str | None = None) -> Any:
        """Return what stands in for ``webbrowser.open``: it decides and follows the way back."""

        def open_(url: str) -> bool:
            back = self.answer(url, agree=agree, state=state)
            self.pages.append(httpx.get(back, timeout=60))
            return True

        self.pages: list[httpx.Response] = []
        return open_

    # --- what the client asks --------------------------------------------------------------------------------

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Give a token for a code, once."""
        self.exchanges += 1
        given = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.apps.get(form.get("client_id", "")) != form.get("client_secret"):
            return 401, {"error": "invalid_client"}
        if given is None or given["code_challenge"] != challenge or given["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        scopes = given["scope"].split() if self.grants is None else list(self.grants)
        token = "tok-" + secrets.token_urlsafe(24)
        self.tokens[token] = {"handle": given["handle"], "id": given["id"], "scopes": scopes, "app": form["client_id"]}
        return 200, {"access_token": token, "token_type": "bearer", "scope": " ".join(scopes)}


class _Handler(BaseHTTPRequestHandler):
    network: OAuthServer

    def do_GET(self) -> None:
        who = self._who()
        if self.network.down:
            self._say(503, {"error": "unavailable"})
        elif who is None:
            self._say(401, {"error": "invalid_token"})
        elif self.path == "/me":
            self._say(200, who)
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/token":
            self._say(*self.network.exchange(dict(parse_qsl(body))))
            return
        who = self._who()
        if who is None:
            self._say(401, {"error": "invalid_token"})
            return
        if "nope" in body:
            self._say(422, {"error": "not like this"})
            return
        self.network.posts.append((who["app"], json.loads(body)["text"]))
        self._say(200, {"id": str(len(self.network.posts))})

    def _who(self) -> dict[str, Any] | None:
        return self.network.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))

    def _say(self, status: int, body: dict[str, Any]) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        return
