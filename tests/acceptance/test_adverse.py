"""One thing wrong at a time; and the negative controls: with a guard taken away, the checker must see it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.harness import adverse
from tests.acceptance.harness.processes import NoCompiler

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    (tmp_path / "home").mkdir()
    return f"sqlite:///{tmp_path / 'home' / 'signoff.db'}"


def _clean(found: dict[str, Any]) -> None:
    assert found["violations"] == []
    assert found["finished"]
    assert found["live"] == found["parts"]


def _seen(found: dict[str, Any], *kinds: str) -> None:
    assert any(found[kind] for kind in kinds), found


# --- the guards, each with its control -----------------------------------------------------------------------


def test_a_lost_answer_on_a_late_timeline_is_found(tmp_path: Path, sqlite: str) -> None:
    _clean(adverse.lost_answers(tmp_path, sqlite))


@pytest.mark.parametrize("guard", ["settle wait", "look"])
def test_without_the_wait_or_the_look_it_is_posted_again(tmp_path: Path, sqlite: str, guard: str) -> None:
    _seen(adverse.lost_answers(tmp_path, sqlite, without=(guard,)), "duplicates")


def test_where_the_timeline_is_too_late_the_refusal_of_repeats_is_the_second_net(tmp_path: Path, sqlite: str) -> None:
    _clean(adverse.late_timeline(tmp_path, sqlite))


def test_without_that_refusal_a_timeline_later_than_every_look_doubles(tmp_path: Path, sqlite: str) -> None:
    """What no client can help: docs/reliability.md says so."""
    _seen(adverse.late_timeline(tmp_path, sqlite, refuse_repeats=False), "duplicates")


@pytest.mark.parametrize("where", ["renew: locked", "renew: stored"])
def test_a_login_that_can_be_renewed_once_survives_a_death_beside_it(tmp_path: Path, sqlite: str, where: str) -> None:
    _clean(adverse.login_used_up(tmp_path, sqlite, where))


def test_a_login_whose_new_pair_died_with_a_worker_pauses_the_account_and_says_so(tmp_path: Path, sqlite: str) -> None:
    found = adverse.login_used_up(tmp_path, sqlite, "renew: answered")
    assert (found["duplicates"], found["live"], found["paused"]) == (0, 0, ["x:x0"])
    # The post waits for the person who connects the account again; nothing is decided about it.
    assert not found["finished"]
    assert {line.split(" was left as ")[-1] for line in found["violations"] if "unknown:" in line} == {"doubtful"}


def test_a_death_after_the_answer_is_found_out(tmp_path: Path, sqlite: str) -> None:
    _clean(adverse.death_after_answer(tmp_path, sqlite))


def test_without_the_intent_before_the_send_it_is_posted_again(tmp_path: Path, sqlite: str) -> None:
    _seen(adverse.death_after_answer(tmp_path, sqlite, without=("intent",)), "duplicates")


def test_a_zombie_does_not_send(tmp_path: Path, sqlite: str) -> None:
    _clean(adverse.zombie(tmp_path, sqlite, "x", "fence: held"))


def test_without_the_fence_a_zombie_sends(tmp_path: Path, sqlite: str) -> None:
    _seen(adverse.zombie(tmp_path, sqlite, "x", "fence: held", without=("fence",)), "duplicates")


@pytest.mark.parametrize("kind", ["mastodon", "bluesky"])
def test_after_its_last_check_a_zombie_is_known_by_its_key(tmp_path: Path, sqlite: str, kind: str) -> None:
    """Between the last check and the request no check can stand; the platform's key closes that, X has none."""
    _clean(adverse.zombie(tmp_path, sqlite, kind, "send: next"))


def test_a_zombies_late_answer_changes_nothing(tmp_path: Path, sqlite: str) -> None:
    found = adverse.zombie(tmp_path, sqlite, "x", "send: answered")
    _clean(found)
    # Another worker found the very post: there is nothing for a person to look at.
    assert found["notices"] == []


def test_without_compare_and_set_it_breaks_the_record(tmp_path: Path, sqlite: str) -> None:
    _seen(adverse.zombie(tmp_path, sqlite, "x", "send: answered", without=("compare and set",)), "rebuild")


def test_a_signature_given_twice_makes_one_post(tmp_path: Path, sqlite: str) -> None:
    found = adverse.signed_twice(tmp_path, sqlite)
    _clean(found)
    assert found["again"] == "Stale"


