"""The contract over the sandbox network: as it is, without idempotency keys, and in the guise of every platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.domain.post import Receipt
from bot.errors import BadInput
from bot.platforms import registry
from bot.platforms.base import Context, Platform
from bot.platforms.sandbox import Sandbox
from bot.store.db import Database
from bot.store.sandbox import SandboxNetwork
from bot.store.tables import metadata
from tests.contract.platform_contract import Bench, MemoryVault, PlatformContract, Sent

BRAND, FAN = "brand.sandbox", "ada.fan.sandbox"


class Watched:
    """Lets every call through to the network and counts it."""

    def __init__(self, net: SandboxNetwork) -> None:
        self._net, self.calls, self.posts = net, 0, 0
        self.last: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._net, name)

        def call(*args: Any, **kw: Any) -> Any:
            self.calls += 1
            if name == "post":
                self.posts, self.last = self.posts + 1, (args, kw)
            return found(*args, **kw)

        return call


class SandboxBench(Bench):
    lacks = {  # noqa: RUF012 - a table, as in the base class
        "headers": "It is spoken to by calls, not HTTP: a fault has one number, the wait (bot/platforms/sandbox.py)",
    }

    def __init__(self, net: SandboxNetwork, settings: dict[str, str]) -> None:
        super().__init__()
        self.net, self.watched, self.settings = net, Watched(net), settings
        self.vault, self.clock = MemoryVault(), SystemClock()

    def adapter(self) -> Sandbox:
        account = Account("sandbox", "main", BRAND)
        pictures = self.pictures
        context = Context(
            account, self.clock, self.vault, media=lambda medium: pictures[medium.sha256], sandbox=self.watched
        )
        return Sandbox(context, self.settings)

    def calls(self) -> int:
        return self.watched.calls

    def sent(self) -> Sent:
        (account, text), kw = self.watched.last
        post = self.net.timeline(account)[-1]
        assert post.sent == text
        return Sent(
            post.sent, post.language, post.created, tuple(m["alt"] for m in post.media),
            tuple((m["width"], m["height"]) for m in post.media), post.parent_id, post.root_id, kw["once"] or "",
        )  # fmt: skip

    def fail(self, effect: str) -> None:
        self.net.break_next(effect, account=BRAND, amount=7)

    def sends(self) -> int:
        return self.watched.posts

    def answer(
        self, operation: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        known = {name.lower(): said for name, said in (headers or {}).items()}
        try:
            amount: float | None = float(known["retry-after"])
        except (LookupError, ValueError):
            amount = None
        # An answer that says nothing leaves open whether there is a post; nothing else can be in doubt here.
        effect = f"http {status}" if status >= 300 else "timeout_before"
        self.net.break_next(effect, account=BRAND, operation={"lookup": "find"}.get(operation, operation), count=None,
                            amount=amount)  # fmt: skip

    def mend(self) -> None:
        self.net.mend(BRAND)

    def says(self, text: str, parent: Receipt | None = None, *, visibility: str = "public", bot: bool = False) -> str:
        who = "robot.fan.sandbox" if bot else FAN
        self.net.join(who, bot=bot)
        return self._posted(who, text if parent else f"@{BRAND} {text}", visibility=visibility,
                            parent_id=parent.remote_id if parent else "")  # fmt: skip

    def quotes(self, text: str, receipt: Receipt) -> str:
        return self._posted(FAN, text, quote_id=receipt.remote_id)

    def _posted(self, who: str, text: str, **more: str) -> str:
        post = self.net.post(who, text, **more)  # type: ignore[arg-type]
        assert post is not None
        return post.id

    def edits(self, comment: str, text: str) -> None:
        assert self.net.edit(FAN, comment, text)

    def removes(self, comment: str) -> None:
        self.net.delete(FAN, comment)

    def hidden(self, comment: str) -> bool:
        return self.net.is_hidden(comment)

    def is_open(self, adapter: Platform) -> bool:
        return False

    def mention(self) -> str:
        return f"@{FAN}"

    def likes(self, receipt: Receipt) -> None:
        self.net.react(FAN, receipt.remote_id)
        self.net.react(FAN, receipt.remote_id)

    def copies(self, text: str) -> int:
        return sum(post.sent == text for post in self.net.timeline(BRAND))

    def secrets(self) -> list[str]:
        return ["there are none here"]

    def weight(self, unit: str) -> int:
        # Whether a network counts rightly is its own contract's business; here only that its count is used.
        like = self.settings.get("like")
        return registry.load(like).length(unit) if like else 1


@pytest.fixture
def net(database_url: str) -> Iterator[SandboxNetwork]:
    db = Database(database_url)
    metadata.create_all(db.engine)
    yield SandboxNetwork(db, SystemClock())
    db.close()


@pytest.fixture
def net_here(tmp_path: Path) -> Iterator[SandboxNetwork]:
    """The network on SQLite alone: that both databases keep it alike is shown once, by the sandbox as it is."""
    db = Database(f"sqlite:///{tmp_path / 'network.db'}")
    metadata.create_all(db.engine)
    yield SandboxNetwork(db, SystemClock())
    db.close()


class TestSandbox(PlatformContract):
    @pytest.fixture
    def bench(self, net: SandboxNetwork) -> SandboxBench:
        return SandboxBench(net, {})


class TestSandboxWithoutKeys(PlatformContract):
    """The same network, forgetting every idempotency key: settling must do with the timeline."""

    @pytest.fixture
    def bench(self, net_here: SandboxNetwork) -> SandboxBench:
        return SandboxBench(net_here, {"honour_once": "no"})


@pytest.mark.parametrize("like", [name for name in registry.ids() if name != "sandbox"])
class TestSandboxInGuise(PlatformContract):
    """The sandbox as it behaves like each of the other platforms."""

    @pytest.fixture
    def bench(self, net_here: SandboxNetwork, like: str) -> SandboxBench:
        return SandboxBench(net_here, {"like": like})

    def test_its_data_are_the_other_platforms(self, adapter: Platform, like: str) -> None:
        other = registry.load(like)
        assert adapter.limits == other.limits
        assert (adapter.features.once, adapter.features.read_lag) == (other.features.once, other.features.read_lag)
        assert adapter.id == "sandbox"


def test_a_strangers_post_is_not_taken_for_ours(net: SandboxNetwork) -> None:
    bench = SandboxBench(net, {})
    theirs = bench.says("Hello")
    with pytest.raises(BadInput, match="is not a post of sandbox:main"):
        bench.adapter().lookup(f"sandbox://ada.fan.sandbox/{theirs}")
