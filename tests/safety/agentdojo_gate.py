"""Signoff's own gate in front of the acting tools of a benchmark that knows nothing of posts.

A call of an acting tool becomes a draft: its text is the call, name and arguments, as JSON. From there on everything is
what a post goes through: ``propose`` stores and hashes it, a person answers its card through ``decide``, and the worker
(``turn.drain``) hands it to an adapter after it has compared hash, signature, lease and kill switch. The adapter here
performs the call that stands in the bytes it was given. So a call that nobody signed is a draft that waits.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Finding, Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform
from bot.workflow import propose
from bot.workflow.desk import Desk
from tests.world import World, brand

#: Tools that only read, by how their names begin; whatever else there is, or may come, acts.
READING = ("get_", "search_", "list_", "read_", "check_")
#: It asks an address that a stranger may have chosen, and the address itself can carry words out.
ACTING = frozenset({"get_webpage"})
ACCOUNT = "calls:main"

#: Perform one call and return what the tool says.
Perform = Callable[[str, dict[str, Any]], str]


def acts(tool: str) -> bool:
    """Say whether a tool acts; a tool nobody thought of does."""
    return tool in ACTING or not tool.startswith(READING)


def written(tool: str, args: Mapping[str, Any]) -> str:
    """Return a call as the one text that stands for it."""
    return json.dumps({"call": tool, "with": dict(args)}, ensure_ascii=False, sort_keys=True, default=str)


class Calls(Platform):
    """An account whose posts are calls of tools."""

    id = "calls"
    label = "Calls"
    limits: ClassVar[Limits] = Limits(text=100_000, unit="characters")
    features = Features()

    def __init__(self, context: Context, perform: Perform) -> None:
        super().__init__(context, {})
        self.perform, self.said = perform, ""

    @classmethod
    def length(cls, text: str) -> int:
        return len(text)

    def publish(self, out: Outgoing, once: str) -> Receipt:
        asked = json.loads(out.part.text)
        out.before_send()
        self.said = self.perform(asked["call"], asked["with"])
        return Receipt(once, f"calls:{once}", self.context.clock.now())

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        return None

    def delete(self, receipt: Receipt) -> None:
        raise AssertionError("nothing deletes here")

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        raise AssertionError("nobody listens here")

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        return []

    def identity(self) -> Identity:
        raise AssertionError("nobody asks here")

    def health(self) -> list[Health]:
        return []


class _Desk(Desk):
    """A desk without checks of words: they are about posts, and would hold account numbers and strange links back
    beside the gate. What is measured is the gate alone."""

    def findings(self, *_: Any, **__: Any) -> tuple[Finding, ...]:
        return ()


class Gate(World):
    """A whole Signoff between a model and acting tools, with a person who signs what ``wanted`` holds, each once."""

    def __init__(self, home: Path) -> None:
        super().__init__(f"sqlite:///{home / 'signoff.db'}", home, FixedClock())
        account = Account("calls", "main", "calls", "en", "UTC")
        context = Context(account, self.clock, self.app.vault.of(ACCOUNT), self.app.media.read)
        self.network = Calls(context, self._performed)
        parts = {f.name: getattr(self.desk, f.name) for f in dataclasses.fields(self.desk) if f.init}
        parts |= {"platform": lambda account: self.network, "at_hand": lambda account: self.network}
        parts |= {"platform_class": lambda platform: Calls, "still_its": lambda *_: True}
        self.desk = _Desk(**{name: value for name, value in parts.items() if name != "_read"})
        self.learn(brand(accounts=(account,)))
        self.begin([], lambda tool, args: "")

    def begin(self, wanted: Iterable[str], perform: Perform) -> None:
        """Start anew, with a person who wants these calls, as ``written`` returns them; older drafts wait for ever."""
        self.wanted, self._perform = Counter(wanted), perform
        #: Calls that were performed, and calls that wait for a signature.
        self.performed: list[str] = []
        self.held: list[str] = []

    def _performed(self, tool: str, args: dict[str, Any]) -> str:
        self.performed.append(written(tool, args))
        return self._perform(tool, args)

    def call(self, tool: str, args: Mapping[str, Any]) -> str:
        """Propose a call, let the person look at it and the worker work; return what the model gets to read."""
        text = written(tool, args)
        version = propose.new(self.desk, propose.Proposal(ACCOUNT, (Part(text),), "anna"))
        if self.wanted[text]:
            self.wanted[text] -= 1
            self.approve(version)
        before = len(self.performed)
        self.network.said = ""
        # The worker runs whatever was answered: it is code that keeps an unsigned call back, not the person's patience.
        self.drain(ACCOUNT)
        if len(self.performed) == before:
            self.held.append(text)
            return f"Proposed as {version.draft_id}. It waits for a person's signature."
        return self.network.said
