"""How long from a comment to its row in the database: with a server's own word (stream), and by the clock alone.

A Mastodon server of its own (mastodon-mock), a whole Signoff on SQLite, the worker listening as it does. Comments come
at random moments; what is timed is from the server's answer to the fan until a reader of the database sees the comment.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.store import streams
from bot.store.comment_tables import comment
from bot.workflow import listen, shift, triage
from bot.workflow.streams import Streams
from tests.contract.mastodon_bench import MastodonBench
from tests.servers.mastodon import MastodonNetwork, start_mastodon
from tests.world import World, brand

#: With the stream, the 95th percentile must be below so many seconds.
LIMIT = 2.5


@contextmanager
def looking(world: World) -> Iterator[None]:
    """Look by the clock, as the worker does."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(shift.HEAR):
            listen.listen(world.desk, over.is_set)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measured(network: MastodonNetwork, many: int, stream: bool) -> list[float]:
    """Return the seconds that each of ``many`` comments took."""
    owner, dice, took = network.new_account("brand", bot=True), random.Random(5), list[float]()
    given = {"mastodon": {"main": {"instance": network.url, "access_token": owner.token}}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with World(f"sqlite:///{path / 'signoff.db'}", path, SystemClock(), platforms=given) as world:
            world.learn(brand(accounts=(Account("mastodon", "main", owner.handle),)))
            world.desk.minds.read = triage.local if stream else None
            bench = MastodonBench(network.url, owner.token, network.new_account("fan").token)

            def stored() -> int:
                with world.db.read() as conn:
                    return int(conn.execute(select(func.count()).select_from(comment)).scalar_one())

            with looking(world), Streams(world.desk, "bench").running():
                while stream and not _open(world):
                    time.sleep(0.05)
                for n in range(many):
                    time.sleep(dice.uniform(0.0, 8.0))
                    bench.says(f"Comment number {n}")
                    began = time.perf_counter()
                    while stored() <= n:
                        time.sleep(0.01)
                    took.append(time.perf_counter() - began)
            bench.close()
    return took


def _open(world: World) -> bool:
    with world.db.read() as conn:
        one = streams.of(conn, "mastodon:main", world.db.now(conn))
    return one is not None and one.open


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--comments", type=int, default=20)
    many = max(2, asked.parse_args().comments)
    with start_mastodon() as network:
        told, clock = measured(network, many, True), measured(network, many, False)
    said = [
        f"{name}_p50={statistics.median(took):.2f} {name}_p95={sorted(took)[int(0.95 * (len(took) - 1))]:.2f}"
        for name, took in (("stream", told), ("clock", clock))
    ]
    print(f"stream: comments={many} {' '.join(said)}")
    return 0 if sorted(told)[int(0.95 * (many - 1))] < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
