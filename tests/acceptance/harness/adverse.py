"""Runs with one thing wrong: a guard taken away, a worker that sleeps past its lease, a server that dies, a full disk.

Each returns what the checker found. Those with ``without`` are the negative controls: there it must find something.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from bot.domain.draft import Part
from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store.tables import account_state
from bot.workflow import decide, propose
from tests.acceptance.harness import checker, guards
from tests.acceptance.harness.config import BRAND, ROOT, Run, texts
from tests.acceptance.harness.failpoints import QUIET
from tests.acceptance.harness.processes import set_clock
from tests.acceptance.harness.run import Stage
from tests.acceptance.harness.uploads import FAULTS, digest


def _run(folder: Path, url: str, **given: Any) -> Run:
    quiet = {**QUIET, "processing": 0.6, "lag": 0.2, **given.pop("faults", {})}
    return Run(str(folder), url, **{"read_lag": 1.0, "each": 1, "faults": quiet, **given})


def _judged(stage: Stage, seconds: float = 180) -> dict[str, Any]:
    finished = stage.wait_until_done(seconds)
    return checker.check(stage.run, stage.app, stage.told) | {"finished": finished}


def lost_answers(folder: Path, url: str, kind: str = "x", *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Four posts whose first answer is lost, on a platform whose timeline is late."""
    scripts = tuple((f"Tea {n} of", "lost", 1) for n in range(4))
    run = _run(folder, url, kinds=(kind,), scripts=scripts, without=without, read_lag=2.0, faults={"lag": 1.2})
    with Stage(run) as stage:
        chance = random.Random(1)
        for n in range(4):
            stage.sign(f"{kind}:{kind}0", texts(chance, n, 1))
        stage.pool.start()
        return _judged(stage)


def late_timeline(folder: Path, url: str, *, refuse_repeats: bool = True) -> dict[str, Any]:
    """Four posts whose first answer is lost, on an X whose timeline is later than anybody looks."""
    scripts = tuple((f"Tea {n} of", "lost", 1) for n in range(4))
    # A busy machine takes longer over its looks: the control needs a timeline that is later than all of them.
    late = 6.0 if refuse_repeats else 30.0
    run = _run(folder, url, kinds=("x",), scripts=scripts, read_lag=0.3, faults={"lag": late},
               refuse_repeats=refuse_repeats)  # fmt: skip
    with Stage(run) as stage:
        chance = random.Random(1)
        for n in range(4):
            stage.sign("x:x0", texts(chance, n, 1))
        stage.pool.start()
        return _judged(stage)


def login_used_up(folder: Path, url: str, die: str) -> dict[str, Any]:
    """A worker dies around a refresh of a login whose refresh token works once; another one takes over."""
    run = _run(folder, url, kinds=("x",), strict=True, expired=True)
    with Stage(run) as stage:
        stage.sign("x:x0", texts(random.Random(1), 0, 1))
        pid = stage.pool.start(turn="x:x0", die=die)
        assert stage.pool.wait(pid, 180) == signal.SIGKILL
        stage.pool.start()
        # It comes to an end, or the account is paused: then nothing more happens.
        _until(lambda: bool(_paused(stage)) or not (stage.open() or stage.asked()), 180)
        return _judged(stage, 2) | {"paused": _paused(stage)}


def _paused(stage: Stage) -> list[str]:
    with stage.db.read() as conn:
        query = select(account_state.c.account).where(account_state.c.paused != "")
        return list(conn.execute(query).scalars())


