"""A session of Bluesky that its server no longer knows: a login anew, and only then a person."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from typing import Any

import httpx
import pytest

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.errors import Reconnect
from bot.platforms.base import Context
from bot.platforms.kit.atproto import Wire


class Vault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def store(self, name: str, secret: str) -> None:
        self[name] = secret

    def lock(self, name: str) -> nullcontext[None]:
        return nullcontext()


def no_media(_: object) -> bytes:
    raise AssertionError("nothing is posted here")


def token(clock: FixedClock, seconds: int) -> str:
    body = json.dumps({"exp": int(clock.now().timestamp()) + seconds}).encode()
    return f"e30.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.x"


@pytest.mark.parametrize("login_works", [True, False])
def test_a_refresh_that_the_server_refuses_leads_to_a_login(clock: FixedClock, login_works: bool) -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path.rpartition(".")[2])
        said: dict[str, Any] = {"error": "InvalidRequest", "message": "Could not find user info for account"}
        # The first session runs out within the two minutes before which it is renewed.
        if calls[-1] == "createSession" and (login_works or calls.count("createSession") == 1):
            access = token(clock, 60 if len(calls) == 1 else 7200)
            said = {"did": "did:plc:a", "handle": "l.bsky.social", "accessJwt": access, "refreshJwt": "r"}
            return httpx.Response(200, json=said)
        return httpx.Response(400, json=said)

    account = Account("bluesky", "main", "l.bsky.social", "en", "UTC")
    transport = httpx.MockTransport(answer)
    context = Context(account=account, clock=clock, vault=Vault(), media=no_media, transport=transport)
    wire = Wire("bluesky", "https://pds.example", "l.bsky.social", "abcd-efgh-ijkl-mnop", context)
    wire.session()
    if login_works:
        wire.session()
    else:
        with pytest.raises(Reconnect, match=r"refuses the login of l\.bsky\.social"):
            wire.session()
    assert calls == ["createSession", "refreshSession", "createSession"]
