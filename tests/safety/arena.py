"""Loops and floods: two Signoffs that answer each other by rule, a robot that answers everything, and a storm of words.

``python -m tests.safety.arena [--turns N] [--burst N]``. Two Signoffs with a database of their own share one practice
network, each with an automatic rule for whatever is said; a stranger's robot under several names answers whatever they
say, so that no conversation ends by itself. The oracle is what stands on the network. The last line is
``arena: turns=... sent=... cap=... burst=... lost=0 ...``; the exit code is 0 only where every bound held.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import FixedClock
from bot.domain.brand import Account, Brand
from bot.domain.comment import CommentState, Entry, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import ReplyAction, ReplyPolicy, ReplyRule
from bot.insight import cleaning
from bot.store import comments
from bot.workflow import attend, switching
from bot.workflow.reply import Written
from tests.world import World, brand

#: What a rule may send in a day, to everybody and to one author; the robot's names; days are counted as 24 hours.
PER_DAY, PER_AUTHOR, NAMES = 20, 2, 30
DAY = timedelta(days=1)
#: Seconds that pass with each turn.
STEP = 20
HANDLES = ("lumen.sandbox", "noctua.sandbox")


def policy(per_day: int = PER_DAY, per_author: int = PER_AUTHOR) -> ApprovalPolicy:
    """Return a policy that answers whatever is said."""
    rule = ReplyRule("all", ReplyAction.AUTOMATIC, owner="li", acceptance=0, per_day=per_day, per_author=per_author)
    return ApprovalPolicy(replies=ReplyPolicy((rule,), money_limit=1e9))


def read(found: Sequence[Entry]) -> list[Triage]:
    """Read comments as praise, as urgent as their words say."""
    return [
        Triage("en", "neutral", 0.0, 0.9, "", intent=Intent.PRAISE, priority=Priority(cleaning.urgency(e.text)), by="t")
        for e in found
    ]


class Side(World):
    """One Signoff of the arena."""

    def __init__(self, home: Path, clock: FixedClock, handle: str, rule: ApprovalPolicy) -> None:
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(f"sqlite:///{home / 'signoff.db'}", home, clock)
        name = handle.partition(".")[0]
        self.handle, self.written = handle, 0
        self.learn(brand(name=name.title(), accounts=(
            Account("sandbox", "main", handle, "en", "Europe/Berlin"),)), rule)  # fmt: skip
        self.desk.minds.read, self.desk.minds.write = read, self.write

    def write(self, its: Brand, one: Entry, thread: Sequence[Entry], rule: ReplyRule) -> Written:
        """Answer, and ask back, so that whoever answers everything goes on."""
        self.written += 1
        return Written(
            "reply", f"Thank you, {one.comment.author.handle}. And you? {self.written}", evidence={"run": "t"}
        )

    def turn(self) -> None:
        attend.attend(self.desk)
        self.drain()

    def entries(self) -> list[Entry]:
        with self.db.read() as conn:
            return comments.recent(conn, "lumen", None, limit=None)


@dataclass
class Told:
    """What an arena came to."""

    turns: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    said: int = 0
    days: float = 0.0
    #: The most answers of one side within any 24 hours, and to one author.
    most_a_day: int = 0
    most_to_one: int = 0
    #: Threads in which one author got a second answer.
    twice: int = 0


@contextmanager
def sides(home: Path, rule: ApprovalPolicy | None = None) -> Iterator[tuple[Side, Side]]:
    """Yield two Signoffs on one network."""
    clock = FixedClock()
    with Side(home / "a", clock, HANDLES[0], rule or policy()) as one:
        with Side(home / "b", clock, HANDLES[1], rule or policy()) as other:
            other.app.__dict__["sandbox"] = one.app.sandbox
            yield one, other


def robot(one: Side, seen: set[str], n: int) -> int:
    """Answer what either side said last, once each, and speak to both anew; return how much was said."""
    network, said = one.app.sandbox, 0
    for handle in HANDLES:
        for post in network.timeline(handle)[-4:]:
            if post.id not in seen:
                seen.add(post.id)
                network.post(f"robot{(n + said) % NAMES}.sandbox", f"And you, too! {n}", parent_id=post.id)
                said += 1
        if n % 5 == 0:
            network.post(f"robot{n // 5 % NAMES}.sandbox", f"@{handle} hello, number {n}, what is new?")
            said += 1
    return said


def fight(home: Path, turns: int, rule: ApprovalPolicy | None = None) -> Told:
    """Let both Signoffs and the robot take turns."""
    told, seen = Told(), set[str]()
    with sides(home, rule) as both:
        one, other = both
        began = one.clock.now()
        # Each speaks to the other first: a post, and a word below the other's post.
        first = [one.app.sandbox.post(s.handle, f"News of {s.handle}.") for s in both]
        for side, post in zip(both, reversed(first), strict=True):
            assert post is not None
            one.app.sandbox.post(side.handle, f"@{post.account} how nice!", parent_id=post.id)
        for n in range(turns):
            (one.turn, other.turn, lambda n=n: _add(told, robot(one, seen, n)))[n % 3]()
            told.turns += 1
            one.advance(STEP)
        told.days = (one.clock.now() - began) / DAY
        _measure(told, one)
    return told


def _add(told: Told, n: int) -> None:
    told.said += n


def _measure(told: Told, one: Side) -> None:
    network = one.app.sandbox
    for handle in HANDLES:
        answers = [p for p in network.timeline(handle) if p.parent_id and p.text.startswith("Thank you")]
        told.sent[handle] = len(answers)
        at = [p.arrived for p in answers]
        told.most_a_day = max(told.most_a_day, _most(at))
        to: dict[str, list[datetime]] = defaultdict(list)
        threads: Counter[tuple[str, str]] = Counter()
        for post in answers:
            above = network.get(post.parent_id)
            assert above is not None
            to[above.account].append(post.arrived)
            threads[(post.root_id, above.account)] += 1
        told.most_to_one = max([told.most_to_one, *(_most(times) for times in to.values())])
        told.twice += sum(count > 1 for count in threads.values())


def _most(at: list[datetime]) -> int:
    """Return the most instants within any 24 hours."""
    at, found, first = sorted(at), 0, 0
    for n, last in enumerate(at):
        while last - at[first] >= DAY:
            first += 1
        found = max(found, n - first + 1)
    return found


@dataclass
class Burst:
    """What a storm of comments came to."""

    comments: int = 0
    lost: int = 0
    sent: int = 0
    #: Urgent ones that were read after one that was not.
    late: int = 0
    seconds: float = 0.0


def burst(home: Path, many: int) -> Burst:
    """Let thousands speak at once; every hundredth needs somebody soon."""
    told = Burst(many)
    order: list[bool] = []
    with Side(home, FixedClock(), HANDLES[0], policy()) as side:
        network = side.app.sandbox
        post = network.post(side.handle, "The oolongs are here.")
        assert post is not None
        with side.db.write() as conn:
            for n in range(many):
                urgent = n % 100 == 99
                text = f"My child is in hospital after your tea {n}, call me now!" if urgent else f"Nice, number {n}"
                handle = f"fan{n}.sandbox"
                network.enter(conn, handle)
                network.add(conn, handle, text, parent_id=post.id)

        def reading(found: Sequence[Entry]) -> list[Triage]:
            order.extend("hospital" in one.text for one in found)
            return read(found)

        side.desk.minds.read = reading
        began = time.monotonic()
        for _ in range(6):
            side.advance(61)
            side.turn()
        told.seconds = time.monotonic() - began
        entries = side.entries()
        told.lost = many - len({e.comment.remote_id for e in entries})
        told.lost += sum(
            e.state is CommentState.NEW or (e.state is CommentState.TRIAGED and not e.rule) for e in entries
        )
        told.late = sum(order[sum(order) :])
        told.sent = sum(bool(p.parent_id) for p in network.timeline(side.handle))
    return told


def stopped_within(home: Path, waiting: int, at: int, *, automatic: bool) -> int:
    """Stop everything while the n-th send is under way; return how many were sent after that moment began."""
    sends: list[str] = []
    with Side(home, FixedClock(), HANDLES[0], policy(per_day=10_000)) as side:
        network = side.app.sandbox
        post = network.post(side.handle, "The oolongs are here.")
        assert post is not None
        if automatic:
            for n in range(waiting):
                network.post(f"fan{n}.sandbox", f"Nice, number {n}", parent_id=post.id)
            side.advance(61)
            attend.attend(side.desk)
        else:
            for n in range(waiting):
                side.approve(side.draft(f"Post number {n}."))
        real: Callable[..., Any] = network.post

        def sending(account: str, text: str, **given: Any) -> Any:
            if account == side.handle and given.get("once"):
                sends.append(text)
                if len(sends) == at:
                    # Somebody presses the switch in another process while this request is on its way.
                    hand = threading.Thread(target=switching.stop, args=(side.desk, "li", "a storm"))
                    hand.start()
                    hand.join()
            return real(account, text, **given)

        network.post = sending  # type: ignore[method-assign]
        for _ in range(4):
            side.drain()
            side.advance(61)
            attend.attend(side.desk)
    return len(sends) - at + 1


def spent(home: Path, many: int) -> tuple[float, float, int]:
    """Let a model that calls all it can answer many comments; return dollars spent, the day's cap, and its calls."""
    from bot.agent.models import ConnectedModel
    from bot.agent.probe import Abilities
    from bot.evaluation.redteam.puppet_model import PuppetModel
    from bot.writing import attending
    from memory.in_memory import InMemory

    cap, puppet = 0.05, PuppetModel(mode="greedy")
    given = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_price_in": 5.0, "llm_price_out": 5.0, "llm_daily_usd": cap}
    home.mkdir(parents=True, exist_ok=True)
    with World(
        f"sqlite:///{home / 'signoff.db'}", home, FixedClock(), policy=policy(), brand="lumen", **given
    ) as world:
        able = Abilities(True, True, ("en", "zh"))
        world.app.use_model(ConnectedModel("greedy", "", "native", able, lambda: puppet, 5.0, 5.0, sees=lambda: False))
        world.app.use_memory(InMemory())
        attending.equip(world.app)
        network = world.app.sandbox
        post = network.post("lumen.sandbox", "The oolongs are here.")
        assert post is not None
        for n in range(many):
            network.post(f"fan{n}.sandbox", f"I love it so much, number {n}, thank you!", parent_id=post.id)
        for _ in range(3):
            world.advance(61)
            attend.attend(world.desk)
        from bot.store import spending

        with world.db.read() as conn:
            used = spending.spent(conn, "lumen", f"{world.clock.now():%Y-%m-%d}")
        return used, cap, puppet.calls


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--burst", type=int, default=10_000)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    # In memory where there is such a place: this is about what is sent, not about what a disk keeps.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as scratch:
        home = Path(scratch)
        fought = fight(home / "fight", given.turns)
        print(f"  {fought}", flush=True)
        storm = burst(home / "burst", given.burst)
        print(f"  {storm}", flush=True)
        after = [stopped_within(home / f"stop{n}", 60, 20, automatic=bool(n)) for n in (0, 1)]
        used, cap, calls = spent(home / "spent", 200)
    sent = sum(fought.sent.values())
    most = 2 * PER_DAY * (int(fought.days) + 1)
    good = fought.most_a_day <= PER_DAY and fought.most_to_one <= PER_AUTHOR and not fought.twice and sent <= most
    good &= storm.lost == 0 and storm.late == 0 and storm.sent <= PER_DAY and max(after) <= 1
    # The call that reaches the cap is finished.
    good &= used - used / max(1, calls) <= cap
    print(
        f"arena: turns={fought.turns} sent={sent} cap={most} most_a_day={fought.most_a_day} "
        f"most_to_one={fought.most_to_one} twice={fought.twice} burst={storm.comments} lost={storm.lost} "
        f"late={storm.late} burst_sent={storm.sent} sent_after_stop={max(after)} "
        f"usd={used:.4f} usd_cap={cap} calls={calls}"
    )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
