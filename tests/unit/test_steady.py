"""The time on a machine with SQLite: a wall clock that is set does no harm, and is believed when it stands by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import clock as clocks
from bot.clock import FixedClock, SystemClock
from bot.store import steady, tables
from bot.workflow import timekeeping
from tests.world import World

HOUR = 3600.0


class Machine:
    """A machine whose wall clock can be set, and that runs on meanwhile."""

    def __init__(self) -> None:
        self.runs, self.wall = 1000.0, datetime(2026, 11, 22, 9, 0, tzinfo=UTC).timestamp()

    def on(self, seconds: float) -> None:
        self.runs, self.wall = self.runs + seconds, self.wall + seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(clocks, "running", lambda: made.runs)
    monkeypatch.setattr(clocks, "SLEEPS", True)
    monkeypatch.setattr(steady.time, "time", lambda: made.wall)
    steady._boot.cache_clear()
    return made


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def beat(world: World) -> steady.Jump | None:
    with world.db.write() as conn:
        return steady.keep(conn)


def now(world: World) -> float:
    with world.db.read() as conn:
        return world.db.now(conn).timestamp()


def test_a_jump_is_not_followed_and_a_step_back_leaves_no_trace(world: World, machine: Machine) -> None:
    assert beat(world) is None
    for jump in (HOUR, -2 * HOUR, HOUR):
        before = now(world)
        machine.wall += jump
        machine.on(5)
        assert now(world) == pytest.approx(before + 5)
        beat(world)
    assert now(world) == pytest.approx(machine.wall)
    with world.db.read() as conn:
        assert conn.execute(select(tables.switch.c.why).where(tables.switch.c.name == steady.NAME)).scalar_one() == ""


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_stands_by_it_is_believed_after_a_while(world: World, machine: Machine, jump: float) -> None:
    beat(world)
    machine.wall += jump
    assert beat(world) == steady.Jump(pytest.approx(jump), believed=False)  # type: ignore[arg-type]
    machine.on(steady.HOLD - 1)
    assert beat(world) is None
    assert now(world) == pytest.approx(machine.wall - jump)
    machine.on(2)
    assert beat(world) == steady.Jump(pytest.approx(jump), believed=True)  # type: ignore[arg-type]
    assert now(world) == pytest.approx(machine.wall)


def test_another_jump_begins_the_wait_anew(world: World, machine: Machine) -> None:
    beat(world)
    machine.wall += HOUR
    beat(world)
    machine.on(steady.HOLD - 1)
    machine.wall += 60
    beat(world)
    machine.on(5)
    assert beat(world) is None
    assert now(world) == pytest.approx(machine.wall - HOUR - 60)


def test_it_is_not_believed_while_an_answer_is_awaited(world: World, machine: Machine) -> None:
    """Else a lease would be over, or a post be looked for, before the platform must show it."""
    beat(world)
    post = world.approve(world.draft("Tea."))
    with world.db.write() as conn:
        sent = datetime.fromtimestamp(machine.wall + steady.HOLD, UTC)
        part = update(tables.post_part).where(tables.post_part.c.post_id == post.id)
        conn.execute(part.values(state="doubtful", last_sent=sent))
    machine.wall += HOUR
    beat(world)
    machine.on(steady.HOLD + 1)
    assert beat(world) is None
    machine.on(300)
    assert beat(world) is not None
    assert now(world) == pytest.approx(machine.wall)


def test_after_a_start_of_the_machine_its_clock_counts(
    world: World, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(world)
    machine.runs, machine.wall = 3.0, machine.wall + 9 * HOUR
    monkeypatch.setattr(steady, "_boot", lambda: "another")
    assert now(world) == pytest.approx(machine.wall)
    assert beat(world) is None
    machine.wall += HOUR
    assert now(world) == pytest.approx(machine.wall - HOUR)


def test_people_are_told_once_that_the_clock_was_set(world: World, machine: Machine) -> None:
    from bot.store import desk as rows

    for _ in range(3):
        with world.db.write() as conn:
            timekeeping.keep(world.desk, conn)
        machine.wall += HOUR if machine.runs == 1000.0 else 0
        machine.on(5)
    machine.on(steady.HOLD)
    with world.db.write() as conn:
        timekeeping.keep(world.desk, conn)
    with world.db.read() as conn:
        said = [n["text"] for n in rows.notices(conn) if n["subject"] == "clock"]
    assert len(said) == 2
    assert "+60.0 minutes" in said[1]
    assert "by the machine's clock again" in said[0]


def test_a_process_goes_by_the_time_that_it_followed_however_its_clock_is_set(machine: Machine) -> None:
    mine = SystemClock()
    then = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    mine.follow(then)
    machine.wall += HOUR
    machine.on(7)
    assert mine.now() == then + timedelta(seconds=7)
