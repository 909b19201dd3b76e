"""Logins that several processes share: renewed once, stored before use, ended by a definite no and nothing else."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.errors import PlatformError, Reconnect, TryLater
from bot.platforms.kit.atproto import Session as BlueskySession
from bot.platforms.kit.x_session import SCOPES, granted, packed, unpacked
from bot.platforms.terms import Context
from bot.store.vault import Keys, Store
from tests.contract.x_bench import DEAD, POST, TOKEN, XBench
from tests.servers.faulty_requests import Reply
from tests.servers.x import start_x
from tests.world import World

ROOT = Path(__file__).parents[2]
HERE = "tests.unit.test_sessions_shared"


# --- a server of Bluesky's sessions ---------------------------------------------------------------------------


def jwt(seconds: float, mark: str) -> str:
    body = json.dumps({"exp": int(time.time() + seconds), "mark": mark}).encode()
    return f"e30.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.x"


class Server:
    """Counts what is asked; a refresh token works once, and its successor only if the answer was waited for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.good: set[str] = set()
        self.lock = threading.Lock()
        #: Seconds before a refresh is answered; and what it is answered with instead, as (status, body).
        self.slow = 0.0
        self.instead: dict[str, tuple[int, bytes]] = {}
        self.url = ""

    def session(self, seconds: float = 7200) -> dict[str, str]:
        with self.lock:
            mark = str(len(self.good))
            access, refresh = jwt(seconds, f"a{mark}"), jwt(9e6, f"r{mark}")
            self.good |= {access, refresh}
        return {"did": "did:plc:a", "handle": "l.bsky.social", "accessJwt": access, "refreshJwt": refresh}

    def answer(self, what: str, token: str) -> tuple[int, bytes]:
        self.asked[what] += 1
        if what in self.instead:
            return self.instead[what]
        if what == "createSession":
            return 200, json.dumps(self.session()).encode()
        with self.lock:
            known = token in self.good
            if what == "refreshSession":
                self.good.discard(token)
        if not known:
            return 400, b'{"error": "ExpiredToken", "message": "Token has been revoked"}'
        if what == "refreshSession":
            time.sleep(self.slow)
            return 200, json.dumps(self.session()).encode()
        return 200, b'{"did": "did:plc:a", "handle": "l.bsky.social"}'


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            status, body = server.answer(self.path.partition("?")[0].rpartition(".")[2], token)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # whoever asked was killed

    http = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


# --- processes ------------------------------------------------------------------------------------------------


def child(platform: str, url: str, database: str, home: str, settings: str) -> None:
    """Ask who the account is: what a process of its own does in the tests below."""
    from bot.clock import SystemClock
    from bot.domain.brand import Account
    from bot.platforms import registry
    from bot.store.db import Database
    from bot.workflow.turn import gone, worker_id
    from tests.servers.x import Redirected

    clock = SystemClock()
    store = Store(Database(database), Keys(Path(home) / "keys"), clock, worker_id(), gone)
    account = Account(platform, "main", "l.bsky.social" if platform == "bluesky" else "@brand")
    transport = None
    if platform == "x":
        transport = Redirected()
        transport.base = url
    context = Context(account, clock, store.of(account.key), media=lambda _: b"", transport=transport)
    adapter = registry.load(platform)(context, json.loads(settings))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(adapter.identity().handle if platform == "x" else adapter._wire.session().handle, flush=True)  # type: ignore[attr-defined]
    except PlatformError as error:
        print(type(error).__name__, flush=True)


