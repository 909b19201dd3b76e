"""Plaza: a network for tests of connecting, with two ways in, over the loopback server of tests/servers/oauth.py."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from bot.domain.comment import Comment
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import Misconfigured, Reconnect, Refused, TryLater
from bot.platforms.base import (
    Consent,
    Cursor,
    Features,
    Field,
    Health,
    Identity,
    Limits,
    Page,
    Platform,
    Way,
)  # fmt: skip

NEEDED = ("posts.write", "media.write")


def begin(given: dict[str, str], redirect: str) -> Consent:
    verifier = secrets.token_urlsafe(40)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": given["client_id"], "redirect_uri": redirect, "scope": " ".join(NEEDED),
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return Consent(f"{given['server']}/authorize?{urlencode(asked)}", {"verifier": verifier, "redirect": redirect})


def finish(given: dict[str, str], consent: Consent, returned: dict[str, str]) -> dict[str, str]:
    form = {
        "grant_type": "authorization_code", "code": returned.get("code", ""), "client_id": given["client_id"],
        "client_secret": given["client_secret"], "code_verifier": consent.keep["verifier"],
        "redirect_uri": consent.keep["redirect"],
    }  # fmt: skip
    said = httpx.post(f"{given['server']}/token", data=form)
    if said.status_code != 200:
        raise Refused(f"Plaza refuses the code {form['code']}.", platform="plaza", next_step="Start again.")
    return {"access_token": said.json()["access_token"]}


_SERVER = Field("server", "Address of the server", default="http://127.0.0.1:9")


class Plaza(Platform):
    """One account there."""

    id = "plaza"
    label = "Plaza"
    limits = Limits(text=500, unit="characters")
    features = Features(threads=True, read_lag=1.0)
    settings: ClassVar[dict[str, tuple[str, bool]]] = {
        "server": ("Address of the server", False),
        "client_id": ("The app's id", False),
        "client_secret": ("The app's secret", True),
        "access_token": ("Token of the account", True),
        "colour": ("Nothing to do with the login", False),
    }
    ways = (
        Way(
            "consent", "Consent in the browser",
            (_SERVER, Field("client_id", "The app's id"), Field("client_secret", "The app's secret", True)),
            begin, finish, ("Enter {redirect} as the app's return address.",),
        ),
        Way("token", "A token that was made there", (_SERVER, Field("access_token", "Token of the account", True))),
    )  # fmt: skip
    #: When a token ends, in tests that look at that.
    expires: ClassVar[datetime | None] = None
    calls: ClassVar[list[str]] = []
    #: What a question costs, in US dollars.
    price: ClassVar[float] = 0.01

    @classmethod
    def length(cls, text: str) -> int:
        return len(text)

    def _token(self) -> str:
        """Return the token, by way of a session in the vault, as adapters that renew tokens have one."""
        kept = self.context.vault.load("session")
        if kept is None:
            if not self.config.get("access_token"):
                raise Misconfigured("The account has no login.", next_step="Connect it.")
            kept = self.config["access_token"]
            with self.context.vault.lock("session"):
                self.context.vault.store("session", kept)
        return kept

    def _http(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        head = {"Authorization": f"Bearer {self._token()}"}
        said = httpx.request(method, self.config["server"] + path, headers=head, **what)
        if said.status_code == 401:
            raise Reconnect(f"Plaza does not know {self._token()}.", platform=self.id, status=401)
        if said.status_code == 422:
            raise Refused("Plaza will not accept this text.", platform=self.id, status=422)
        if said.status_code >= 500:
            raise TryLater("Plaza has a fault.", platform=self.id, status=said.status_code)
        found: dict[str, Any] = said.json()
        return found

    def publish(self, out: Outgoing, once: str) -> Receipt:
        self.refuse(out)
        out.before_send()
        made = self._http("POST", "/posts", json={"text": out.part.text})
        return Receipt(made["id"], f"plaza://{made['id']}", self.context.clock.now())

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        return None

    def delete(self, receipt: Receipt) -> None:
        return

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        return Page((), None)

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        return ()

    def identity(self) -> Identity:
        self.calls.append(self.context.account.key)
        if self.price:
            self.context.facts.add(f"spend:{self.context.clock.now():%Y-%m}", self.price)
        me = self._http("GET", "/me")
        self.context.facts.store("rate", {"limit": 100, "left": 99, "reset": None})
        lacking = tuple(s for s in NEEDED if s not in me["scopes"])
        return Identity(me["id"], me["handle"], "", tuple(me["scopes"]), lacking, type(self).expires)

    def health(self) -> list[Health]:
        return [Health("login", True, "signed in")]
