"""Told at once: a Mastodon server's stream has the account read; what breaks, lies or is silent does no harm."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.errors import PlatformError, Reconnect, TryLater
from bot.evidence import doctor
from bot.operations.metrics import Metrics
from bot.platforms.base import Context
from bot.platforms.kit.mastodon_stream import MastodonFeed
from bot.store import comments, leases, listening, streams
from bot.store import desk as rows
from bot.workflow import listen, nudges, triage
from bot.workflow import streams as streaming
from tests.contract.mastodon_bench import MastodonBench
from tests.contract.platform_contract import MemoryVault
from tests.servers.mastodon import Login, MastodonNetwork
from tests.world import World, brand

MENTION = 'event: notification\ndata: {"id":"1","type":"mention","status":{"content":"odd'
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


# --- a whole Signoff beside a server -------------------------------------------------------------------------------


class Place:
    """A brand with one Mastodon account, whose worker's streams run; looks by the clock do not."""

    def __init__(self, world: World, network: MastodonNetwork, owner: Login) -> None:
        self.world, self.bench = world, MastodonBench(network.url, owner.token, network.new_account("fan").token)
        world.learn(brand(accounts=(Account("mastodon", "main", owner.handle),)))
        world.desk.minds.read = triage.local

    def heard(self) -> list[str]:
        with self.world.db.read() as conn:
            return [e.text for e in comments.recent(conn, "lumen", None)]

    def standing(self) -> streams.Standing | None:
        with self.world.db.read() as conn:
            return streams.of(conn, "mastodon:main", self.world.db.now(conn))

    def open(self) -> bool:
        one = self.standing()
        return one is not None and one.open


@pytest.fixture
def place(database_url: str, tmp_path: Path, mastodon_network: MastodonNetwork) -> Iterator[Place]:
    owner = mastodon_network.new_account("brand", bot=True)
    given = {"mastodon": {"main": {"instance": mastodon_network.url, "access_token": owner.token}}}
    with World(database_url, tmp_path, SystemClock(), platforms=given) as world:
        place = Place(world, mastodon_network, owner)
        yield place
        place.bench.close()


def test_what_is_said_is_stored_at_once_and_once(place: Place) -> None:
    with streaming.Streams(place.world.desk, "worker-1").running():
        until(place.open)
        began = time.monotonic()
        for n in range(3):
            place.bench.says(f"Where is tea number {n} sold?")
        until(lambda: len(place.heard()) == 3)
        # By the clock it would have taken up to fifteen seconds, and here nobody looks by the clock.
        assert time.monotonic() - began < 14
        assert {text.rpartition(" tea ")[2] for text in place.heard()} == {f"number {n} sold?" for n in range(3)}
    until(lambda: not place.open())


def test_what_was_said_before_anybody_was_connected_is_read_as_the_stream_opens(place: Place) -> None:
    place.bench.says("Anybody there?")
    with streaming.Streams(place.world.desk, "worker-1").running():
        until(lambda: len(place.heard()) == 1)


def metrics(place: Place) -> str:
    return Metrics(place.world.db, place.world.clock, place.world.settings.home).text()


def test_one_worker_holds_a_stream_and_the_doctor_says_so(place: Place) -> None:
    def told() -> str:
        return next((h.detail for h in doctor(place.world.app, model=False) if h.name == "mastodon:main comments"), "")

    assert told() == ""
    with streaming.Streams(place.world.desk, "worker-1").running(), \
            streaming.Streams(place.world.desk, "worker-2").running():  # fmt: skip
        until(place.open)
        taken = leases.take(place.world.db, streams.lease_of("mastodon:main"), "worker-3", 60)
        assert taken is None
        assert "at once" in told()
        assert 'signoff_stream_open{account="mastodon:main"} 1' in metrics(place)
    until(lambda: not place.open())
    assert "by the clock" in told()
    assert 'signoff_stream_open{account="mastodon:main"} 0' in metrics(place)


def test_a_stream_that_ends_is_had_again_and_what_was_said_meanwhile_is_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(streaming, "FIRST", 0.5)
    made = streaming.Streams(place.world.desk, "worker-1")
    with made.running():
        until(place.open)
        until(lambda: not made.nudges._wanted)
        closed, note = threading.Event(), made.note

        def noted(account: str, is_open: bool, why: str = "") -> None:
            note(account, is_open, why)
            if not is_open:
                closed.set()

        monkeypatch.setattr(made, "note", noted)
        made.end("mastodon:main")
        assert closed.wait(60)
        place.bench.says("Anybody there?")
        until(lambda: len(place.heard()) == 1)
        until(place.open)


