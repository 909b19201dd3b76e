"""How soon `signoff serve` acknowledges what Slack delivers, and that each delivery is acted upon once.

``python tests/bench/bench_slack.py [--rate 100] [--seconds 30]``. A real process on a fresh SQLite database takes
signed requests over HTTP at a fixed rate, each delivered one to four times; the clock of each runs from the moment it
was due. Every event is a word that is answered through a stand-in of Slack: an answer that is missing is lost, two are
doubled.
"""

from __future__ import annotations

import argparse
import http.client
import os
import queue
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.clock import SystemClock  # noqa: E402
from bot.store import inbox  # noqa: E402
from tests.servers.process import free_port  # noqa: E402
from tests.slack import standin  # noqa: E402
from tests.slack.served import link_all, process  # noqa: E402
from tests.world import World  # noqa: E402

GOAL_MS = 200.0
#: Connections: Slack delivers over many at once.
HANDS = 24
#: What people say: mostly short words, as in a busy channel. Each is answered.
WORDS = ("help", "status", "queue", "policy", "nonsense")


class Hand(threading.Thread):
    """Delivers over one kept connection."""

    def __init__(self, port: int, jobs: queue.Queue[tuple[float, int, bytes] | None]) -> None:
        super().__init__(daemon=True)
        self.port, self.jobs = port, jobs
        self.took: list[float] = []
        self.refused = 0
        self.conn: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while (job := self.jobs.get()) is not None:
            due, which, body = job
            # Slack signs each delivery anew; here never with the same second, however late this thread comes.
            headers = standin.signed(body, at=time.time() + 10 * which)
            try:
                if self.conn is None:
                    self.conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self.conn.request("POST", "/slack/events", body, headers)
                answer = self.conn.getresponse()
                answer.read()
                self.refused += answer.status != 200
            except OSError:
                self.refused += 1
                self.conn = None
            self.took.append(time.perf_counter() - due)


def deliveries(rate: int, seconds: float, url: str, draw: random.Random) -> list[tuple[float, int, bytes]]:
    """Return (second, which delivery, body) in order of time: each event comes one to four times, seconds apart."""
    found = []
    for n in range(int(rate * seconds)):
        user = draw.choice(("U0ANNA", "U0LI", "U0SAM", "U0BEN"))
        body = standin.command(draw.choice(WORDS), user, f"{url}/e{n}")
        at = n / rate
        for k in range(draw.randint(1, 4)):
            found.append((at + k * (1.0 + draw.random() / 2), k, body))
    return sorted(found, key=lambda one: one[0])


def p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, standin.standing_in() as slack:
        home = Path(folder)
        with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
            link_all(world)
            for n in range(20):
                world.draft(f"Tea number {n}: the autumn oolongs are here.")
            port = free_port()
            with process(world, slack, port) as server:
                return measure(given.rate, given.seconds, port, slack, world, server)


def measure(
    rate: int, seconds: float, port: int, slack: standin.StandIn, world: World, server: subprocess.Popen[bytes]
) -> int:
    warm = [standin.command(word, user, f"{slack.url}/warm") for word in WORDS for user in ("U0ANNA", "U0LI")]
    for body in warm:
        standin.send(("127.0.0.1", port), body)
    standin.until(lambda: len(slack.said("warm")) >= len(warm), 60)
    plan = deliveries(rate, seconds, slack.url, random.Random(7))
    jobs: queue.Queue[tuple[float, int, bytes] | None] = queue.Queue()
    hands = [Hand(port, jobs) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    cpu = _cpu(server.pid)
    start = time.perf_counter() + 0.2
    for at, which, body in plan:
        wait = start + at - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        jobs.put((start + at, which, body))
    for _ in hands:
        jobs.put(None)
    for hand in hands:
        hand.join()
    sent_in = time.perf_counter() - start
    events = int(rate * seconds)

    def settled() -> bool:
        with world.db.read() as conn:
            return not set(inbox.counts(conn)) & {"pending", "working"}

    standin.until(settled, 300)
    worked_in = time.perf_counter() - start
    cpu = _cpu(server.pid) - cpu
    seen: dict[str, int] = {}
    for method, _ in slack.calls:
        seen[method] = seen.get(method, 0) + 1
    counts = [seen.get(f"e{n}", 0) for n in range(events)]
    lost, doubled = sum(c == 0 for c in counts), sum(c > 1 for c in counts)
    took = [t for hand in hands for t in hand.took]
    refused = sum(hand.refused for hand in hands)
    p99 = p(took, 0.99)
    print(
        f"events={events} deliveries={len(took)} deliveries_per_s={len(took) / sent_in:.0f} refused={refused} "
        f"p50_ms={p(took, 0.5):.1f} p90_ms={p(took, 0.9):.1f} max_ms={max(took) * 1000:.0f} "
        f"all_worked_on_after_s={worked_in:.1f} server_cpu_s={cpu:.1f} "
        f"client_cpu_s={resource.getrusage(resource.RUSAGE_SELF).ru_utime:.1f} load={os.getloadavg()[0]:.1f}"
    )
    print(f"slack-ack: events_per_s={rate} p99_ms={p99:.0f} lost={lost} doubled={doubled}")
    return 0 if p99 <= GOAL_MS and lost == doubled == refused == 0 else 1


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
