"""How late and how fast posts go out, on SQLite and on PostgreSQL, beside the bare engine in the same run.

``python tests/bench/bench_publish.py [--db sqlite|postgresql|both] [--due 1000] [--pending 100000] [--posts 1500]``

The platform is in the worker's process and answers at once, so that what is measured is ours. The bare engine keeps
the same promise for jobs that mean nothing: on SQLite ``bare_engine``, on PostgreSQL Procrastinate jobs.
``commits_per_s`` is the floor below it, on SQLite: two commits for each post and nothing read.

A round lasts about two seconds. So one worker and the engine take turns, ``ROUNDS`` each, and the medians are compared;
and every worker has sent ``WARM`` posts before: what it imports and prepares once is no part of a post.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select  # noqa: E402

from bot.store.tables import post_part  # noqa: E402
from bot.workflow.worker import AT_ONCE  # noqa: E402
from tests.bench import bare_engine, publishing  # noqa: E402
from tests.servers.postgres import start_postgres  # noqa: E402

ACCOUNTS, LATE_S, RATIO = 50, 2.0, 0.7
ROUNDS, WARM = 3, 200
FAR = datetime(2099, 1, 1, tzinfo=UTC)


@contextmanager
def workers(home: Path, url: str, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Run worker processes; they end in order."""
    command = [sys.executable, "-m", "tests.bench.publishing", str(home), url]
    running = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for _ in range(count)]  # fmt: skip
    try:
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        yield running
    finally:
        for process in running:
            process.communicate("", 30)


def wait(app: Any, prefix: str, count: int, seconds: float) -> list[tuple[datetime, datetime]]:
    """Wait until all posts of a batch are live; return (due, live) of each."""
    columns = post_part.c.not_before, post_part.c.live_at
    # A range along the primary key: to look through a hundred thousand pending posts would take the worker's time.
    mine = post_part.c.post_id.between(f"p_{prefix}", f"p_{prefix}~") & (post_part.c.state == "live")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with app.db.read() as conn:
            query = select(func.count()).select_from(post_part).where(mine)
            if conn.execute(query).scalar_one() == count:
                return [(a, b) for a, b in conn.execute(select(*columns).where(mine))]
        time.sleep(0.2)
    raise SystemExit(f"{prefix}: not all of {count} posts were live after {seconds:.0f} s")


def rate(app: Any, brand: Any, home: Path, url: str, posts: int, count: int, round_: int = 0) -> tuple[float, float]:
    """Return posts a second with so many worker processes, from the first to the last, and CPU ms a post.

    The CPU is that of all workers from the moment the posts are due; their texts were checked before.
    """
    prefix = f"w{count}r{round_}_"
    # Long enough that all texts are checked before, also on a busy machine.
    start = datetime.now(UTC) + timedelta(seconds=28)
    with workers(home, url, count) as running:
        publishing.signed(app, brand, [(n % ACCOUNTS, start - timedelta(seconds=8)) for n in range(WARM)], f"a{prefix}")
        publishing.signed(app, brand, [(n % ACCOUNTS, start) for n in range(posts)], prefix)
        time.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds() - 0.1))
        before = sum(cpu_ms(p.pid) for p in running)
        lives = sorted(live for _, live in wait(app, prefix, posts, 180))
        spent = sum(cpu_ms(p.pid) for p in running) - before
    return posts / max(0.001, (lives[-1] - start).total_seconds()), spent / posts