def test_without_single_use_it_makes_two(tmp_path: Path, sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.store import approvals
    from bot.workflow import decide

    # The guard is taken away in this process too, for that is where the signature is given: put it back afterwards.
    for module, name in ((approvals, "use"), (approvals, "add_decision"), (decide, "open_request")):
        monkeypatch.setattr(module, name, getattr(module, name))
    _seen(adverse.signed_twice(tmp_path, sqlite, without=("single use",)), "duplicates")


def test_each_post_has_exactly_its_pictures_however_uploads_go(tmp_path: Path, sqlite: str) -> None:
    found = adverse.pictures(tmp_path, sqlite)
    _clean(found)
    assert sum(found["upload_faults"].values()) == 9


def test_a_post_without_its_pictures_is_seen(tmp_path: Path, sqlite: str) -> None:
    _seen(adverse.pictures(tmp_path, sqlite, without=("pictures",)), "pictures")


# --- what may befall a machine -------------------------------------------------------------------------------


def _jumping(folder: Path, url: str, **given: Any) -> dict[str, Any]:
    (folder / "home").mkdir(exist_ok=True)
    try:
        return adverse.clock_jumps(folder, url, **given)
    except NoCompiler:
        reason = "left out: a process's clock is set wrong by a library, and there is no C compiler to build it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def test_clocks_that_jump_send_nothing_early_or_twice(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """On PostgreSQL the database's clock decides."""
    found = _jumping(tmp_path, _own_postgres(request))
    _clean(found)
    assert found["jumps"] >= 8


def test_clocks_that_jump_do_no_harm_where_the_database_has_that_clock(tmp_path: Path, sqlite: str) -> None:
    """On SQLite the seconds decide for which the machine has run; nobody can set those."""
    found = _jumping(tmp_path, sqlite)
    _clean(found)
    assert found["doubtful"] >= 2


def test_where_the_wall_clock_decides_a_jump_sends_early(tmp_path: Path, sqlite: str) -> None:
    found = _jumping(tmp_path, sqlite, signs=12, without=("steady",))
    _seen(found, "early")


def test_a_database_server_that_dies_in_mid_commit_loses_and_doubles_nothing(tmp_path: Path) -> None:
    from tests.acceptance.harness.run import database

    (tmp_path / "home").mkdir()
    with database("postgresql", tmp_path) as url:
        found = adverse.servers_deaths(tmp_path, url)
    _clean(found)
    assert found["server_deaths"] >= 2


def test_a_full_disk_holds_posts_back_and_loses_none(tmp_path: Path) -> None:
    if os.geteuid() or not _may_mount(tmp_path):
        reason = "left out: a small disk can only be mounted by root"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    found = adverse.full_disk(tmp_path)
    _clean(found)
    assert "full" in found["refused"]


def _may_mount(folder: Path) -> bool:
    try:
        with adverse.small_disk(folder / "try", 1):
            return True
    except subprocess.CalledProcessError:
        return False


def _own_postgres(request: pytest.FixtureRequest) -> str:
    from tests.conftest import fresh_postgres

    made = fresh_postgres(request.getfixturevalue("postgres_url"))
    request.addfinalizer(lambda: next(made, None))
    return next(made)


# --- what is on disk when the request leaves -----------------------------------------------------------------


@pytest.mark.parametrize("guard", ["", "durable"])
def test_the_intent_is_on_disk_before_the_request_leaves(tmp_path: Path, sqlite: str, guard: str) -> None:
    """By the system calls of the worker: no write to the database is without its fdatasync when the send begins."""
    if shutil.which("strace") is None:
        reason = "left out: strace is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    trace = adverse.traced(tmp_path, sqlite, without=(guard,) if guard else ())
    if trace is None:
        pytest.skip("left out: strace may not look into processes here")
    dirty, sent = set[str](), 0
    before_send: list[set[str]] = []
    synced = 0
    for line in trace.splitlines():
        if found := re.search(r"p?write(?:64)?\(\d+<([^>]*signoff\.db[^>]*)>", line):
            dirty.add(found[1])
        elif found := re.search(r"f(?:data)?sync\(\d+<([^>]*signoff\.db[^>]*)>", line):
            dirty.discard(found[1])
            synced += 1
        elif re.search(r"(?:sendto|write|sendmsg)\(\d+<.*\"POST /2/tweets", line):
            sent += 1
            before_send.append(set(dirty))
    assert sent == 1, trace[-3000:]
    clean = synced > 0 and not before_send[0]
    assert clean is (guard == ""), (synced, before_send)


def test_the_loops_of_peers_double_or_lose_posts(tmp_path: Path, sqlite: str) -> None:
    """The same kills and faults that ours comes through clean; which loop does what is in docs/benchmarks.md."""
    _seen(adverse.peers(tmp_path, sqlite, "retry on any error", posts=40, kills=8), "duplicates")


def test_a_loop_that_marks_first_does_not_know_what_is_live(tmp_path: Path, sqlite: str) -> None:
    found = adverse.peers(tmp_path, sqlite, "mark first", posts=40, kills=8)
    assert found["duplicates"] == 0
    _seen(found, "lost", "unknown")
