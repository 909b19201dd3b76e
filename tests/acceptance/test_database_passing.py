"""A PostgreSQL that takes nothing for a while: the worker waits and goes on by itself, people read one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.clock import FixedClock
from bot.errors import Misconfigured
from bot.store import api
from bot.store.trouble import Trouble, kind
from tests.acceptance.harness import passing
from tests.conftest import fresh_postgres
from tests.web.served import Browser, served
from tests.world import World


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    from tests.acceptance.harness.run import database

    (tmp_path / "home").mkdir()
    with database("postgresql", tmp_path) as url:
        yield url


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("trouble", "read", "logged", "told"),
    [
        (passing.crowded, "no connection free", "has no connection free", "no connection free for a while"),
        (passing.only_read, "can only be read", "can only be read", "could only be read for a while"),
    ],
)
def test_it_passes_and_nothing_is_sent_meanwhile_or_twice(
    tmp_path: Path, own_server: str, trouble: Callable[[str], Any], read: str, logged: str, told: str
) -> None:
    found = passing.passes(tmp_path, own_server, trouble)
    assert found["violations"] == []
    assert found["finished"]
    assert (found["live"], found["duplicates"]) == (found["parts"], 0)
    assert found["meanwhile"] == 0, "something left while nothing could be written down"
    code, said = found["person"]
    assert code == Misconfigured.exit_code
    assert read in said
    assert "do it again" in said
    assert "Traceback" not in said
    # Said when it begins, not with each try.
    assert 1 <= found["log"].count(f"{logged}: nothing is sent") <= 2, found["log"][-3000:]
    assert any(told in one for one in found["told"]), found["told"]
    # A sign of life is tried every five seconds: about eight on a quiet machine.
    assert found["on_again_s"] < 90
    print(f"on_again_s={found['on_again_s']:.1f}")


@pytest.fixture
def desk(postgres_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    made = fresh_postgres(postgres_url)
    try:
        with World(next(made), tmp_path, clock) as world:
            yield world
    finally:
        next(made, None)


def test_who_presses_while_this_process_has_no_connection_left_reads_why(desk: World) -> None:
    version = desk.draft("Tea.")
    with served(desk) as url:
        browser = Browser(desk, url, "li")
        try:
            assert browser.get("/").status_code == 200
            secret = _token(desk)
            held = _all_of(desk)
            try:
                with pytest.raises(OperationalError) as refused, desk.db.read():
                    raise AssertionError("there was one left")
                assert kind(refused.value) is Trouble.CROWDED
                page = browser.get("/")
                assert page.status_code == 503, page.text[:600]
                assert "no connection free" in page.text
                assert "do it again" in page.text
                answer = browser.get("/api/v1/comments", headers={"authorization": f"Bearer {secret}"})
                assert answer.status_code == 503, answer.text
                assert "do it again" in answer.json()["next_step"]
            finally:
                for one in held:
                    one.close()
            assert browser.get("/").status_code == 200
        finally:
            browser.close()
    assert desk.approve(version).draft_id == version.draft_id


def _token(desk: World) -> str:
    now = desk.clock.now()
    value = api.Token("k_1", "lumen", "li", "tests", frozenset(api.SCOPES), now, "sam", now + timedelta(days=1))
    with desk.db.write() as conn:
        api.add_token(conn, "sgn_secret", value)
    return "sgn_secret"


def _all_of(desk: World) -> list[Any]:
    desk.db.engine.pool._timeout = 0.2  # type: ignore[attr-defined]
    held = []
    while True:
        try:
            held.append(desk.db.engine.connect())
        except Exception:
            return held


def test_what_a_server_that_only_reads_says_is_no_fault_of_ours(desk: World) -> None:
    with pytest.raises(OperationalError) as refused, desk.db.write() as conn:
        conn.execute(text("SET TRANSACTION READ ONLY; DELETE FROM notice"))
    assert kind(refused.value) is Trouble.READ_ONLY


def test_words_of_people_are_no_trouble_of_the_database() -> None:
    from sqlalchemy.exc import IntegrityError

    assert kind(IntegrityError("INSERT", None, Exception("Key (text)=(The shop is full) exists"))) is None
    assert kind(ValueError("the disk is full")) is None
