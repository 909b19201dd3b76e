"""Seconds from a fault until `/readyz` names it, and until people have a notice; `/healthz` stays as it is.

Where real waiting would take minutes, the injected clock goes by seconds and everything else is as it runs: turns,
looks for comments, signs of life. Run with ``-s`` to see the figures of docs/reliability.md.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.clock import FixedClock, SystemClock
from bot.domain.comment import Author, Comment
from bot.operations import probe, web
from bot.store import desk as rows
from bot.workflow import alarms, attend, listen, room, shift, tend
from bot.workflow.worker import Worker
from bot.writing import attending
from tests.world import World

#: What word lists and classifiers alone are unsure of.
UNSURE = ("I guess this tea is sort of fine, if you like that", "not sure about the new packaging honestly")
BEAT, HEAR = int(shift.BEAT), int(shift.HEAR)


@dataclass
class Seen:
    """Seconds after the fault."""

    named: float | None = None
    told: float | None = None


def notices(world: World) -> list[str]:
    with world.db.read() as conn:
        return [n["text"] for n in rows.notices(conn)]


def watched(world: World, name: str, words: str, *, deed: Callable[[int], object], most: int = 1200) -> Seen:
    """Let time pass by seconds until ``/readyz`` names ``name`` and a notice holds ``words``."""
    found, own = Seen(), shift.Shift(world.desk, "w:1:2:3", 1, None)
    for second in range(most):
        if second % BEAT == 0:
            own.sign()
        deed(second)
        tend.tend(world.desk, me="w:1:2:3")
        if found.named is None and probe.ready(world.app)[1][name] != "ok":
            found.named = second
        if found.told is None and any(words in text for text in notices(world)):
            found.told = second
        assert probe.alive(probe.Pulse())[0]
        if None not in (found.named, found.told):
            return found
        world.advance(1)
    raise AssertionError((found, probe.ready(world.app), notices(world)))


@pytest.fixture
def here(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def test_a_queue_that_is_stuck(here: World) -> None:
    here.approve(here.draft("It should be out."))
    found = watched(here, "queue", "is not out", deed=lambda second: None)
    good, said = probe.ready(here.app)
    assert not good
    assert "sandbox:main" in said["queue"]
    # A post is stuck when it is five minutes late; signs of life come every five seconds.
    assert (found.named, found.told) == (301, 305)
    assert sum("is not out" in text for text in notices(here)) == 1
    here.drain()
    assert probe.ready(here.app)[1]["queue"] == "ok"
    print(f"queue stuck: named after {found.named} s, told after {found.told} s")


def test_what_a_person_holds_back_is_not_stuck(here: World) -> None:
    here.approve(here.draft("Not today."))
    with here.db.write() as conn:
        rows.pause(conn, "sandbox:main", "because", who="li", at=here.clock.now())
    here.advance(3600)
    with here.db.read() as conn:
        assert alarms.stuck(conn, here.clock.now()) is None


def test_a_notice_that_was_read_comes_again_after_an_hour(here: World) -> None:
    here.approve(here.draft("It should be out."))
    watched(here, "queue", "is not out", deed=lambda second: None)
    own = shift.Shift(here.desk, "w:1:2:3", 1, None)
    for waits, count in ((60, 0), (3600, 1)):
        with here.db.write() as conn:
            rows.seen(conn, [n["id"] for n in rows.notices(conn)], here.clock.now())
        here.advance(waits)
        own.sign()
        assert sum("is not out" in text for text in notices(here)) == count


def test_a_platform_that_is_gone(here: World) -> None:
    here.app.sandbox.break_next("unreachable", operation="publish", count=None)
    here.app.sandbox.break_next("unreachable", operation="comments", count=None)
    post = here.approve(here.draft("Nobody takes it."))

    def deed(second: int) -> None:
        here.drain()
        if second % HEAR == 0:
            listen.listen(here.desk)

    found = watched(here, "platforms", post.draft_id, deed=deed)
    good, said = probe.ready(here.app)
    assert good, "nothing here can be mended by taking this process out"
    assert said["platforms"].startswith("no answer for ")
    assert found.named is not None
    assert found.named <= HEAR
    # After eight attempts, further apart each time, a person is asked.
    assert found.told is not None
    assert 120 <= found.told <= 420
    print(f"platform gone: named after {found.named} s, told after {found.told} s")


def test_a_platform_that_asks_to_wait_has_answered(here: World) -> None:
    here.app.sandbox.break_next("rate_limit", operation="publish")
    here.approve(here.draft("A moment, please."))
    here.drain()
    with here.db.write() as conn:
        rows.beat(conn, "w:1:2:3", here.clock.now())
    assert probe.ready(here.app)[1]["platforms"] == "ok"


def test_a_model_that_is_gone(tmp_path: Path, clock: FixedClock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    given = {"llm_base_url": gone, "llm_model": "nobody"}
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock, **given) as here:
        attending.equip(here.app)
        with here.db.write() as conn:
            for n, text in enumerate(UNSURE):
                said = Comment("sandbox:main", f"r{n}", Author("ada", "ada"), text, clock.now())
                listen.hear(here.desk, conn, "lumen", [said])

        def deed(second: int) -> None:
            if second % HEAR == 0:
                attend.attend(here.desk)

        found = watched(here, "model", "language model does not answer", deed=deed, most=120)
        assert probe.ready(here.app)[0]
        assert found.told is not None
        assert found.told <= HEAR
        alarms.model(here.db, clock.now(), "")
        assert probe.ready(here.app)[1]["model"] == "ok"
        print(f"model gone: named after {found.named} s, told after {found.told} s")


@pytest.fixture
def server(postgres_url: str) -> Iterator[str]:
    from tests.conftest import fresh_postgres

    yield from fresh_postgres(postgres_url)


def test_a_clock_that_is_wrong(server: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with World(server, tmp_path, clock) as here:
        own = SystemClock()
        monkeypatch.setattr(alarms, "machine", lambda: own.now() + timedelta(seconds=90))
        found = watched(here, "clock", "The clock of w is wrong", deed=lambda second: None, most=60)
        good, said = probe.ready(here.app)
        assert not good
        assert re.fullmatch(r"(8\d|90) s apart from the database's", said["clock"])
        assert found.told is not None
        assert found.told <= BEAT
        print(f"clock wrong: named after {found.named} s, told after {found.told} s")


# --- the database, with a real worker and real time ------------------------------------------------------------


class Way:
    """The way to a server, which can be cut."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self.to = (str(where.hostname), int(where.port or 0))
        self._pairs: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()
        self.url = url.replace(f":{self.to[1]}/", f":{self.port}/")

    def open(self) -> None:
        self._listener = listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener is not None
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._pairs:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self.to)
                self._pairs += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while some := one.recv(65536):
                other.sendall(some)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)


