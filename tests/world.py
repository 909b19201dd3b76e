"""A small world for tests: one brand, its people, two sandbox accounts, and short ways to act in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import Clock, FixedClock
from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftVersion, Part, Window
from bot.domain.policy import ApprovalPolicy
from bot.domain.post import Post
from bot.settings import load
from bot.store import desk as rows
from bot.store import posts
from bot.workflow import card, decide, propose, turn
from tests import stencil

RULES = RuleBook(
    (
        Rule("no-miracles", RuleKind.NEVER, "Never promise miracles.", hard=True, words=("miracle", "奇迹")),
        Rule("warm", RuleKind.VOICE, "Write as to a friend.", file="guidelines/voice.md", line=3),
    )
)
PEOPLE = (
    Person("anna", "Anna", frozenset({Role.AUTHOR})),
    Person("li", "Li", frozenset({Role.APPROVER})),
    Person("sam", "Sam", frozenset({Role.ADMIN})),
    Person("ben", "Ben", frozenset({Role.AUTHOR, Role.APPROVER})),
)


def brand(**given: Any) -> Brand:
    """Return the test brand, with fields replaced."""
    fields: dict[str, Any] = {
        "id": "lumen",
        "name": "Lumen Tea",
        "languages": ("en", "zh"),
        "zone": "Europe/Berlin",
        "accounts": (
            Account("sandbox", "main", "lumen.sandbox", "en", "Europe/Berlin"),
            Account("sandbox", "cn", "lumen-cn.sandbox", "zh-Hans", "Asia/Shanghai"),
        ),
        "people": PEOPLE,
        "link_hosts": ("lumen.example",),
        "rulebook": RULES,
    }
    return Brand(**{**fields, **given})


class World:
    """An App with the test brand learned."""

    def __init__(self, url: str, home: Path, clock: Clock, *, policy: ApprovalPolicy | None = None, **given: Any):
        stencil.lay(url)
        self.settings = load(home=home, database_url=url, operator="li", llm_discover=False, **given)
        self.app = App(self.settings, clock=clock)
        self.clock = clock
        self.desk, self.db = self.app.desk, self.app.db
        self.learn(brand(), policy)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.app.close()

    def learn(self, value: Brand, policy: ApprovalPolicy | None = None) -> None:
        """Store a brand as `signoff learn` does, without the memory."""
        with self.db.write() as conn:
            rows.save_brand(conn, value, policy or ApprovalPolicy(), "folder", self.clock.now())

    def draft(self, *texts: str, author: str = "anna", account: str = "sandbox:main", **given: Any) -> DraftVersion:
        """Propose a new draft."""
        parts = tuple(Part(t) for t in texts) or (Part("The autumn oolongs are here."),)
        return propose.new(self.desk, propose.Proposal(account, parts, author, **given))

    def answer(self, version: DraftVersion, person: str = "li", **given: Any) -> decide.Answer:
        """Say what a person would send from the card of ``version``."""
        with self.db.read() as conn:
            shown = card.text(card.card(self.desk, conn, version.draft_id, version.version))
        fields = {"version": version.version, "hash": version.hash, "via": "test", "shown": shown}
        return decide.Answer(draft_id=version.draft_id, person=person, **{**fields, **given})

    def approve(self, version: DraftVersion, person: str = "li") -> Post:
        """Sign a version off; the last signature is expected."""
        post = decide.approve(self.desk, self.answer(version, person)).post
        assert post is not None
        return post

    def drain(self, account: str = "sandbox:main", name: str = "worker-1") -> Counter[str]:
        """Give an account its turn."""
        return turn.drain(self.desk, account, name)

    def post(self, post_id: str) -> Post:
        with self.db.read() as conn:
            return posts.get(conn, post_id)

    def states(self, post_id: str) -> list[str]:
        return [p.state.value for p in self.post(post_id).parts]

    def live(self, handle: str = "lumen.sandbox") -> list[str]:
        """Return the texts that really stand on the sandbox network, oldest first."""
        return [p.text for p in self.app.sandbox.timeline(handle)]

    def advance(self, seconds: float) -> None:
        assert isinstance(self.clock, FixedClock)
        self.clock.sleep(seconds)


NOW = Window()
