"""Whose jobs of the queue go to others: a dead process's at once, a silent machine's after a while, nobody else's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.store import leases, queue
from bot.workflow import jobs, turn
from bot.workflow.runner_procrastinate import QueueRunner
from bot.workflow.shift import Shift
from tests.world import World


def dead() -> str:
    """Return the name of a worker whose process is over."""
    program = "from bot.workflow import turn; print(turn.worker_id())"
    command, root = [sys.executable, "-c", program], Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout.strip()


def test_an_account_is_orphaned_only_where_its_worker_surely_died(world: World) -> None:
    owners = {"gone": dead(), "here": turn.worker_id(), "elsewhere": "another-machine:77:1:1"}
    for account, owner in owners.items():
        assert leases.take(world.db, turn.lease_of(account), owner, 60)
    assert turn.orphaned(world.desk, [*owners, "never"]) == {"gone"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("silent_for", "left"),
    [(2, ["x:dead", "x:other"]), (160, ["x:other"]), (400, [])],
)
def test_a_dead_workers_turn_does_not_wait_until_its_machine_counts_as_silent(
    world: World, silent_for: float, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A hundred times as patient as it is: how busy the machine is must not matter here.
    monkeypatch.setattr(jobs, "QUIET", 100.0)
    monkeypatch.setattr(jobs, "STALLED", 250.0)
    from procrastinate.schema import SchemaManager

    async def run() -> list[Any]:
        app = QueueRunner(Shift(world.desk, "w", 1, None))._app()
        async with app.open_async():
            await jobs.defer(app, [jobs.job("turn", "x:dead"), jobs.job("turn", "x:other")])
            schema = queue.prepare(world.db, SchemaManager.get_schema())
            with world.db.write() as conn:
                conn.exec_driver_sql(f"SET LOCAL search_path = {schema}")
                beat = f"clock_timestamp() - interval '{silent_for} s'"
                add = f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({beat}) RETURNING id"
                worker = conn.exec_driver_sql(add).scalar_one()
                conn.exec_driver_sql(f"UPDATE procrastinate_jobs SET status = 'doing', worker_id = {worker}")
            await jobs.drop_stalled(app, lambda accounts: {a for a in accounts if a == "x:dead"})
            return sorted(str(one.lock) for one in await app.job_manager.list_jobs_async())

    assert asyncio.run(run()) == left