def death_after_answer(folder: Path, url: str, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A worker dies when the platform has answered and nothing of it is stored."""
    run = _run(folder, url, kinds=("x",), without=without)
    with Stage(run) as stage:
        stage.sign("x:x0", texts(random.Random(1), 0, 1))
        pid = stage.pool.start(turn="x:x0", die="send: answered")
        assert stage.pool.wait(pid, 180) == signal.SIGKILL
        stage.pool.start()
        return _judged(stage)


def zombie(folder: Path, url: str, kind: str, where: str, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A worker stops at ``where``, past its lease; another takes over and ends the work; then the first goes on."""
    run = _run(folder, url, kinds=(kind,), without=without, lease=6.0)
    account = f"{kind}:{kind}0"
    with Stage(run) as stage:
        stage.sign(account, texts(random.Random(1), 0, 2))
        asleep = stage.pool.start(turn=account, die=where, signal=int(signal.SIGSTOP))
        _until(lambda: _state_of(asleep) == "T", 120)
        stage.pool.start()
        finished = stage.wait_until_done(180)
        os.kill(asleep, signal.SIGCONT)
        assert stage.pool.wait(asleep, 180) is not None
        return _judged(stage) | {"finished": finished}


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError("it did not come to that")
        time.sleep(0.05)


def signed_twice(folder: Path, url: str, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same answer of the same person is given twice; a lost answer or a double click does that."""
    run = _run(folder, url, kinds=("x",), without=without)
    with Stage(run) as stage:
        if "single use" in without:
            _forget_unique(stage)
            guards.GUARDS["single use"]()
        said = texts(random.Random(1), 0, 1)
        wish = propose.Proposal("x:x0", tuple(Part(one) for one in said), "anna")
        version = propose.new(stage.desk, wish, BRAND)
        answer = decide.Answer(version.draft_id, 1, version.hash, "li", via="harness", shown=said[0])
        made = decide.approve(stage.desk, answer).post
        assert made is not None
        stage.told.approved.append(made.id)
        again = ""
        try:
            decide.approve(stage.desk, answer)
        except SignoffError as no:
            again = type(no).__name__
        stage.pool.start()
        return _judged(stage) | {"again": again}


def _forget_unique(stage: Stage) -> None:
    """Drop what keeps a second post of one request out of the store."""
    with stage.db.engine.connect() as conn:
        if stage.db.is_sqlite:
            for table in ("post", "decision"):
                conn.exec_driver_sql(f"CREATE TABLE copy_{table} AS SELECT * FROM {table}")
                conn.exec_driver_sql(f"DROP TABLE {table}")
                conn.exec_driver_sql(f"ALTER TABLE copy_{table} RENAME TO {table}")
                # Parts refer to it.
                conn.exec_driver_sql(f"CREATE UNIQUE INDEX only_{table} ON {table} (id)")
        else:
            conn.execute(text("ALTER TABLE post DROP CONSTRAINT uq_post_request_id"))
        conn.commit()


def clock_jumps(folder: Path, url: str, *, signs: int = 24, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The wall clock of the machine with the workers jumps by an hour, forth and back, while posts come due.

    On SQLite the database has that very clock. Some answers are lost, so that looks wait while it jumps.
    """
    run = _run(folder, url, kinds=("x", "bluesky"), faults={"lost": 0.3, "lag": 0.8}, read_lag=2.0, jumping=True,
               without=without)  # fmt: skip
    with Stage(run) as stage:
        chance, jumps = random.Random(3), 0
        stage.pool.start()
        stage.pool.start()
        # A machine that is started with a wrong clock is another matter: nobody could know.
        _until(lambda: _beaten(stage), 120)
        for n in range(signs):
            due = datetime.now(UTC) + timedelta(seconds=chance.uniform(1, 7))
            stage.sign(chance.choice(["x:x0", "bluesky:bluesky0"]), texts(chance, n, 1), due=due)
            if n % 3 == 0:
                set_clock(run, (3600, 0, -3600, 90)[jumps % 4])
                jumps += 1
            time.sleep(0.1)
        for wrong in (3600, -3600, 0):
            time.sleep(1.0)
            set_clock(run, wrong)
        # Without its guard posts wait for a time an hour off: there is nothing to wait for.
        return _judged(stage, 2 if without else 180) | {"jumps": jumps}


def _beaten(stage: Stage) -> bool:
    with stage.db.read() as conn:
        return len(rows.workers(conn)) == 2


def pictures(folder: Path, url: str, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Posts with one or two pictures each, on every platform that takes uploads; the first upload goes wrong."""
    kinds = ("x", "mastodon", "bluesky")
    scripts = tuple((digest(3 * n), FAULTS[n % 6], 1) for n in range(9))
    run = _run(folder, url, kinds=kinds, faults={"lost": 0.1}, scripts=scripts, without=without)
    with Stage(run) as stage:
        chance = random.Random(11)
        for n in range(9):
            media = [stage.picture(3 * n + m) for m in range(1 + n % 2)]
            stage.sign(f"{kinds[n % 3]}:{kinds[n % 3]}0", texts(chance, n, 1 + n % 2), media=media)
        stage.pool.start()
        return _judged(stage)


def servers_deaths(folder: Path, url: str, *, deaths: int = 4) -> dict[str, Any]:
    """PostgreSQL dies in the middle of commits, as often as said: a backend's SIGKILL takes all connections along."""
    run = _run(folder, url, kinds=("x", "bluesky"), faults={"lost": 0.05})
    with Stage(run) as stage:
        chance = random.Random(5)
        for n in range(24):
            stage.sign(chance.choice(["x:x0", "bluesky:bluesky0"]), texts(chance, n, chance.choice([1, 2])))
        stage.pool.start()
        stage.pool.start()
        # A worker that cannot open its database at its start ends: what is tried here is one at work.
        _until_begun(stage)
        killed = 0
        for _ in range(deaths):
            time.sleep(chance.uniform(0.5, 1.2))
            killed += _kill_a_backend(stage)
            time.sleep(1.0)
        return _judged(stage, 120) | {"server_deaths": killed}


def _until_begun(stage: Stage, seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with stage.db.read() as conn:
            if conn.execute(text("SELECT 1 FROM post_part WHERE state <> 'due'")).first() is not None:
                return
        time.sleep(0.05)


def _kill_a_backend(stage: Stage) -> int:
    """Kill a backend that is in a transaction; PostgreSQL then ends all others and recovers."""
    busy = "SELECT pid FROM pg_stat_activity WHERE backend_type='client backend' AND pid<>pg_backend_pid()"
    for _ in range(200):
        try:
            with stage.db.read() as conn:
                found = conn.execute(text(busy + " AND state<>'idle'")).scalars().all()
        except Exception:
            found = []
        if found:
            # One that has ended since it was seen was none to be killed.
            with suppress(ProcessLookupError):
                os.kill(found[0], signal.SIGKILL)
                return 1
        time.sleep(0.005)
    return 0


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of its own; needs root."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(folder: Path) -> dict[str, Any]:
    """The disk with the database is full again and again while posts go out; ``refused`` says how signing failed."""
    with small_disk(folder / "disk", 12) as disk:
        run = _run(folder, f"sqlite:///{disk / 'signoff.db'}", kinds=("x", "bluesky"), faults={"lost": 0.05})
        with Stage(run) as stage:
            chance, ballast = random.Random(9), disk / "ballast"
            for n in range(16):
                stage.sign(chance.choice(["x:x0", "bluesky:bluesky0"]), texts(chance, n, chance.choice([1, 2])))
            stage.pool.start()
            refused = ""
            for n in range(6):
                _fill(ballast)
                if n == 2:
                    try:
                        for extra in range(50):
                            stage.sign("x:x0", texts(chance, 100 + extra, 1))
                    except Exception as full:
                        refused = str(full)
                time.sleep(chance.uniform(0.3, 0.8))
                ballast.unlink()
                time.sleep(chance.uniform(0.3, 0.6))
            stage.pool.start()
            return _judged(stage, 90) | {"refused": refused}


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def peers(folder: Path, url: str, strategy: str, *, posts: int, kills: int, seed: int = 1) -> dict[str, Any]:
    """Run a peer's loop, or with an empty ``strategy`` our own, through the same kills and faults."""
    from tests.acceptance.harness.run import Torture

    run = Run(str(folder), url, seed=seed, strategy=strategy, kinds=("x", "mastodon", "bluesky"), each=1)
    with Stage(run) as stage:
        began = time.monotonic()
        finished = Torture(stage, posts, kills, 2).run(60 + posts)
        found = checker.check(run, stage.app, stage.told)
        return found | {"finished": finished, "wall_s": time.monotonic() - began}


def traced(folder: Path, url: str, *, without: tuple[str, ...] = ()) -> str | None:
    """Return the system calls of a worker that sends one post; None where strace may not watch."""
    run = _run(folder, url, kinds=("x",), without=without)
    with Stage(run) as stage:
        stage.sign("x:x0", texts(random.Random(1), 0, 1))
        calls = folder / "calls"
        watch = ["strace", "-f", "-y", "-s", "40", "-o", str(calls), "-e",
                 "trace=write,pwrite64,fsync,fdatasync,sendto,sendmsg"]  # fmt: skip
        alone = [sys.executable, "-m", "tests.acceptance.harness.worker", str(run.save()), '{"turn": "x:x0"}']
        done = subprocess.run([*watch, *alone], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        if "not permitted" in done.stderr:
            return None
        assert done.returncode == 0, done.stderr
        return calls.read_text(errors="replace")
