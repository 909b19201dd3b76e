"""One run: posts are signed off, workers send them and are killed, until nothing is open; then the history is checked.

``python -m tests.acceptance.harness.run --posts 300 --kills 30 --seed 1 --db sqlite``. Posts go through the program's
own ``propose`` and ``decide``, by a thread of this process, while workers send and die: signing and sending meet on one
database as they do in life. A person stands by who settles what Signoff asks, by looking at the network.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot.domain.draft import DraftVersion, Media, Part, Window
from bot.domain.post import Receipt
from bot.errors import BadInput
from bot.store import desk as rows
from bot.store import posts
from bot.store.tables import account_state, lease, post_part
from bot.workflow import decide, propose, settling
from tests.acceptance.harness.config import BRAND, Run, texts
from tests.acceptance.harness.processes import Pool, network
from tests.acceptance.harness.uploads import png

#: States that are no end.
OPEN = ("due", "sending", "doubtful")


@dataclass
class Told:
    """What happened in a run beside the network's record and the database; ``checker.py`` reads it."""

    #: (instant, name of the worker up to its start time, accounts with ready work that it held).
    kills: list[tuple[float, str, list[str]]] = field(default_factory=list)
    #: (on, off) of the kill switch, as committed.
    stops: list[tuple[float, float]] = field(default_factory=list)
    #: Poison of each post, where it has one.
    poisoned: dict[str, str] = field(default_factory=dict)
    approved: list[str] = field(default_factory=list)
    settled: int = 0


