"""``make bypass``: hundreds of ways round an approval, over Slack, the web desk, the command line and the API.

A try is one request or command that must change nothing. The oracle is what the practice network received and what
stands in the tables of drafts, requests, decisions, posts and events before and after; no answer is believed.
The last line is ``bypass: tries=... bypasses=0 ...``; the exit code is 0 only where every way had at least 500 tries,
none got through, and what was attacked still goes out for whoever may sign it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select, update

from bot.clock import Clock
from bot.domain.brand import Account, Person, Role
from bot.domain.draft import DraftVersion, Part, Window
from bot.store import tables
from bot.store.copying import tables as every_table
from bot.workflow import decide, propose
from bot.workflow.when import parse_wall
from tests.world import PEOPLE, World, brand

#: Tables of who is at work and what came in: not what was decided.
WORKINGS = frozenset(
    ("inbox", "lease", "worker", "rate", "slack_cursor", "slack_message", "notice", "sandbox_tick", "alembic_version")
)
#: Whoever signs in or asks leaves a trace of it; that is no decision.
TRACES = frozenset(("web_session", "web_link", "api_token", "api_answer", "api_job", "call"))
LEAST = 500


@dataclass(frozen=True)
class Try:
    """One attempt. ``do`` may return what was wrong with the answer; ``first`` is done before anything is compared."""

    name: str
    do: Callable[[], object]
    first: Callable[[], object] | None = None


Groups = Iterator[tuple[str, Sequence[Try]]]


@dataclass
class Result:
    tries: int = 0
    bypasses: list[str] = field(default_factory=list)


class Scene(World):
    """The test brand with drafts in every state, a second brand beside it, and people without the right."""

    def __init__(self, home: Path, clock: Clock, url: str = "", **given: Any) -> None:
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(url or f"sqlite:///{home / 'signoff.db'}", home, clock, brand="lumen", **given)
        self._there: frozenset[str] = frozenset()
        self.rose = Person("rose", "Rose", frozenset())
        self.kim = Person("kim", "Kim", frozenset({Role.APPROVER}))
        self.pat = Person("pat", "Pat", frozenset({Role.APPROVER, Role.ADMIN}))
        self.learn(brand(people=(*PEOPLE, self.rose, self.kim)))
        self.learn(
            brand(
                id="noctua",
                name="Noctua",
                people=(self.pat,),
                accounts=(Account("sandbox", "other", "noctua.sandbox", "en", "Europe/Berlin"),),
            )
        )
        later = self.clock.now() + timedelta(days=2)
        self.anna = self.fresh("A text of Anna.")
        self.ben = self.fresh("A text of Ben.", author="ben")
        self.first = self.fresh("The first words.")
        self.second = propose.revise(
            self.desk, self.first.draft_id, propose.Proposal("sandbox:main", (Part("The second words."),), "anna")
        )
        self.blocked = self.fresh("A miracle in every cup.")
        self.rejected = self.fresh("Rejected words.")
        decide.reject(self.desk, self.answer(self.rejected))
        self.expired = self.fresh("Nobody signed this in time.")
        self.expire(self.expired)
        self.live_one = self.fresh("This one went out.")
        self.approve(self.live_one)
        self.planned = self.fresh(
            "The planned words.", window=Window(parse_wall(later.strftime("%Y-%m-%dT%H:%M")), "UTC")
        )
        self.approve(self.planned)
        wish = propose.Proposal("sandbox:other", (Part("Words of another brand."),), "pat")
        self.other = propose.new(self.desk, wish, "noctua")
        self.drain()
        self.known = self.sent()
        assert [text for _, text in self.known] == ["This one went out."]

    def fresh(self, text: str, author: str = "anna", **given: Any) -> DraftVersion:
        """Propose a draft of the first brand."""
        wish = propose.Proposal("sandbox:main", (Part(text),), author, **given)
        return propose.new(self.desk, wish, "lumen")

    def leave(self, person: str) -> None:
        """Take somebody out of the brand."""
        people = tuple(p for p in (*PEOPLE, self.rose, self.kim) if p.id != person)
        self.learn(brand(people=people))

    def expire(self, version: DraftVersion) -> None:
        """Let the time to sign a version run out."""
        c = tables.approval_request.c
        with self.db.write() as conn:
            past = self.clock.now() - timedelta(seconds=1)
            conn.execute(update(tables.approval_request).where(c.draft_id == version.draft_id).values(expires=past))

    def all_drafts(self) -> dict[str, DraftVersion]:
        """Return the drafts by what they are."""
        return {
            "of an author": self.anna,
            "of another author": self.ben,
            "of an older version": self.first,
            "of the newest version": self.second,
            "held back": self.blocked,
            "rejected": self.rejected,
            "expired": self.expired,
            "that is live": self.live_one,
            "that is planned": self.planned,
            "of another brand": self.other,
        }

    def sent(self) -> list[tuple[str, str]]:
        """Return what the practice network received from us, also what was deleted since."""
        from bot.store.sandbox_tables import sandbox_post

        with self.db.read() as conn:
            query = select(sandbox_post).order_by(sandbox_post.c.seq)
            return [(r["account"], r["sent"] or r["text"]) for r in conn.execute(query).mappings()]

    def ledger(self) -> dict[str, list[str]]:
        """Return all that was decided, written or sent, table by table."""
        with self.db.read() as conn:
            self._there = self._there or frozenset(inspect(conn).get_table_names())
            return {
                table.name: sorted(map(repr, conn.execute(select(table)).all()))
                for table in every_table()
                if table.name in self._there - WORKINGS - TRACES
            }

    def workers_turn(self) -> None:
        """Give every account its turn."""
        for account in ("sandbox:main", "sandbox:cn", "sandbox:other"):
            self.drain(account)


def run(scene: Scene, groups: Groups, *, every: int = 1, first: bool = False) -> Result:
    """Make every try (or each n-th), and compare after each; let the worker go after each group.

    With ``first`` it ends at the first that got through.
    """
    result = Result()
    for group, tries in groups:
        # What a group prepares is no bypass.
        before = scene.ledger()
        for one in tries[::every]:
            if one.first is not None:
                one.first()
                before = scene.ledger()
            wrong = one.do()
            result.tries += 1
            after = scene.ledger()
            changed = [name for name in after if after[name] != before[name]]
            if changed or wrong:
                result.bypasses.append(f"{group}: {one.name}: {wrong or ', '.join(changed) + ' changed'}")
            before = after
            if first and result.bypasses:
                return result
        strange = [text for account, text in scene.sent() if (account, text) not in scene.known]
        scene.workers_turn()
        strange += [text for account, text in scene.sent() if (account, text) not in scene.known]
        if strange:
            result.bypasses.append(f"{group}: {strange[0]!r} went out")
    return result


@dataclass
class Way:
    """What came of one way."""

    name: str
    tries: int
    bypasses: list[str]
    #: Whether a rightful signature still published what was attacked.
    open: bool


def _each(wanted: Sequence[str]) -> Iterator[Way]:
    from tests.safety import bypass_cli, bypass_web

    ways: dict[str, Callable[[Path], Way]] = {"slack": _slack, "web": bypass_web.whole, "cli": bypass_cli.whole}
    with suppress(ImportError):
        from tests.safety import bypass_api

        ways["api"] = bypass_api.whole
    for name, whole in ways.items():
        if not wanted or name in wanted:
            with tempfile.TemporaryDirectory(dir=_scratch()) as home:
                yield whole(Path(home))


def _shown(examples: int) -> bool:
    """Say whether what cards show was what left, for so many hostile texts."""
    import pytest

    os.environ["SHOWN_EXAMPLES"] = str(examples)
    file = Path(__file__).with_name("test_bypass_shown.py")
    return pytest.main([str(file), "-q", "-n", "0", "-p", "no:cacheprovider", "--show-capture=no"]) == 0


def _scratch() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _slack(home: Path) -> Way:
    """The tries over Slack are made by the scenarios; a rightful press is at their end."""
    import pytest

    from tests.slack import run as slack

    count = slack.Count()
    file = slack.FOLDER / "test_attacks.py"
    arguments = [
        f"{file}::test_no_attack_changes_anything",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        f"--basetemp={home}/t",
    ]
    code = pytest.main([*arguments, "--show-capture=no"], plugins=[count])
    bad = [] if code == 0 and count.passed else [f"the scenario ended with {code!r}"]
    bad += ["see above"] * count.sums["bypasses"]
    return Way("slack", count.sums["tries"], bad, code == 0)


def main() -> int:
    from tests.safety import bypass_races

    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", default=[], help="slack, web, cli, api, races or shown")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--db", action="append", default=[], help="for the races: sqlite, postgresql; both otherwise")
    given = parser.parse_args()
    for name in [n for n in os.environ if n.startswith("SIGNOFF_")]:
        del os.environ[name]
    ways, good = [], True
    for way in _each(given.only):
        ways.append(way)
        good &= way.tries >= LEAST and way.open
        for line in way.bypasses:
            print(f"  {way.name}: {line}")
        end = "goes out" if way.open else "STUCK"
        print(f"{way.name:6} tries={way.tries} bypasses={len(way.bypasses)} what is signed {end}", flush=True)
    races = []
    if not given.only or "races" in given.only:
        races = list(bypass_races.both(given.rounds, given.db))
        for race in races:
            print(race.line(), flush=True)
    shown = "left_out"
    if not given.only or "shown" in given.only:
        shown = "as_sent" if _shown(given.examples) else "OTHERWISE"
        good &= shown == "as_sent"
    tries = sum(w.tries for w in ways)
    bypasses = sum(len(w.bypasses) for w in ways) + sum(race.wrong for race in races)
    each = " ".join(f"{w.name}={w.tries}" for w in ways)
    rounds = " ".join(f"races_{race.database}={race.rounds}" for race in races)
    print(f"bypass: tries={tries} bypasses={bypasses} {each} {rounds} clicks=50 shown={shown}".replace("  ", " "))
    return int(bool(bypasses) or not good)


__all__ = ["Result", "Scene", "Try", "Way", "run"]

if __name__ == "__main__":
    sys.exit(main())
