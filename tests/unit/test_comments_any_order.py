"""In whatever order it is heard what became of comments, the desk ends where it ends when all comes in order.

Doubled, late, from the future, an edit or a removal before the comment itself: the platform's truth decides, and who
once asked for silence keeps it.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import FixedClock
from bot.domain.comment import SETTLED, Author, Comment
from bot.insight import cleaning
from bot.store import authors, comments
from bot.workflow import listen, revisit, triage
from tests.world import World

ACCOUNT = "sandbox:main"
TEXTS = ("Where can I buy it?", "Lovely tea.", "My son is in hospital after drinking it", "I want a refund, now!",
         "请问在哪里买?", "Please stop replying to me", "Nice \u200bone", "")  # fmt: skip
_RUNS = itertools.count()
#: More of them for a long look: ``ANY_ORDER=500 pytest ...``.
EXAMPLES = int(os.environ.get("ANY_ORDER", "8"))


@dataclass(frozen=True)
class Said:
    """One comment and what becomes of it."""

    author: int
    #: What it says, first and after each edit.
    words: tuple[int, ...]
    removed: bool
    #: Which comment before it this one answers; itself and none otherwise.
    below: int
    #: Hours by which the platform's clock is off.
    hours: int
    #: How often each event is delivered.
    times: int


@dataclass(frozen=True)
class Event:
    """Something that happened to a comment: what it says since, or that it is gone."""

    which: int
    words: int | None


@dataclass
class Network:
    """The platform's truth, told by a real adapter's ``reread``."""

    there: dict[str, str | None] = field(default_factory=dict)

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        return {name: self.there.get(name) for name in remote_ids}


SAID = st.builds(
    Said, st.integers(0, 2), st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=3).map(tuple), st.booleans(),
    st.integers(0, 3), st.sampled_from([0, -2, 50]), st.integers(1, 4),
)  # fmt: skip


def _events(said: Sequence[Said]) -> list[Event]:
    return [Event(n, w) for n, one in enumerate(said) for w in (*one.words, *([None] if one.removed else []))]


class Run:
    """One telling of what happened, with names of its own in a database that many runs share."""

    def __init__(self, world: World, network: Network, said: Sequence[Said]) -> None:
        self.world, self.network, self.said = world, network, said
        self.name, self.began = f"n{next(_RUNS)}-", world.clock.now()
        network.there.clear()

    def comment(self, which: int, words: int) -> Comment:
        one = self.said[which]
        above = f"{self.name}{one.below}" if one.below < which else f"{self.name}post"
        at: datetime = self.began + timedelta(seconds=which, hours=one.hours)
        who = f"{self.name}fan{one.author}"
        return Comment(ACCOUNT, f"{self.name}{which}", Author(who, who), TEXTS[words], at, parent_id=above,
                       root_id=f"{self.name}post" if one.below >= which else above)  # fmt: skip

    def happens(self, event: Event) -> None:
        name = f"{self.name}{event.which}"
        if event.words is None or self.network.there.get(name, "") is not None:
            self.network.there[name] = None if event.words is None else TEXTS[event.words]

    def told(self, event: Event) -> None:
        """Hear of it: a page as it stood then, or the word that it is time to read again."""
        if event.words is None:
            self.looked_again()
            return
        with self.world.db.write() as conn:
            listen.hear(self.world.desk, conn, "lumen", [self.comment(event.which, event.words)])

    def looked_again(self) -> None:
        self.world.advance(400)
        revisit.revisit(self.world.desk, self.world.app.platform(ACCOUNT), ACCOUNT)

    def ended(self) -> dict[str, Any]:
        """Let the desk come to rest, and return how each comment and each author stands."""
        for _ in range(3):
            self.world.advance(7 * 3600)
            revisit.revisit(self.world.desk, self.world.app.platform(ACCOUNT), ACCOUNT)
            triage.triage(self.world.desk)
        with self.world.db.read() as conn:
            found = comments.recent(conn, "lumen", None, limit=None)
            mine = [e for e in found if e.comment.remote_id.startswith(self.name)]
            silent = {n for n in range(3) if authors.opted_out(conn, "lumen", "sandbox", f"{self.name}fan{n}")}
        return {"silent": silent} | {e.comment.remote_id.removeprefix(self.name): self._stands(e) for e in mine}

    def _stands(self, e: Any) -> tuple[Any, ...]:
        thread = e.comment.root_id.removeprefix(self.name)
        if e.deleted:
            return "removed", e.state in SETTLED, e.text, e.comment.text, e.aside, thread
        read = e.triage and (e.triage.sentiment, int(e.triage.priority), e.triage.language)
        return e.state, e.text, e.comment.text, e.aside, thread, read


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Network]]:
    from tests.conftest import fresh_postgres

    home: Path = tmp_path_factory.mktemp("any-order")
    url, made = f"sqlite:///{home / 'signoff.db'}", None
    if request.param == "postgresql":
        made = fresh_postgres(request.getfixturevalue("postgres_url"))
        url = next(made)
    with World(url, home, FixedClock()) as world:
        network, platform = Network(), world.app.platform(ACCOUNT)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(platform, "reread", network.reread)
            yield world, network
    if made:
        next(made, None)


def _in_order(world: World, network: Network, said: Sequence[Said]) -> dict[str, Any]:
    run = Run(world, network, said)
    for event in _events(said):
        run.happens(event)
        run.told(event)
    return run.ended()


def _shuffled(world: World, network: Network, said: Sequence[Said], chance: random.Random) -> dict[str, Any]:
    run = Run(world, network, said)
    for event in _events(said):
        run.happens(event)
    deliveries = [event for event in _events(said) for _ in range(said[event.which].times)]
    chance.shuffle(deliveries)
    for event in deliveries:
        run.told(event)
        if chance.random() < 0.3:
            triage.triage(world.desk)
    return run.ended()


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(said=st.lists(SAID, min_size=1, max_size=4), chance=st.randoms(use_true_random=False))
def test_every_order_ends_as_the_true_one(
    shared: tuple[World, Network], said: list[Said], chance: random.Random
) -> None:
    world, network = shared
    true = _in_order(world, network, said)
    for which, one in enumerate(said):
        words = "" if one.removed else TEXTS[one.words[-1]]
        assert true[str(which)][2 if one.removed else 1] == cleaning.clean(words)
    for _ in range(2):
        assert _shuffled(world, network, said, chance) == true


def test_a_removed_comment_does_not_come_back(shared: tuple[World, Network]) -> None:
    world, network = shared
    one = Said(0, (1, 0), True, 9, 0, 1)
    run = Run(world, network, [one])
    for event in _events([one]):
        run.happens(event)
    for event in reversed(_events([one])):
        run.told(event)
    before = run.ended()
    run.told(Event(0, 0))
    run.told(Event(0, 1))
    assert run.ended() == before
    assert before["0"][:4] == ("removed", True, "", "")


def test_who_asks_for_silence_has_it_for_what_they_said_before_too(shared: tuple[World, Network]) -> None:
    world, network = shared
    said = [Said(0, (0,), False, 9, 0, 1), Said(0, (5,), False, 9, 0, 1), Said(1, (0,), False, 9, 0, 1)]
    true = _in_order(world, network, said)
    assert [true[str(n)][3] for n in range(3)] == ["opt-out", "opt-out", ""]
    turned = [replace(one) for one in said]
    assert _shuffled(world, network, turned, random.Random(1)) == true
