"""What a run is made of: its accounts on every kind of platform, its brand, its shortened times, where its files are.

Times are shortened together, so that their ratios stay those of production: a request is answered or given up within
``timeout``; the network promises to have a post ``processing`` seconds after it left and to show it ``lag`` later; the
first look comes ``read_lag`` after the send, which is more than both together.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind
from bot.domain.editorial import Plan
from tests.acceptance.harness.network import NONSENSE, REFUSED

ROOT = Path(__file__).resolve().parents[3]
BRAND = "torture"
KINDS = ("x", "mastodon", "bluesky", "sandbox")
#: Seconds until the sandbox shows a post.
SANDBOX_LAG = 0.3


@dataclass
class Run:
    """One run; written to ``folder/run.json`` for the processes that take part."""

    folder: str
    database: str
    seed: int = 1
    #: Accounts of each kind.
    each: int = 2
    kinds: tuple[str, ...] = KINDS
    timeout: float = 1.2
    read_lag: float = 2.0
    lease: float = 12.0
    #: What own back-offs are multiplied with; waits that a platform names are kept.
    backoff: float = 0.15
    port: int = 0
    faults: dict[str, Any] = field(default_factory=dict)
    scripts: tuple[tuple[str, str, int], ...] = ()
    #: A refresh token works once, even if its answer was lost.
    strict: bool = False
    #: X refuses a text that an account's last posts hold.
    refuse_repeats: bool = False
    #: X's tokens have run out before the first call.
    expired: bool = False
    #: The wall clock of workers is wrong by what stands in ``folder/clock``.
    jumping: bool = False
    #: What is to be added to the clock that nobody sets, for the true time.
    ahead: float = field(default_factory=lambda: time.time() - time.monotonic())
    #: Guards that workers go without, and the loop they run in the place of ours: see ``guards.py``.
    without: tuple[str, ...] = ()
    strategy: str = ""

    @property
    def path(self) -> Path:
        return Path(self.folder)

    @property
    def log(self) -> Path:
        """The network's record."""
        return self.path / "network.jsonl"

    def save(self) -> Path:
        where = self.path / "run.json"
        where.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return where

    @classmethod
    def load(cls, where: str | Path) -> Run:
        kept = json.loads(Path(where).read_text(encoding="utf-8"))
        for name in ("kinds", "without"):
            kept[name] = tuple(kept[name])
        kept["scripts"] = tuple((word, fault, times) for word, fault, times in kept["scripts"])
        return cls(**kept)

    def accounts(self) -> list[Account]:
        zones = ("UTC", "Europe/Berlin", "Asia/Shanghai")
        return [
            Account(kind, f"{kind}{n}", self.handle(kind, n), "en", zones[n % 3])
            for kind in self.kinds
            for n in range(self.each)
        ]

    def handle(self, kind: str, n: int) -> str:
        return {"x": f"brand{n}", "mastodon": f"brand{n}@mastodon.invalid", "bluesky": f"brand{n}.test"}.get(
            kind, f"brand{n}.sandbox"
        )

    def brand(self) -> Brand:
        """Return the brand: no gap between late posts and no lateness that asks, so that a run has an end."""
        people = (Person("anna", "Anna", frozenset({Role.AUTHOR})), Person("li", "Li", frozenset({Role.APPROVER})))
        rules = RuleBook((Rule("no-miracles", RuleKind.NEVER, "No miracles.", hard=True, words=("miracle",)),))
        return Brand(
            BRAND, "Torture Tea", ("en",), "UTC", tuple(self.accounts()), people, link_hosts=("torture.example",),
            rulebook=rules, grace_minutes=24 * 60, plan=Plan(gap_minutes=0),
        )  # fmt: skip

    def network(self) -> dict[str, Any]:
        """Return the configuration of the network."""
        logins: dict[str, dict[str, str]] = {}
        for n, account in enumerate(a for a in self.accounts() if a.platform != "sandbox"):
            did = "did:plc:" + f"{n:024d}".translate(str.maketrans("0123456789", "abcdefghij"))
            said = {"id": did if account.platform == "bluesky" else str(9000 + n), "handle": account.handle}
            if account.platform == "mastodon":
                said |= {"handle": account.handle.partition("@")[0], "access": f"mt-{n}-token"}
            if account.platform == "x":
                said |= {
                    "access": "" if self.expired else f"at-first-{account.name}",
                    "refresh": f"rt-first-{account.name}",
                }
            logins[account.key] = said
        return {"seed": self.seed, "log": str(self.log), "accounts": logins, "faults": self.faults,
                "scripts": self.scripts, "strict": self.strict,
                "refuse_repeats": [key for key in logins if self.refuse_repeats]}  # fmt: skip

    def settings(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return the settings of every account, as ``SIGNOFF_PLATFORMS__...`` would give them."""
        base, found = f"http://127.0.0.1:{self.port}", dict[str, dict[str, dict[str, str]]]()
        for key, login in self.network()["accounts"].items():
            kind, _, name = key.partition(":")
            given = {"service": base, "handle": login["handle"], "app_password": "harness-app-password"}
            if kind == "mastodon":
                given = {"instance": base, "access_token": login["access"]}
            if kind == "x":
                session = {"grant": f"grant-{name}", "access": f"at-first-{name}", "refresh": login["refresh"],
                           "ends": "2099-01-01T00:00:00+00:00", "scopes": []}  # fmt: skip
                given = {"client_id": "harness", "tokens": json.dumps(session)}
            found.setdefault(kind, {})[name] = given
        for account in (a for a in self.accounts() if a.platform == "sandbox"):
            keys = "no" if int(account.name[-1]) % 2 else "yes"
            found.setdefault("sandbox", {})[account.name] = {"honour_once": keys, "lag": str(SANDBOX_LAG)}
        return found


#: Of these the texts are made: no two alike, none of them refused by a check.
_WORDS = (
    "amber autumn balcony basket bench bloom blossom breeze brook candle cellar cherry clover copper corner cotton cup "
    "dawn delta dusk ember evening fern field flour forest garden ginger granite harbour harvest hazel hill honey "
    "island ivory jasmine kettle lake lantern leaf lemon linen lotus maple meadow mill mint mist moon morning moss "
    "mountain mug nettle oak oat olive orchard paper pear pebble pepper petal pine plum pond porch quarry quince rain "
    "river robin rose saffron sage salt sand shade shelf shore silver slate snow spoon spring spruce stone stove "
    "summer sun table tea thistle thyme timber tulip valley velvet violet walnut water wheat willow wind window winter"
).split()


def texts(chance: random.Random, number: int, parts: int, poison: str = "") -> list[str]:
    """Return the texts of one post: each with its number, so that it is known again wherever it stands."""
    made = []
    for part in range(parts):
        said = " ".join(chance.sample(_WORDS, 11))
        if part == 0 and poison:
            said += " " + {"refused": REFUSED, "nonsense": NONSENSE}[poison]
        if chance.random() < 0.2:
            said += f" https://torture.example/{number}/{part}?a=1&b=2"
        made.append(f"Tea {number} of the year, part {part + 1} of {parts} & more: {said}")
    return made
