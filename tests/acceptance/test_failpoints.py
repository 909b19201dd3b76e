"""Every named place of publishing is in the code, is in the list, and has a worker die at it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bot import failpoints
from tests.acceptance.harness.failpoints import cases, run_all

ROOT = Path(__file__).parents[2]


def test_the_list_of_names_is_that_of_the_code() -> None:
    found: Counter[str] = Counter()
    for path in (ROOT / "bot").rglob("*.py"):
        found.update(re.findall(r'failpoints\.hit\("([^"]+)"\)', path.read_text(encoding="utf-8")))
    assert set(found) == set(failpoints.NAMES)


def test_somebody_dies_at_every_name() -> None:
    assert {place for case in cases() for place, _ in case.deaths} == set(failpoints.NAMES)


def test_nothing_is_armed_by_the_program() -> None:
    failpoints.hit("publish: begun")
    assert failpoints._hook is None
    armed = [p for p in (ROOT / "bot").rglob("*.py") if "failpoints.arm" in p.read_text(encoding="utf-8")]
    assert armed == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_death_at_each_place_leaves_one_post(database_url: str, tmp_path: Path) -> None:
    """Each name once; `make failpoints` has every kind of platform at each."""
    chosen, seen = [], set[str]()
    for case in cases():
        places = {place for place, _ in case.deaths}
        if case.kind != "sandbox" and not places <= seen:
            chosen.append(case)
            seen |= places
    (tmp_path / "home").mkdir()
    url = f"sqlite:///{tmp_path / 'home' / 'signoff.db'}" if database_url.startswith("sqlite") else database_url
    found = run_all("", chosen, folder=tmp_path, url=url)
    assert found["lived"] == []
    assert found["violations"] == []
    assert found["finished"]
    assert found["killed"] == found["steps"] >= len(failpoints.NAMES)