class Stage:
    """A run in the making: network, database with the brand learned, workers to be had. Use as a context manager."""

    def __init__(self, run: Run) -> None:
        self.run, self.told = run, Told()
        self._stack = ExitStack()

    def __enter__(self) -> Stage:
        from tests.acceptance.harness import worker

        try:
            self._stack.enter_context(network(self.run))
            self.app = self._stack.enter_context(worker.HarnessApp(self.run))
            self.desk, self.db = self.app.desk, self.app.db
            with self.db.write() as conn:
                rows.save_brand(conn, self.run.brand(), _policy(), "folder", datetime.now(UTC))
            self._faults_of_the_sandbox()
            self.pool = Pool(self.run)
            self._stack.callback(self.pool.close)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def _faults_of_the_sandbox(self) -> None:
        chance = {"timeout_after_accept": "lost", "server_error_after_accept": "failed_after", "timeout_before":
                  "slow_dropped", "server_error_before": "unavailable"}  # fmt: skip
        if "sandbox" not in self.run.kinds:
            return
        known = self.run.network()["faults"]
        for effect, like in chance.items():
            if share := known.get(like, 0.02):
                self.app.sandbox.break_next(effect, count=None, chance=share, seed=self.run.seed)

    def picture(self, seed: int) -> Media:
        """Take in a picture of its own."""
        return self.app.media.take(png(seed), f"A cup of tea beside a window, seen for the {seed}th time", "tea.png")

    def sign(
        self, account: str, said: list[str], *, due: datetime | None = None, poison: str = "",
        media: Sequence[Media] = (),
    ) -> str:  # fmt: skip
        """Propose a post and sign it off; return its id. The whole of it goes through the program's own verbs.

        ``media`` stand at its first part.
        """
        try:
            version = self._propose(account, said, due, media)
        except BadInput:
            # On a busy machine its time was past before it was stored.
            version = self._propose(account, said, datetime.now(UTC) + timedelta(seconds=10), media)
        answer = decide.Answer(draft_id=version.draft_id, version=version.version, hash=version.hash, person="li",
                               via="harness", shown="\n\n".join(said))  # fmt: skip
        made = decide.approve(self.desk, answer).post
        assert made is not None, version.findings
        self.told.approved.append(made.id)
        if poison:
            self.told.poisoned[made.id] = poison
        return made.id

    def _propose(
        self, account: str, said: list[str], due: datetime | None, media: Sequence[Media] = ()
    ) -> DraftVersion:
        zone = next(a.zone for a in self.run.accounts() if a.key == account)
        wall = due.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds") if due else None
        window = Window(wall, zone, 24 * 60)
        parts = tuple(Part(text, () if n else tuple(media)) for n, text in enumerate(said))
        wish = propose.Proposal(account, parts, "anna", window=window)
        return propose.new(self.desk, wish, BRAND)

    def open(self) -> int:
        """Return how many parts are not at an end; a part that waits for one that will never be live is."""
        with self.db.read() as conn:
            return len(conn.execute(select(post_part.c.n).where(*posts._open())).all())

    def left(self) -> list[str]:
        """Say what keeps each open part, and who holds its account."""
        now = datetime.now(UTC)
        with self.db.read() as conn:
            held = {row.name: f"{row.owner} until {row.until}" for row in conn.execute(select(lease))}
            open_parts = conn.execute(select(post_part).where(*posts._open())).mappings().all()
            states = conn.execute(select(account_state)).all()
            paused = {row.account: f"{row.paused!r} next {row.next_send}" for row in states}
            return [f"{now}: {dict(row)} held by {held.get('account:' + row['account'])}, {paused.get(row['account'])}"
                    for row in open_parts] + [str(dict(row)) for row in rows.workers(conn)]  # fmt: skip

    def live(self) -> int:
        """Return how many parts stand as live."""
        with self.db.read() as conn:
            return int(conn.execute(select(func.count()).where(post_part.c.state == "live")).scalar_one())

    def asked(self) -> list[tuple[str, int]]:
        with self.db.read() as conn:
            query = select(post_part.c.post_id, post_part.c.n).where(post_part.c.state == "asked")
            return [(one, n) for one, n in conn.execute(query)]

    def settle(self) -> int:
        """Be the person who is asked: look at the network, and say what is there; poison is left to its author."""
        asked, done = [one for one in self.asked() if one[0] not in self.told.poisoned], 0
        found = self.truth() if asked else []
        for post_id, n in asked:
            with self.db.read() as conn:
                said = posts.get(conn, post_id)
            there = [r for r in found if r[0] == said.account and r[2] == said.content.parts[n].text]
            live = Receipt(there[0][1], "https://example.test/", datetime.now(UTC), there[0][3]) if there else None
            settling.settle(self.desk, post_id, n, "li", live=live)
            done += 1
        self.told.settled += done
        return done

    def truth(self) -> list[tuple[str, str, str, str]]:
        """Return (account, id, text, cid) of what is live out there."""
        from tests.acceptance.harness import checker

        return [(p.account, p.id, p.text, "") for p in checker.live(self.run, self.app)]

    def held(self, pid: int) -> tuple[str, list[str]]:
        """Return a worker's name and the accounts with ready work whose leases it holds."""
        start = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        name = f"{os.uname().nodename}:{pid}:{start}"
        with self.db.read() as conn:
            now = self.db.now(conn)
            ready = posts.accounts_with_work(conn, now)
            where = (lease.c.owner.like(name + ":%"), lease.c.name.like("account:%"), lease.c.until > now)
            mine = conn.execute(select(lease.c.name).where(*where)).scalars()
            return name, [a for a in (name.removeprefix("account:") for name in mine) if a in ready]

    def stop_for(self, seconds: float) -> None:
        """Press the kill switch for a while."""
        with self.db.write() as conn:
            rows.set_stop(conn, True, who="li", why="harness", at=datetime.now(UTC))
        began = time.time()
        time.sleep(seconds)
        ended = time.time()
        with self.db.write() as conn:
            rows.set_stop(conn, False, who="li", why="harness", at=datetime.now(UTC))
        self.told.stops.append((began, ended))

    def wait_until_done(self, seconds: float) -> bool:
        """Wait until nothing is open, settling what people are asked; False when it takes longer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # The server may be dead for a moment, on purpose.
            with suppress(OperationalError):
                if self.open() == 0 and not self.settle() and self.open() == 0:
                    return True
            time.sleep(0.2)
        return False


def _policy() -> Any:
    from bot.domain.policy import ApprovalPolicy

    return ApprovalPolicy()


class Torture:
    """Signs posts and kills workers until both counts are reached."""

    def __init__(self, stage: Stage, number: int, kills: int, workers: int) -> None:
        self.stage, self.number, self.kills, self.workers = stage, number, kills, workers
        self.chance = random.Random(stage.run.seed)
        self.done = self.signed = 0
        self.error: BaseException | None = None

    def sign_all(self) -> None:
        """Sign posts off, never far ahead of the workers, nor of the kills that are to meet them."""
        try:
            accounts = [a.key for a in self.stage.run.accounts()]
            chance = random.Random(self.stage.run.seed + 1)
            # Of its own, so that a seed gives the same texts and faults with pictures and without.
            shown = random.Random(self.stage.run.seed + 2)
            for n in range(5 * self.number):
                if n >= self.number and self.done >= self.kills:
                    # The last kills are to find work too, so there may be some posts more than asked for.
                    return
                # Each worker must have something to do, or a kill meets nobody at work and a doubt holds up the run.
                while (left := self.stage.open()) > 12 * self.workers or (
                    left >= 4 * self.workers and n * self.kills > (self.done + 15) * self.number
                ):
                    time.sleep(0.05)
                account = accounts[n % len(accounts)]
                parts = chance.choice([1, 1, 1, 1, 2, 3, 5])
                poison = chance.choice(["", "refused", "nonsense" if account.startswith("bluesky") else ""])
                poison = poison if chance.random() < 0.02 and not account.startswith("sandbox") else ""
                soon = chance.random() < 0.6
                due = None if soon else datetime.now(UTC) + timedelta(seconds=chance.uniform(1.0, 4.0))
                media = [self.stage.picture(7 * n + m) for m in range(shown.choice([0, 0, 0, 1, 2]))]
                self.stage.sign(account, texts(chance, n, parts, poison), due=due, poison=poison, media=media)
                self.signed = n + 1
        except BaseException as error:
            self.error = error

    def run(self, patience: float) -> bool:
        """Do it all; return whether everything came to an end in time."""
        pool, stage, until = self.stage.pool, self.stage, time.monotonic() + patience
        for _ in range(self.workers):
            pool.start()
        signer = threading.Thread(target=self.sign_all)
        signer.start()
        went, struck = -1, 0.0
        stops = {self.kills // 3, self.kills * 2 // 3} - {0}
        while (self.done < self.kills or signer.is_alive()) and time.monotonic() < until and self.error is None:
            # Work for a while first: a worker that is killed in its sleep shows nothing.
            time.sleep(self.chance.uniform(0.02, 0.35))
            ready = [pid for pid, since in pool.alive.items() if time.monotonic() - since > 0.4]
            if not ready or self.done >= self.kills or stage.open() == 0:
                if not signer.is_alive() and stage.open() == 0:
                    break
                continue
            # Spread over all posts: deaths come faster than posts, and would be over long before these are.
            if self.done * self.number > (self.signed + 50) * self.kills:
                continue
            # One death is to be got over before the next: else nothing is sent, and nothing shown.
            if stage.live() == went and time.monotonic() - struck < 10:
                continue
            victim = self.chance.choice(ready)
            name, accounts = stage.held(victim)
            if not accounts and self.chance.random() < 0.8:
                continue
            went, struck = stage.live(), time.monotonic()
            stage.told.kills.append((time.time(), name, accounts))
            pool.kill(victim)
            self.done += 1
            pool.start()
            if self.done in stops:
                stops.discard(self.done)
                stage.stop_for(2.0)
        signer.join(max(1.0, until - time.monotonic()))
        if self.error is not None:
            raise self.error
        return stage.wait_until_done(max(30.0, until - time.monotonic()))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'home' / 'signoff.db'}"
    elif kind == "postgresql":
        from tests.servers.postgres import start_postgres

        with start_postgres(fsync=True) as url:
            yield url
    else:
        raise SystemExit(f"--db is sqlite or postgresql, not {kind!r}")


def torture(
    number: int, kills: int, seed: int, kind: str, *, workers: int = 3, keep: str = "", patience: float = 0.0,
    url: str = "", **given: Any,
) -> dict[str, Any]:  # fmt: skip
    """Run once and return the figures; ``violations`` lists what the checker found."""
    from tests.acceptance.harness import checker

    folder = Path(keep or tempfile.mkdtemp(prefix="signoff-torture-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            where = url or stack.enter_context(database(kind, folder))
            run = Run(str(folder), where, seed=seed, **given)
            stage = stack.enter_context(Stage(run))
            began = time.monotonic()
            finished = Torture(stage, number, kills, workers).run(patience or 120 + number * 0.6)
            found = checker.check(run, stage.app, stage.told)
            found |= {"finished": finished, "wall_s": time.monotonic() - began}
            if not finished:
                found["violations"] += [f"open: {line}" for line in stage.left()]
            return found
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run, print violations, then one line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--posts", type=int, default=10_000)
    words.add_argument("--kills", type=int, default=1_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--db", default="sqlite")
    words.add_argument("--workers", type=int, default=3)
    words.add_argument("--each", type=int, default=0, help="accounts of each kind")
    words.add_argument("--keep", default="", help="folder to keep the record, the database and the logs in")
    said = words.parse_args()
    each = said.each or max(2, min(8, said.posts // 300))
    found = torture(said.posts, said.kills, said.seed, said.db, workers=said.workers, keep=said.keep, each=each)
    for line in found["violations"]:
        print(line)
    print("detail:", json.dumps({k: v for k, v in found.items() if k != "violations"}, default=str))
    good = found["finished"] and not found["violations"] and found["recovery_p95_s"] <= 5.0
    good = good and found["kills"] >= said.kills
    print(
        f"torture: posts={found['posts']} kills={found['kills']} duplicates={found['duplicates']} lost={found['lost']} "
        f"early={found['early']} late_p99_s={found['late_p99_s']:.2f} recovery_p95_s={found['recovery_p95_s']:.2f}"
    )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