@contextmanager
def at_work(world: World) -> Iterator[str]:
    """Run a worker with its probes; yield their address."""
    loop, stop, pulse = asyncio.new_event_loop(), asyncio.Event(), probe.Pulse()

    async def turn() -> None:
        async def beat() -> None:
            while True:
                pulse.beat()
                await asyncio.sleep(0.5)

        beating = asyncio.create_task(beat())
        await Worker(world.desk).run(stop)
        beating.cancel()

    thread = threading.Thread(target=lambda: loop.run_until_complete(turn()))
    with web.serving(world.app, "127.0.0.1", 0, pulse) as (host, port):
        thread.start()
        try:
            yield f"http://{host}:{port}"
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(30)
            loop.close()


def _until(true: Callable[[], Any], seconds: float = 120) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come about"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_database_that_is_gone(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "AWAY", timedelta(seconds=3))
    way = Way(server)
    with World(way.url, tmp_path, SystemClock()) as here, at_work(here) as url:
        _until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        way.cut()
        named = _until(lambda: httpx.get(f"{url}/readyz").status_code == 503)
        assert httpx.get(f"{url}/readyz").json()["database"] == "it does not answer"
        until = time.monotonic() + 12
        while time.monotonic() < until:
            assert httpx.get(f"{url}/healthz").status_code == 200
            time.sleep(0.5)
        way.open()
        ready = _until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        told = _until(lambda: any("The database did not answer" in text for text in notices(here)))
        post = here.approve(here.draft("After it."))
        sent = _until(lambda: here.states(post.id) == ["live"])
        print(f"database gone: named after {named:.1f} s; back: ready after {ready:.1f} s")
        print(f"told after {ready + told:.1f} s, sends after {sent:.1f} s")
