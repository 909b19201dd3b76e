"""`signoff serve` as a real process: killed between the acknowledgement and the work, it loses nothing."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import SystemClock
from bot.store import events, inbox
from bot.store.tables import decision
from bot.surfaces.slack.cards.binding import Bound
from tests.servers.process import free_port
from tests.slack import standin
from tests.slack.served import link_all, process
from tests.slack.standin import command, form, press, standing_in
from tests.world import World

pytestmark = pytest.mark.slow


def counts(world: World) -> dict[str, int]:
    with world.db.read() as conn:
        return inbox.counts(conn)


def test_nothing_acknowledged_is_lost_by_a_kill(database_url: str, tmp_path: Path) -> None:
    with standing_in() as slack, World(database_url, tmp_path, SystemClock()) as world:
        link_all(world)
        drafts = [world.draft(f"Tea number {n}.") for n in range(3)]
        port, sent = free_port(), 40
        with process(world, slack, port) as first:
            assert standin.send(("127.0.0.1", port), command("status", url=f"{slack.url}/warm"))[0] == 200
            standin.until(lambda: slack.said("warm"))
            # Slack's answers hang: whatever was begun is under way when the process dies.
            slack.go.clear()
            bodies = [form(press("approve", str(Bound.of(v)), "U0LI", f"{slack.url}/a")) for v in drafts]
            bodies += [command("help", url=f"{slack.url}/r{n}") for n in range(sent)]
            assert [standin.send(("127.0.0.1", port), body)[0] for body in bodies] == [200] * len(bodies)
            first.send_signal(signal.SIGKILL)
            first.wait()
        left = counts(world)
        assert left.get("pending", 0) + left.get("working", 0) > sent / 2, left
        slack.go.set()
        with process(world, slack, port) as second:
            # Sooner than a lease runs out: whose process died is known.
            standin.until(lambda: set(counts(world)) == {"done"}, 150)
            second.send_signal(signal.SIGTERM)
            assert second.wait(60) == 0
        assert counts(world) == {"done": len(bodies) + 1}
        told = [len(slack.said(f"r{n}")) for n in range(sent)]
        assert min(told) >= 1, "each was answered"
        assert max(told) <= 2, "and only what was under way was answered again"
        with world.db.read() as conn:
            assert len(conn.execute(select(decision)).all()) == len(drafts)
            for version in drafts:
                states = [row["now"] for row in events.about(conn, f"draft:{version.draft_id}@1")]
                assert states.count("approved") == 1


def test_a_stop_in_order_finishes_what_was_begun_and_takes_nothing_more(tmp_path: Path) -> None:
    with standing_in() as slack, World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()) as world:
        link_all(world)
        port = free_port()
        with process(world, slack, port) as running:
            standin.until(lambda: "The worker runs" in (tmp_path / "serve.log").read_text())
            slack.go.clear()
            assert standin.send(("127.0.0.1", port), command("help", url=f"{slack.url}/r"))[0] == 200
            standin.until(lambda: counts(world).get("working") == 1)
            began = time.monotonic()
            running.send_signal(signal.SIGTERM)
            later = threading.Timer(1, slack.go.set)
            later.start()
            assert running.wait(60) == 0
            later.join()
            assert time.monotonic() - began < 40
        assert counts(world) == {"done": 1}
        with pytest.raises(ConnectionError):
            standin.send(("127.0.0.1", port), command("help"))
