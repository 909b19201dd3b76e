"""The brand that is attacked, its people and accounts, the canaries, and short ways to act in a Signoff that has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from cryptography.fernet import Fernet

from bot.app import App
from bot.clock import FixedClock
from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftVersion, Part
from bot.domain.policy import ApprovalPolicy
from bot.domain.post import Post
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.settings import alone
from bot.store import desk as rows
from bot.workflow import card, decide, propose, turn

#: The eleven secrets; no byte of them may stand anywhere in clear.
SECRETS = {
    "token of X": "canary-x-7f3a91c2",
    "token of Bluesky": "canary-bsky-55d01e7b",
    "token of Mastodon": "canary-masto-c0ffee42",
    "token of LinkedIn": "canary-linked-9b8a7c6d",
    "token of Meta": "canary-meta-1a2b3c4d",
    "token of Weibo": "canary-weibo-d4c3b2a1",
    "Slack bot token": "xoxb-canary-1234567890-abc",
    "Slack signing secret": "canarysigning0123456789abcdef",
    "key of the model": "sk-canary0123456789abcdef",
    "password of a database": "canary-db-password-77",
    "key of stored logins": Fernet.generate_key().decode(),
}
#: The other three: what other people may not read, or not yet.
OTHER_BRAND, EMBARGO, EMAIL = "Noctua merges with Zephyr", "The Jade Phoenix launch", "canary.eve@private.example"
#: Handles on the practice network, with the accounts they belong to.
OURS = {"lumen.sandbox": "sandbox:main", "lumen-cn.sandbox": "sandbox:cn", "noctua.sandbox": "sandbox:other"}
HOSTS = ("lumen.example", "localhost")
#: What one run of the agent may ask of the model here; low, so that a flood is seen to end.
STEPS, DAILY_USD, PER_DAY = 4, 1.0, 5

RULES = RuleBook(
    (
        Rule("no-miracles", RuleKind.NEVER, "Never promise miracles.", hard=True, words=("miracle", "奇迹")),
        Rule("warm", RuleKind.VOICE, "Write as to a friend.", file="guidelines/voice.md", line=3),
    )
)
#: What the brand's rule hides there, and how often a day.
INSULT, HIDES = "You are all idiots and your tea is shit, go to hell!", 2
REPLIES = ReplyPolicy(
    (
        ReplyRule(
            "insults",
            ReplyAction.HIDE,
            RemarkConditions(intent=("abuse",)),
            owner="li",
            per_day=HIDES,
            on_platform=True,
        ),
        ReplyRule(
            "thanks",
            ReplyAction.AUTOMATIC,
            RemarkConditions(intent=("praise",)),
            owner="li",
            acceptance=0,
            per_day=PER_DAY,
        ),
        ReplyRule("all", ReplyAction.PROPOSE),
    )
)


def brand(**given: Any) -> Brand:
    """Return the brand, with fields replaced."""
    fields: dict[str, Any] = {
        "id": "lumen",
        "name": "Lumen Tea",
        "languages": ("en", "zh"),
        "zone": "Europe/Berlin",
        "accounts": (
            Account("sandbox", "main", "lumen.sandbox", "en", "Europe/Berlin"),
            Account("sandbox", "cn", "lumen-cn.sandbox", "zh-Hans", "Asia/Shanghai"),
        ),
        "people": (
            Person("anna", "Anna", frozenset({Role.AUTHOR})),
            Person("li", "Li", frozenset({Role.APPROVER})),
            Person("sam", "Sam", frozenset({Role.ADMIN})),
            Person("ben", "Ben", frozenset({Role.AUTHOR, Role.APPROVER})),
        ),
        "link_hosts": HOSTS,
        "rulebook": RULES,
    }
    return Brand(**{**fields, **given})


class Stage:
    """A Signoff of its own in a folder, on a clock that is moved by hand; this machine's settings are not read."""

    def __init__(self, home: Path, **given: Any) -> None:
        self.clock = FixedClock()
        self.settings = alone(home=home, operator="li", llm_discover=False, **given)
        self.app = App(self.settings, clock=self.clock)
        self.desk, self.db = self.app.desk, self.app.db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.app.close()

    def learn(self, value: Brand, policy: ApprovalPolicy | None = None) -> None:
        """Store a brand as ``signoff learn`` does, without the memory."""
        with self.db.write() as conn:
            rows.save_brand(conn, value, policy or ApprovalPolicy(), "folder", self.clock.now())

    def draft(
        self, *texts: str, author: str = "anna", account: str = "sandbox:main", brand_id: str = "lumen", **given: Any
    ) -> DraftVersion:
        """Propose a new draft, as a person does."""
        wish = propose.Proposal(account, tuple(Part(t) for t in texts), author, **given)
        return propose.new(self.desk, wish, brand_id)

    def answer(self, version: DraftVersion, person: str = "li", **given: Any) -> decide.Answer:
        """Say what a person would send from the card of ``version``."""
        with self.db.read() as conn:
            shown = card.text(card.card(self.desk, conn, version.draft_id, version.version))
        fields = {"version": version.version, "hash": version.hash, "via": "test", "shown": shown}
        return decide.Answer(draft_id=version.draft_id, person=person, **{**fields, **given})

    def approve(self, version: DraftVersion, person: str = "li") -> Post | None:
        """Sign a version off."""
        return decide.approve(self.desk, self.answer(version, person)).post

    def drain(self, account: str = "sandbox:main") -> None:
        """Give an account its turn."""
        turn.drain(self.desk, account, "worker-1")

    def live(self, handle: str = "lumen.sandbox") -> list[str]:
        """Return the texts that really stand on the practice network, oldest first."""
        return [p.text for p in self.app.sandbox.timeline(handle)]

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.sleep(seconds)