def test_a_server_without_streams_is_read_by_the_clock_and_nobody_is_bothered(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    tried: list[float] = []

    def refused(self: MastodonFeed, heard: object) -> None:
        tried.append(time.monotonic())
        raise TryLater("Streaming is not enabled", platform="mastodon", status=404)

    monkeypatch.setattr(MastodonFeed, "run", refused)
    monkeypatch.setattr(streaming, "FIRST", 0.2)
    place.bench.says("Anybody there?")
    with streaming.Streams(place.world.desk, "worker-1").running():
        until(lambda: len(tried) >= 3)
        one = place.standing()
        assert one is not None
        assert (one.open, one.why) == (False, "Streaming is not enabled")
    # Each pause is longer than the one before, up to the dice.
    assert tried[2] - tried[0] > 0.5
    listen.listen(place.world.desk)
    assert len(place.heard()) == 1
    with place.world.db.read() as conn:
        assert rows.notices(conn, brand="lumen") == []


def test_an_account_that_fails_is_not_read_at_every_nudge(place: Place) -> None:
    with place.world.db.write() as conn:
        now = place.world.clock.now()
        listening.keep(conn, "mastodon:main", "", now, now, failures=3, why="no")
    place.bench.says("Anybody there?")
    over = threading.Event()
    asked = nudges.Nudges(place.world.desk, over)
    thread = threading.Thread(target=asked.run)
    thread.start()
    asked.nudge("mastodon:main")
    time.sleep(1.5)
    over.set()
    asked.stop()
    thread.join()
    assert place.heard() == []


# --- the connection alone -------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Speaks the documented events: ``lines`` to whoever connects, one list for each connection."""

    daemon_threads = True

    def __init__(self, instance: Any, streams: list[tuple[int, list[str]]]) -> None:
        super().__init__(("127.0.0.1", 0), Speaker)
        self.instance, self.streams, self.asked = instance, streams, list[tuple[str, str]]()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Speaker(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("authorization", "")))
        if self.path.endswith("/instance"):
            return self._whole(200, self.server.instance)
        status, lines = self.server.streams.pop(0) if self.server.streams else (200, [])
        if status != 200:
            return self._whole(status, {"error": "no"})
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for line in lines:
            self.wfile.write(line.encode())
            self.wfile.flush()
        if not lines or not lines[-1].startswith("END"):
            self.server.over.wait(20)
        return None

    def _whole(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(streams: list[tuple[int, list[str]]], instance: Any = None) -> Iterator[Server]:
    server = Server(instance or {}, streams)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def no_media(_: object) -> bytes:
    raise NotImplementedError


def feed(server: Server, silence: float = 20.0) -> MastodonFeed:
    context = Context(Account("mastodon", "main", "brand"), SystemClock(), MemoryVault(), no_media, timeout=60.0)
    return MastodonFeed(server.url, "secret-token", context, silence)


def signs(server: Server, silence: float = 20.0) -> tuple[list[bool], PlatformError]:
    """Return what a stream told until it ended by itself, and why it ended."""
    heard: list[bool] = []
    with pytest.raises(PlatformError) as ended:
        feed(server, silence).run(heard.append)
    return heard, ended.value


def test_only_what_is_said_to_us_counts_and_odd_lines_end_nothing() -> None:
    favourite = 'event: notification\ndata: {"id":"2","type":"favourite"}\n\n'
    odd = "no colon\n: \xff\ndata\nevent:notification\n" + "data: " + "x" * 100_000 + "\n\n"
    merged = "event: notifications_merged\ndata: 1\n\n"
    lines = [":connected\n\n", favourite, odd, MENTION, "\n\n", merged, 'event: update\ndata: {"type":"x"}\n\n', "END"]
    with serving([(200, lines)]) as server:
        heard, ended = signs(server)
    assert isinstance(ended, TryLater)
    assert sum(heard) == 2
    assert len(heard) > 10


def test_a_silent_connection_is_given_up() -> None:
    with serving([(200, [":connected\n\n"])]) as server:
        heard, ended = signs(server, silence=0.3)
    assert isinstance(ended, TryLater)
    assert not any(heard)


def test_refusals_are_sorted_as_everywhere_else() -> None:
    with serving([(401, []), (404, []), (503, [])]) as server:
        kinds = [type(signs(server)[1]) for _ in range(3)]
    assert kinds == [Reconnect, TryLater, TryLater]


def test_the_stream_may_be_elsewhere_and_the_token_goes_with_it() -> None:
    with serving([(200, [MENTION, "\n\n", "END"])]) as other:
        where = {"configuration": {"urls": {"streaming": other.url.replace("http:", "ws:")}}}
        with serving([], where) as server:
            heard, _ = signs(server)
            assert [path for path, _ in server.asked] == ["/api/v2/instance"]
        assert other.asked == [("/api/v1/streaming/user/notification", "Bearer secret-token")]
    assert any(heard)


def test_close_ends_it_at_once() -> None:
    with serving([(200, [":connected\n\n"])]) as server:
        one, alive = feed(server), threading.Event()
        thread = threading.Thread(target=one.run, args=(lambda _: alive.set(),))
        thread.start()
        assert alive.wait(60)
        began = time.monotonic()
        one.close()
        thread.join(60)
        assert not thread.is_alive()
        assert time.monotonic() - began < 15
