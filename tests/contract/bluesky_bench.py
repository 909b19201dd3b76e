"""A brand and a fan on one Bluesky network: its servers as the tests start them, or any that is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.clock import Clock, SystemClock
from bot.domain.brand import Account
from bot.domain.post import Outgoing, Receipt
from bot.platforms.base import Context, Platform
from bot.platforms.bluesky import Bluesky
from tests.contract.platform_contract import Bench, Declared, MemoryVault, Sent
from tests.servers.bluesky import BlueskyNetwork, Login
from tests.servers.faulty import Faulty

POST, CREATE = "app.bsky.feed.post", "com.atproto.repo.createRecord"
PUT, DELETE = "com.atproto.repo.putRecord", "com.atproto.repo.deleteRecord"
#: Which method an operation of the adapter is.
METHODS = {
    "publish": CREATE, "upload": "com.atproto.repo.uploadBlob", "find": "com.atproto.repo.getRecord",
    "lookup": "com.atproto.repo.getRecord", "delete": DELETE, "readings": "app.bsky.feed.getPosts",
    "comments": "app.bsky.notification.listNotifications", "identity": "com.atproto.server.getSession",
}  # fmt: skip
#: What the server says with a status (PDS 0.5.35, measured 2026-11-21).
WORDS = {400: "InvalidRequest", 401: "AuthenticationRequired", 403: "Forbidden", 404: "NotFound",
         429: "RateLimitExceeded", 501: "MethodNotImplemented", 502: "UpstreamFailure"}  # fmt: skip
XRPC = "https://atproto.com/specs/xrpc#error-responses (read 2026-11-22)"


class BlueskyBench(Bench):
    declared = (
        Declared(
            tuple(METHODS), (401,), "TryLater",
            "401 refuses the session, not the account: it is renewed once, and only a refused login calls a person",
            "https://docs.bsky.app/docs/advanced-guides/oauth-client and measured (2026-11-21)",
        ),
        Declared(
            ("publish", "upload", "delete"), (404,), "TryLater",
            "404 means that the server does not know the method: a wrong address or a server being replaced", XRPC,
        ),
    )  # fmt: skip
    lacks = {  # noqa: RUF012 - a table, as in the base class
        "edited comments": "A record that is put again is not read again: AppView 0.0.280, indexing/plugins/post.js",
    }

    def __init__(self, network: BlueskyNetwork, brand: Login, fan: Login, fan_vault: MemoryVault) -> None:
        super().__init__()
        self.network, self.brand = network, brand
        self.wire, self.vault = Faulty(), MemoryVault()
        self.clock: Clock = SystemClock()
        self.made: list[Bluesky] = []
        self.fan = self._adapter(fan, fan_vault, Faulty())
        self._robot: Bluesky | None = None
        if not network.admin_password:
            self.lacks = {**self.lacks, "bots": "A third account, of software, is only made on a network of our own"}

    def _adapter(self, login: Login, vault: MemoryVault, wire: Faulty, **more: Any) -> Bluesky:
        pictures = self.pictures
        context = Context(
            Account("bluesky", "main", login.handle), self.clock, vault,
            media=lambda medium: pictures[medium.sha256], transport=wire, timeout=30.0,
        )  # fmt: skip
        settings = {"service": self.network.pds_url, "handle": login.handle, "app_password": login.password, **more}
        self.made.append(Bluesky(context, settings))
        return self.made[-1]

    def adapter(self, **more: Any) -> Bluesky:
        return self._adapter(self.brand, self.vault, self.wire, **more)

    def tidy(self) -> None:
        """Delete what this bench posted: exactly the records that it named, and no other."""
        for wire, adapter in ((self.wire, self.adapter()), (self.fan.context.transport, self.fan)):
            did = adapter._wire.session().did
            for call in (call for call in wire.calls if call.nsid == CREATE):
                body = {"repo": did, "collection": POST, "rkey": call.json["rkey"]}
                self.xrpc(DELETE, body, adapter._wire.session().access)

    def close(self) -> None:
        for adapter in self.made:
            adapter.close()

    def calls(self) -> int:
        return len(self.wire.calls)

    def sent(self) -> Sent:
        record, body = self.record(), self.wire.last(CREATE).json
        images = record.get("embed", {}).get("images", [])
        reply = record.get("reply", {})
        return Sent(
            record["text"], record["langs"][0], datetime.fromisoformat(record["createdAt"]),
            tuple(image["alt"] for image in images),
            tuple((image["aspectRatio"]["width"], image["aspectRatio"]["height"]) for image in images),
            reply.get("parent", {}).get("uri", ""), reply.get("root", {}).get("uri", ""), body["rkey"],
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return the record of the last createRecord that left."""
        found: dict[str, Any] = self.wire.last(CREATE).json["record"]
        return found

    def out(self, text: str = "", **more: Any) -> Outgoing:
        # The record keeps milliseconds; so does the publish step's clock here.
        out = super().out(text, **more)
        assert out.created is not None
        return replace(out, created=out.created.replace(microsecond=out.created.microsecond // 1000 * 1000))

    def fail(self, effect: str) -> None:
        self.wire.fail(effect)

    def sends(self) -> int:
        return self.wire.count(CREATE)

    def answer(
        self, operation: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        said = {"error": WORDS.get(status, "InternalServerError"), "message": f"Answer {status}"}
        self.wire.answer(METHODS[operation], status, headers, json.dumps(said).encode() if body is None else body)

    def mend(self) -> None:
        self.wire.mend()

    def says(self, text: str, parent: Receipt | None = None, *, visibility: str = "public", bot: bool = False) -> str:
        if parent:
            # A reply indexed before its parent never becomes a notification (measured 2026-11-21).
            self.settle(lambda: self.shown(parent.remote_id))
        text = text if parent else f"{text} @{self.brand.handle} {self._count}"
        out = self.out(text, parent=parent)
        said = self.publish(self.robot() if bot else self.fan, out).remote_id
        self.settle(lambda: self.shown(said))
        return said

    def robot(self) -> Bluesky:
        """Return somebody else, whose profile carries the label of software.

        https://docs.bsky.app/docs/starter-templates/bots (read 2026-11-22)
        """
        if self._robot is None:
            login = self.network.new_account("robot")
            self._robot = self._adapter(login, MemoryVault(), Faulty())
            labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
            record = {"$type": "app.bsky.actor.profile", "displayName": "Robot", "labels": labels}
            body = {"repo": login.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": record}
            token = self._robot._wire.session().access
            self.xrpc(PUT, body, token)

            def known() -> bool:
                where = f"{self.network.pds_url}/xrpc/app.bsky.actor.getProfile"
                headers = {"Authorization": f"Bearer {token}"}
                answer = httpx.get(where, params={"actor": login.did}, headers=headers, timeout=30)
                return answer.status_code == 200 and bool(answer.json().get("labels"))

            self.settle(known)
        return self._robot

    def _said(self, text: str, **more: Any) -> str:
        return self.publish(self.fan, self.out(text, **more)).remote_id

    def burst(self, texts: Sequence[str], parent: Receipt) -> list[str]:
        self.settle(lambda: self.shown(parent.remote_id))
        return [self._said(text, parent=parent) for text in texts]

    def quotes(self, text: str, receipt: Receipt) -> str:
        self.settle(lambda: self.shown(receipt.remote_id))
        said = self._said(text, quote=receipt.remote_id)
        self.settle(lambda: self.shown(said))
        return said

    def edits(self, comment: str, text: str) -> None:
        raise NotImplementedError(self.lacks["edited comments"])

    def removes(self, comment: str) -> None:
        self.fan.delete(Receipt(comment, "", self.clock.now()))
        self.settle(lambda: not self.shown(comment))

    def hidden(self, comment: str) -> bool:
        where = {"repo": self.brand.did, "collection": "app.bsky.feed.threadgate", "limit": "100"}
        answer = httpx.get(f"{self.network.pds_url}/xrpc/com.atproto.repo.listRecords", params=where, timeout=30)
        return any(comment in r["value"].get("hiddenReplies", []) for r in answer.raise_for_status().json()["records"])

    def is_open(self, adapter: Platform) -> bool:
        assert isinstance(adapter, Bluesky)
        return not adapter._wire._http.is_closed

    def mention(self) -> str:
        return f"@{self.fan._wire.session().handle}"

    def shown(self, uri: str) -> bool:
        """Say whether the AppView has indexed a post."""
        return bool(list(self.fan.readings([Receipt(uri, "", self.clock.now())])))

    def likes(self, receipt: Receipt) -> None:
        did = self.fan._wire.session().did
        like = {"$type": "app.bsky.feed.like", "subject": {"uri": receipt.remote_id, "cid": receipt.cid}}
        like["createdAt"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        body = {"repo": did, "collection": "app.bsky.feed.like", "record": like}
        self.xrpc(CREATE, body, self.fan._wire.session().access)

    def xrpc(self, nsid: str, body: dict[str, Any] | None, token: str, scheme: str = "Bearer") -> httpx.Response:
        """Call the PDS directly, past every adapter."""
        headers = {"Authorization": f"{scheme} {token}"}
        answer = httpx.post(f"{self.network.pds_url}/xrpc/{nsid}", json=body, headers=headers, timeout=30)
        return answer.raise_for_status()

    def copies(self, text: str) -> int:
        where = {"repo": self.brand.did, "collection": "app.bsky.feed.post", "limit": "100"}
        answer = httpx.get(f"{self.network.pds_url}/xrpc/com.atproto.repo.listRecords", params=where, timeout=30)
        return sum(record["value"]["text"] == text for record in answer.json()["records"])

    def stored(self) -> dict[str, Any]:
        """Return the session in the vault."""
        found: dict[str, Any] = json.loads(self.vault.kept["session"])
        return found

    def secrets(self) -> list[str]:
        return [self.brand.password, self.stored()["access"], self.stored()["refresh"]]