@pytest.fixture
def start(world: World, database_url: str, tmp_path: Path) -> Callable[..., list[subprocess.Popen[str]]]:
    def starting(n: int, platform: str, url: str, settings: dict[str, str]) -> list[subprocess.Popen[str]]:
        code = f"import sys; from {HERE} import child; child(*sys.argv[1:])"
        given = [sys.executable, "-c", code, platform, url, database_url, str(tmp_path), json.dumps(settings)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
        running = [subprocess.Popen(given, **pipes) for _ in range(n)]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return running

    return starting


def go(running: list[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def said(running: list[subprocess.Popen[str]]) -> list[str]:
    return [process.communicate(timeout=240)[0].strip() for process in running]


def keep(world: World, account: str, session: str) -> None:
    world.app.vault.store(account, "session", session)


def bluesky(server: Server, seconds: float = 60) -> str:
    made = server.session(seconds)
    session = BlueskySession(
        server.url, "l.bsky.social", made["did"], made["handle"], server.url, made["accessJwt"], made["refreshJwt"]
    )
    return json.dumps(asdict(session))


def login(server: Server) -> dict[str, str]:
    return {"service": server.url, "handle": "l.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"}


def test_processes_renew_a_bluesky_session_once(
    world: World, start: Callable[..., list[subprocess.Popen[str]]]
) -> None:
    with serving() as server:
        server.slow = 0.5
        keep(world, "bluesky:main", bluesky(server))
        running = start(3, "bluesky", server.url, login(server))
        go(running)
        assert said(running) == ["l.bsky.social"] * 3
        assert server.asked == Counter(refreshSession=1), "and nobody logged in: that is limited"


def test_a_process_killed_between_the_answer_and_the_vault_costs_one_login(
    world: World, start: Callable[..., list[subprocess.Popen[str]]]
) -> None:
    with serving() as server:
        server.slow = 20.0
        keep(world, "bluesky:main", bluesky(server))
        [first] = start(1, "bluesky", server.url, login(server))
        go([first])
        while not server.asked["refreshSession"]:
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        server.slow = 0.0
        running = start(2, "bluesky", server.url, login(server))
        go(running)
        assert said(running) == ["l.bsky.social"] * 2
        assert server.asked["createSession"] == 1
        kept = json.loads(world.app.vault.load("bluesky:main", "session") or "")
        assert kept["access"] in server.good


def test_processes_renew_an_x_session_once(world: World, start: Callable[..., list[subprocess.Popen[str]]]) -> None:
    with start_x() as (net, url):
        bench = XBench(net, url, oauth2=True)
        answer = net.grant(bench.brand.id, " ".join(SCOPES))
        before = datetime.now(UTC) - timedelta(hours=3)
        old = set(net.refresh)
        running = start(3, "x", url, {**bench.login, "tokens": packed(granted(answer, before))})
        go(running)
        assert said(running) == ["brand"] * 3
        assert len(old - set(net.refresh)) == 1, "one refresh token was used"
        assert len(set(net.refresh) - old) == 1, "and one successor made"
        bench.close()


# --- what ends a login, and what does not ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404, 405, 410, 429, 500, 502, 503, 302])
@pytest.mark.parametrize("where", ["refreshSession", "createSession"])
def test_no_gateway_ends_a_login_on_bluesky(world: World, status: int, where: str) -> None:
    from bot.platforms.bluesky import Bluesky

    with serving() as server:
        server.instead[where] = (status, b"<html>blocked</html>")
        if where == "createSession":
            server.good.clear()
        session = bluesky(server)
        if where == "createSession":
            server.good.clear()
        keep(world, "bluesky:main", session)
        from bot.domain.brand import Account

        account = Account("bluesky", "main", "l.bsky.social")
        clock = world.app.clock
        clock.at = datetime.now(UTC)  # type: ignore[attr-defined]
        adapter = Bluesky(Context(account, clock, world.app.vault.of(account.key), media=lambda _: b""), login(server))
        with pytest.raises(TryLater):
            adapter._wire.session()
        del server.instead[where]
        assert adapter._wire.session().handle == "l.bsky.social"
        adapter.close()


@pytest.fixture
def bench() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url, oauth2=True)
        bench.clock.follow(datetime.now(UTC) + timedelta(hours=3))
        yield bench
        bench.close()


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 408, 410, 425, 429, 500, 502, 503, 504])
def test_no_gateway_ends_a_login_on_x(bench: XBench, status: int) -> None:
    adapter = bench.adapter()
    bench.wire.fail(Reply(status, b"<html>blocked</html>"), POST, TOKEN)
    with pytest.raises(TryLater):
        adapter.identity()
    assert adapter.identity().handle == "brand"


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"])
def test_a_definite_no_ends_it(bench: XBench, error: str) -> None:
    bench.wire.fail(Reply(401 if "client" in error else 400, {"error": error}), POST, TOKEN)
    with pytest.raises(Reconnect):
        bench.adapter().identity()


def test_who_was_paused_while_another_renewed_takes_what_that_one_has_stored(bench: XBench) -> None:
    """The lock is a lease: a process that slept past it finds its refresh token used up, and the login well."""
    adapter, load, looks, fresh = bench.adapter(), bench.vault.load, list[str](), list[str]()

    def asleep(name: str) -> str | None:
        before = load(name)
        looks.append(name)
        if len(looks) == 2:
            # It has looked under the lock; now it sleeps, and another process renews and stores.
            answer = bench.net.grant(bench.brand.id, " ".join(SCOPES))
            fresh.append(packed(granted(answer, bench.clock.now(), unpacked(bench.login["tokens"]))))
            bench.wire.fail(DEAD, POST, TOKEN)
            bench.vault.store("session", fresh[0])
        return before

    bench.vault.load = asleep  # type: ignore[method-assign]
    assert adapter.identity().handle == "brand"
    assert load("session") == fresh[0]


def test_a_dead_login_pauses_its_account_once_with_one_notice(world: World) -> None:
    from bot.store import desk as rows

    for n in range(3):
        world.approve(world.draft(f"Cup {n} is full."))
    world.app.sandbox.break_next("revoked", count=None)
    for _ in range(4):
        world.drain()
        world.advance(120)
    with world.db.read() as conn:
        assert rows.paused(conn, "sandbox:main")
        assert len([n for n in rows.notices(conn) if n["subject"] == "account:sandbox:main"]) == 1
