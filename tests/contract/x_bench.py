"""The brand and a fan on the stand-in for X, by keys (OAuth 1) or by a session (OAuth 2)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from PIL import Image

from bot.clock import Clock, SystemClock
from bot.domain.brand import Account
from bot.domain.post import Outgoing, Receipt
from bot.platforms.base import Context, Platform, Remembered
from bot.platforms.kit.x_session import HIDES, SCOPES, granted, packed
from bot.platforms.x import X
from tests.contract.bench import ACCENTED, OPERATIONS, Bench, Declared, MemoryVault, Sent
from tests.servers.faulty_requests import Call, Faulty, Reply
from tests.servers.x import Network, Redirected, Tweet, User

POST, TWEETS, TOKEN = "POST", "/2/tweets", "/2/oauth2/token"
REFUSAL = Reply(
    403, {"title": "Forbidden", "detail": "This is not allowed here.", "type": "about:blank", "status": 403}
)
REVOCATION = Reply(401, {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401})
DEAD = Reply(400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."})
ONE = re.compile(r"/2/tweets/[0-9]+")


class Wire(Faulty, Redirected):
    """Watches, breaks, and sends to the stand-in what was meant for X."""


class PatientClock(SystemClock):
    """The machine's clock; waiting takes no time and is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class XBench(Bench):
    declared = (
        Declared(
            OPERATIONS, (402,), "Reconnect",
            "Calls cost money: 402 says that the developer account has no credit, which only a person mends.",
            "https://docs.x.com/x-api/getting-started/pricing",
        ),
    )  # fmt: skip
    lacks = {  # noqa: RUF012 - a table, as in the base class
        "bots": "X marks no author as software in its API: https://docs.x.com/x-api/fundamentals/data-dictionary"
    }

    def __init__(self, net: Network, url: str, *, oauth2: bool = False) -> None:
        super().__init__()
        self.net, self.oauth2 = net, oauth2
        self.brand, self.fan = net.join("brand", "The Brand"), net.join("fan", "A Fan")
        self.wire, self.vault, self.facts = Wire((POST, TWEETS), REFUSAL, REVOCATION), MemoryVault(), Remembered()
        self.wire.base = url
        self.clock: Clock = PatientClock()
        self.made: list[X] = []
        self.language = ""
        if oauth2:
            self.declared = (
                *self.declared,
                Declared(
                    OPERATIONS, (401,), "TryLater",
                    "401 refuses the session, not the account: only a refused renewal of it needs a person",
                    "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code (read 2026-11-22)",
                ),
            )  # fmt: skip
            client, secret = net.client
            session = granted(net.grant(self.brand.id, " ".join((*SCOPES, HIDES))), datetime.now(UTC))
            self.login = {"client_id": client, "client_secret": secret, "tokens": packed(session)}
        else:
            self.login = net.keys(self.brand)

    def adapter(self, **more: str) -> X:
        pictures = self.pictures
        context = Context(
            Account("x", "main", "@brand"), self.clock, self.vault, media=lambda medium: pictures[medium.sha256],
            transport=self.wire, timeout=30.0, facts=self.facts,
        )  # fmt: skip
        self.made.append(X(context, {**self.login, **more}))
        return self.made[-1]

    def close(self) -> None:
        for adapter in self.made:
            adapter.close()
        self.wire.end()

    # --- what leaves ---------------------------------------------------------------------------------------

    def calls(self) -> int:
        return len(self.wire.calls)

    def sends(self) -> int:
        return len([call for call in self.wire.calls if (call.method, call.path) == self.wire.target])

    def publish(self, adapter: Platform, out: Outgoing) -> Receipt:
        self.language = out.language
        return super().publish(adapter, out)

    def sent(self) -> Sent:
        body = [call for call in self.wire.calls if (call.method, call.path) == self.wire.target][-1].json
        media = [self.net.media[id] for id in body.get("media", {}).get("media_ids", [])]
        parent = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        above = self.net.tweets.get(parent)
        return Sent(
            # X takes no language with a post, and finds it out itself.
            body["text"], self.language, None, tuple(medium.alt for medium in media),
            tuple(Image.open(io.BytesIO(medium.data)).size for medium in media), parent,
            above.conversation if above else "", "",
        )  # fmt: skip

    def is_open(self, adapter: Platform) -> bool:
        assert isinstance(adapter, X)
        return adapter._wire._http is not None

    # --- what is broken ------------------------------------------------------------------------------------

    def fail(self, effect: str) -> None:
        self.wire.fail(effect)
        if effect == "revoked" and self.oauth2:
            self.wire.fail(DEAD, POST, TOKEN)

    def answer(
        self, operation: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        def meant(call: Call) -> bool:
            return {
                "publish": (call.method, call.path) == self.wire.target,
                "upload": (call.method, call.path) == (POST, "/2/media/upload"),
                "find": call.path.endswith(f"/{self.brand.id}/tweets"),
                "lookup": call.method == "GET" and bool(ONE.fullmatch(call.path)),
                "edit": False,
                "delete": call.method == "DELETE",
                "comments": call.path.endswith("/mentions"),
                "readings": (call.method, call.path) == ("GET", TWEETS),
                "identity": call.path == "/2/users/me",
            }[operation]

        said = {"title": "Something", "type": "about:blank", "status": status} if body is None else body
        self.wire.fail(Reply(status, said, tuple((headers or {}).items())), count=10**6, where=meant)

    def mend(self) -> None:
        self.wire.forget()

    # --- what others do ------------------------------------------------------------------------------------

    def says(self, text: str, parent: Receipt | None = None, *, visibility: str = "public", bot: bool = False) -> str:
        if parent is None:
            return self.net.post(self.fan, f"@brand {text}").id
        return self.net.post(self.fan, text, parent.remote_id).id

    def burst(self, texts: Sequence[str], parent: Receipt) -> list[str]:
        return [self.says(text, parent) for text in texts]

    def quotes(self, text: str, receipt: Receipt) -> str:
        # The timeline of mentions has only quotes that also name the account.
        return self.net.post(self.fan, f"@brand {text}", quoted=receipt.remote_id).id

    def edits(self, comment: str, text: str) -> None:
        versions = [tweet for tweet in self.net.tweets.values() if tweet.history[0] == comment]
        self.net.edit(versions[-1].id, text)

    def removes(self, comment: str) -> None:
        del self.net.tweets[comment]

    def hidden(self, comment: str) -> bool:
        return self.net.tweets[comment].hidden

    def likes(self, receipt: Receipt) -> None:
        self.net.tweets[receipt.remote_id].likes += 1

    # --- what is known -------------------------------------------------------------------------------------

    def copies(self, text: str) -> int:
        return sum(tweet.raw == text for tweet in self.own(self.brand))

    def own(self, user: User) -> list[Tweet]:
        return [tweet for tweet in self.net.tweets.values() if tweet.author == user.id]

    def secrets(self) -> list[str]:
        if not self.oauth2:
            return [self.login["api_secret"], self.login["access_token"], self.login["access_secret"]]
        kept = [json.loads(text) for text in (self.login["tokens"], *self.vault.kept.values())]
        return [self.login["client_secret"], *(session[name] for session in kept for name in ("access", "refresh"))]

    def mention(self) -> str:
        return "@fan"

    def weight(self, unit: str) -> int:
        """https://docs.x.com/fundamentals/counting-characters (read 2026-11-22); Devanagari is among the light ones."""
        return {"a": 1, ACCENTED: 1, "क्षि": 4}.get(unit, 2)
