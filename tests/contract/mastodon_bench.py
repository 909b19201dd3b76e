"""The brand and a fan on one Mastodon server, given by its address and two tokens: mastodon-mock or a real one."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from PIL import Image

from bot.clock import Clock, SystemClock
from bot.domain.brand import Account
from bot.domain.post import Receipt
from bot.platforms.base import Context, Platform, Remembered
from bot.platforms.mastodon import Mastodon
from tests.contract.platform_contract import Bench, MemoryVault, Sent
from tests.servers.faulty_requests import Call, Faulty, Reply

POST, STATUSES = "POST", "/api/v1/statuses"
REFUSAL = Reply(422, {"error": "Validation failed: Text character limit of 500 exceeded"})
REVOCATION = Reply(
    401, {"error": "The access token was revoked"},
    (("www-authenticate", 'Bearer realm="Doorkeeper", error="invalid_token"'),),
)  # fmt: skip


#: Signoff's words for Mastodon's, from https://docs.joinmastodon.org/methods/statuses/#create (read 2026-11-22).
VISIBILITIES = {"public": "public", "unlisted": "unlisted", "followers": "private", "direct": "direct"}
ONE = re.compile(rf"{STATUSES}/\w+")


def _letters(text: str) -> str:
    """Return a text without what a server changes: mentions, spaces, signs."""
    return re.sub(r"@\S+|[\W_]", "", unicodedata.normalize("NFC", text))


class MastodonBench(Bench):
    lacks = {  # noqa: RUF012 - a table, as in the base class
        "quoting fans": "mastodon-mock 0.6.1 tells nobody that they were quoted; a recorded answer is read in "
        "test_mastodon_details.py (https://docs.joinmastodon.org/entities/Notification/#type)",
    }

    def __init__(self, url: str, brand: str, fan: str, robot: str = "") -> None:
        super().__init__()
        self.url, self.brand, self.fan, self.robot = url.rstrip("/"), brand, fan, robot
        self.http = httpx.Client(base_url=self.url, timeout=30, verify=self.url.startswith("https"))
        self.wire, self.vault, self.facts = Faulty((POST, STATUSES), REFUSAL, REVOCATION), MemoryVault(), Remembered()
        self.clock: Clock = SystemClock()
        self.made: list[Mastodon] = []
        self.began = datetime.now(UTC)
        self.said: list[str] = []
        if not robot:
            self.lacks = {**type(self).lacks, "bots": "No token of an account that is marked as automated was given"}
        self.me = self.ask("GET", "/api/v1/accounts/verify_credentials", brand)

    def server_takes(self, unit: str) -> int | None:
        """A stock mastodon-mock counts code points, where Mastodon counts characters as people see them."""
        mock = self.http.get("/api/v1/_mock/faults", headers={"Authorization": f"Bearer {self.brand}"})
        return 500 // len(unit) if not self.robot and mock.status_code == 200 else None

    def ask(self, method: str, path: str, token: str, **form: Any) -> Any:
        """Call the server directly, past every adapter."""
        headers = {"Authorization": f"Bearer {token}"}
        if method in ("POST", "PUT") and "status" in form:
            self.said.append(form["status"])
        answer = self.http.request(
            method, path, headers=headers, **({"params": form} if method == "GET" else {"data": form})
        )
        return answer.raise_for_status().json()

    def adapter(self, **more: Any) -> Mastodon:
        pictures = self.pictures
        context = Context(
            Account("mastodon", "main", f"@{self.me['username']}"), self.clock, self.vault,
            media=lambda medium: pictures[medium.sha256], transport=self.wire, timeout=30.0, facts=self.facts,
        )  # fmt: skip
        settings = {"instance": self.url, "access_token": self.brand, "client_secret": "secret-of-the-app", **more}
        self.made.append(Mastodon(context, settings))
        return self.made[-1]

    def close(self) -> None:
        for adapter in self.made:
            adapter.close()
        self.wire.end()
        self.http.close()

    def tidy(self) -> None:
        """Take away what this bench has posted, for a server that somebody uses: those words only, page by page."""
        posted = [call for call in self.wire.calls if call.method in ("POST", "PUT") and call.path.startswith(STATUSES)]
        sent = {_letters(call.form["status"][0]) for call in posted if "status" in call.form}
        for token, ours in ((self.brand, sent), (self.fan, {_letters(text) for text in self.said})):
            who = self.ask("GET", "/api/v1/accounts/verify_credentials", token)["id"]
            for _ in range(4):
                found = self.ask("GET", f"/api/v1/accounts/{who}/statuses", token, limit=40)
                new = [status for status in found if datetime.fromisoformat(status["created_at"]) >= self.began]
                mine = [s for s in new if _letters(html.unescape(re.sub(r"<[^>]+>", "", s["content"]))) in ours]
                for status in mine:
                    self.ask("DELETE", f"{STATUSES}/{status['id']}", token)
                if len(mine) < 20:
                    break

    def calls(self) -> int:
        return len(self.wire.calls)

    def sent(self) -> Sent:
        call = self.wire.last()
        form = {name: values[0] for name, values in call.form.items()}
        count = len(call.form.get("media_ids[]", []))
        uploads = [upload.multipart for upload in self.wire.found("POST", "/api/v2/media")][-count:] if count else []
        parent = form.get("in_reply_to_id", "")
        return Sent(
            form["status"], form.get("language", ""), None,
            tuple(upload["description"][1].decode() for upload in uploads),
            tuple(Image.open(io.BytesIO(upload["file"][1])).size for upload in uploads),
            parent, self.root(parent), call.headers.get("idempotency-key", ""),
        )  # fmt: skip

    def root(self, parent: str) -> str:
        """Return the first post of a conversation, as the server tells."""
        if not parent:
            return ""
        above = self.ask("GET", f"{STATUSES}/{parent}/context", self.brand)["ancestors"]
        return str(above[0]["id"]) if above else parent

    def sends(self) -> int:
        return self.wire.count()

    def fail(self, effect: str) -> None:
        self.wire.fail(effect)

    def answer(
        self, operation: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        own = f"/api/v1/accounts/{self.me['id']}/statuses"

        def meant(call: Call) -> bool:
            one = bool(ONE.fullmatch(call.path))
            return {
                "publish": (call.method, call.path) == self.wire.target,
                "upload": (call.method, call.path) == ("POST", "/api/v2/media"),
                "find": call.path == own,
                "lookup": call.method == "GET" and one,
                "edit": call.method == "PUT" and one,
                "delete": call.method == "DELETE" and one,
                "comments": call.path == "/api/v1/notifications",
                "readings": call.method == "GET" and call.path == STATUSES,
                "identity": call.path == "/api/v1/accounts/verify_credentials",
            }[operation]

        said = {"error": "Something"} if body is None else body
        self.wire.fail(Reply(status, said, tuple((headers or {}).items())), count=10**6, where=meant)

    def mend(self) -> None:
        self.wire.forget()

    def says(self, text: str, parent: Receipt | None = None, *, visibility: str = "public", bot: bool = False) -> str:
        # An answer reaches only those whom it names.
        form = {"status": f"@{self.me['acct']} {text}", "visibility": VISIBILITIES[visibility]}
        if parent is not None:
            form["in_reply_to_id"] = parent.remote_id
        return str(self.ask("POST", STATUSES, self.robot if bot else self.fan, **form)["id"])

    def quotes(self, text: str, receipt: Receipt) -> str:
        return str(self.ask("POST", STATUSES, self.fan, status=text, quoted_status_id=receipt.remote_id)["id"])

    def edits(self, comment: str, text: str) -> None:
        self.ask("PUT", f"{STATUSES}/{comment}", self.fan, status=f"@{self.me['acct']} {text}")

    def removes(self, comment: str) -> None:
        self.ask("DELETE", f"{STATUSES}/{comment}", self.fan)

    def hidden(self, comment: str) -> bool:
        return False

    def is_open(self, adapter: Platform) -> bool:
        assert isinstance(adapter, Mastodon)
        return adapter._wire._session is not None

    def mention(self) -> str:
        return f"@{self.ask('GET', '/api/v1/accounts/verify_credentials', self.fan)['acct']}"

    def likes(self, receipt: Receipt) -> None:
        self.ask("POST", f"{STATUSES}/{receipt.remote_id}/favourite", self.fan)

    def own(self) -> list[dict[str, Any]]:
        """Return the brand's latest statuses, as the server tells."""
        found: list[dict[str, Any]] = self.ask(
            "GET", f"/api/v1/accounts/{self.me['id']}/statuses", self.brand, limit=40
        )
        return found

    def copies(self, text: str) -> int:
        return sum(html.unescape(re.sub(r"<[^>]+>", "", status["content"])) == text for status in self.own())

    def secrets(self) -> list[str]:
        return [self.brand, "secret-of-the-app"]
