"""Who may let everything go on after a stop, where several brands share a home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.errors import NotAllowed
from bot.store import desk as rows
from bot.workflow import switching
from tests.world import PEOPLE, World, brand

OTHERS = tuple(replace(p, id=f"o-{p.id}", name=f"Other {p.name}") for p in PEOPLE)
OTHER = brand(id="other", name="Other Tea", accounts=(Account("sandbox", "o", "other.sandbox"),), people=OTHERS)


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        made.learn(OTHER)
        yield made


def resume(world: World, of: str, person: str) -> bool:
    with world.db.read() as conn:
        its = world.desk.brand(conn, of)[0]
    who = its.person(person)
    assert who is not None
    return switching.resume(world.desk, its, who, None, "")[0]


def stopped(world: World) -> bool:
    with world.db.read() as conn:
        return bool(rows.stopped(conn))


def test_another_brands_approver_does_not_end_a_stop(world: World) -> None:
    switching.stop(world.desk, "anna", "a wrong price")
    with pytest.raises(NotAllowed) as refused:
        resume(world, "other", "o-li")
    assert "stopped by anna of Lumen Tea" in str(refused.value)
    assert stopped(world)
    assert resume(world, "lumen", "li")
    assert not stopped(world)
    assert not resume(world, "other", "o-li"), "nothing is stopped any more: nothing to refuse"


@pytest.mark.parametrize("who", ["signoff", "root"])
def test_what_nobodys_person_stopped_any_approver_ends(world: World, who: str) -> None:
    switching.stop(world.desk, who, "")
    assert resume(world, "other", "o-li")


def test_who_is_of_both_brands_stops_for_both(world: World) -> None:
    world.learn(replace(OTHER, people=(*OTHERS, PEOPLE[0])))
    switching.stop(world.desk, "anna", "")
    assert resume(world, "other", "o-li")