def cpu_ms(pid: int) -> float:
    """Return the milliseconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return the megabytes a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def lateness(app: Any, brand: Any, home: Path, url: str, due: int, pending: int) -> dict[str, float]:
    """Return how late posts are of which so many are due within one second while ``pending`` more wait."""
    start = datetime.now(UTC) + timedelta(seconds=45)
    times = [(n % ACCOUNTS, start + timedelta(seconds=n / due)) for n in range(due)]
    with workers(home, url, 1) as running:
        time.sleep(2)
        before = resident(running[0].pid)
        publishing.signed(app, brand, [(0, FAR)], "far_like")
        publishing.pending(app, "far_like000000", pending)
        publishing.signed(app, brand, times, "due")
        time.sleep(8)
        after = resident(running[0].pid)
        found = wait(app, "due", due, 240)
    late = sorted((live - at).total_seconds() for at, live in found)
    return {"p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)], "early": sum(1 for s in late if s < 0),
            "grown_mb": after - before}  # fmt: skip


def bare_procrastinate(url: str, jobs: int) -> tuple[float, float]:
    """Return Procrastinate jobs a second and CPU ms a job, as many at once as a worker has turns.

    Each is taken and finished durably. The schema is made by the first round, outside of what is measured.
    """
    import procrastinate

    async def run() -> tuple[float, float]:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=16))

        @app.task(name="job", queue="bare")
        async def job(n: int) -> None:
            return None

        async with app.open_async():
            if not await app.check_connection_async():
                await app.schema_manager.apply_schema_async()
            await job.batch_defer_async(*[{"n": n} for n in range(jobs)])
            began, cpu = time.monotonic(), time.process_time()
            await app.run_worker_async(queues=["bare"], concurrency=AT_ONCE, wait=False, install_signal_handlers=False,
                                       delete_jobs="always")  # fmt: skip
            return jobs / (time.monotonic() - began), (time.process_time() - cpu) * 1000 / jobs

    return asyncio.run(run())


def measure(kind: str, given: argparse.Namespace) -> dict[str, float]:
    """Measure on one kind of database."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = (
            f"sqlite:///{home / 'signoff.db'}" if kind == "sqlite" else stack.enter_context(start_postgres(fsync=True))
        )
        app = stack.enter_context(publishing.open_app(home, url))
        brand = publishing.learn(app, ACCOUNTS)
        ours, engine = [], []
        for n in range(ROUNDS):
            ours.append(rate(app, brand, home, url, given.posts, 1, n))
            if kind == "sqlite":
                engine.append(bare_engine.run(home / f"bare{n}.db", given.posts))
            else:
                engine.append(bare_procrastinate(url, given.posts))
        found = {f"workers{n}": rate(app, brand, home, url, given.posts, n)[0] for n in (2, 4)}
        found["per_s"], found["cpu_ms"] = (median(each) for each in zip(*ours, strict=True))
        found["engine_per_s"], found["engine_cpu_ms"] = (median(each) for each in zip(*engine, strict=True))
        found["workers1"] = found["per_s"]
        if kind == "sqlite":
            found["commits_per_s"] = bare_engine.commits(home / "floor.db", given.posts)
        found["ratio"] = found["per_s"] / found["engine_per_s"]
        rounds = " ".join(f"{mine[0]:.0f}/{bare[0]:.0f}" for mine, bare in zip(ours, engine, strict=True))
        print(f"{kind}: rounds={rounds}", flush=True)
        late = lateness(app, brand, home, url, given.due, given.pending)
        found |= {f"lateness_{name}_s": late[name] for name in ("p50", "p99")}
        return found | {"early": late["early"], "grown_mb": late["grown_mb"]}


def line(found: dict[str, float]) -> str:
    names = ("per_s", "engine_per_s", "ratio", "lateness_p50_s", "lateness_p99_s", "early", "grown_mb", "cpu_ms",
             "engine_cpu_ms", "workers1",
             "workers2", "workers4")  # fmt: skip
    whole = ("per_s", "engine_per_s", "early", "workers1", "workers2", "workers4", "commits_per_s")
    return " ".join(f"{n}={found[n]:.0f}" if n in whole else f"{n}={found[n]:.2f}" for n in names)


def main() -> int:
    """Measure, print, and say whether the goals hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--due", type=int, default=1000)
    parser.add_argument("--pending", type=int, default=100_000)
    parser.add_argument("--posts", type=int, default=1500)
    given = parser.parse_args()
    kinds = ("sqlite", "postgresql") if given.db == "both" else (given.db,)
    found = {}
    for kind in kinds:
        found[kind] = measure(kind, given)
        print(f"{kind}: {line(found[kind])}", flush=True)
    # The worse of the two databases, figure by figure.
    high = ("lateness", "early", "grown", "cpu", "engine_cpu")
    worst = {name: (max if name.startswith(high) else min)(f[name] for f in found.values())
             for name in found[kinds[-1]]}  # fmt: skip
    print(f"publish: {line(worst)}")
    good = worst["ratio"] >= RATIO and worst["lateness_p99_s"] <= LATE_S and worst["early"] == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
