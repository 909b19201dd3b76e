"""Health and metrics, read over HTTP from a worker that really runs."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.clock import FixedClock, SystemClock
from bot.errors import BadInput, Misconfigured
from bot.operations import probe, web
from bot.operations.metrics import Metrics
from bot.store import desk as rows
from bot.store import facts
from bot.store.migrate import upgrade
from tests.world import World

ROOT = Path(__file__).parents[2]
#: A line of the text format: name, labels, number.
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.e+-]+|\+Inf)')


def values(text: str) -> dict[str, float]:
    """Read the text format, strictly."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in typed
            typed.add(name)
        elif not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match, line
            assert match[1] in typed or re.sub("_(bucket|sum|count)$", "", match[1]) in typed
            key = line.rpartition(" ")[0]
            assert key not in found, key
            found[key] = float(match[3])
    return found


@pytest.fixture
def metrics(world: World, tmp_path: Path) -> Metrics:
    return Metrics(world.db, world.clock, tmp_path)


def test_metrics_tell_what_happened(world: World, metrics: Metrics) -> None:
    first = world.approve(world.draft("One."))
    world.draft("Two, unsigned.")
    waiting = world.approve(world.draft("中文。", account="sandbox:cn"))
    world.advance(1.5)
    world.drain()
    found = values(metrics.text())
    assert world.states(first.id) == ["live"]
    assert found['signoff_parts{state="live"}'] == 1
    assert found['signoff_parts{state="due"}'] == 1
    assert found['signoff_queue_parts{account="sandbox:cn",state="due"}'] == 1
    assert found['signoff_overdue_parts{account="sandbox:cn"}'] == 1
    assert found['signoff_oldest_overdue_seconds{account="sandbox:cn"}'] == 1.5
    assert found['signoff_attempts_total{platform="sandbox",outcome="live"}'] == 1
    assert found['signoff_lateness_seconds_bucket{platform="sandbox",le="1"}'] == 0
    assert found['signoff_lateness_seconds_bucket{platform="sandbox",le="2"}'] == 1
    assert found['signoff_lateness_seconds_count{platform="sandbox"}'] == 1
    assert found["signoff_stopped"] == 0
    # Counted on, not anew: the same scrape again, and one more post.
    assert values(metrics.text())['signoff_attempts_total{platform="sandbox",outcome="live"}'] == 1
    world.drain("sandbox:cn")
    assert world.states(waiting.id) == ["live"]
    assert values(metrics.text())['signoff_attempts_total{platform="sandbox",outcome="live"}'] == 2


def test_doubts_and_retries_are_counted(world: World, metrics: Metrics) -> None:
    metrics.text()
    world.app.sandbox.break_next("timeout_after_accept", operation="publish")
    world.approve(world.draft("Lost."))
    world.drain()
    found = values(metrics.text())
    assert found['signoff_doubtful_total{platform="sandbox"}'] == 1
    assert found['signoff_parts{state="doubtful"}'] == 1
    for _ in range(9):
        world.advance(30)
        world.drain()
    world.app.sandbox.break_next("rate_limit", operation="publish")
    world.approve(world.draft("Once more."))
    world.drain()
    found = values(metrics.text())
    assert found['signoff_retries_total{platform="sandbox"}'] == 1
    assert found['signoff_attempts_total{platform="sandbox",outcome="doubtful"}'] == 1


def test_rates_money_people_and_workers(world: World, metrics: Metrics) -> None:
    now = world.clock.now()
    with world.db.write() as conn:
        facts.keep(conn, "sandbox:main", "rate", {"limit": 300, "left": 12, "reset": None, "at": ""}, now)
        facts.keep(conn, "sandbox:main", f"spend:{now:%Y-%m}", 1.25, now)
        rows.notify(conn, now, "lumen", "x", "look", "there")
        rows.pause(conn, "sandbox:cn", "token is dead", who="w", at=now)
        rows.beat(conn, 'host:1:2:"odd\\name"', now)
        rows.save_transcript(
            conn, id="r_1", brand="lumen", who="li", purpose="draft", model="m", body=[], tokens_in=10, tokens_out=5,
            usd="0.5", created=now,
        )  # fmt: skip
    world.advance(7)
    text = metrics.text()
    found = values(text)
    assert found['signoff_rate_left{account="sandbox:main"}'] == 12
    assert found['signoff_spent_month_usd{account="sandbox:main"}'] == 1.25
    assert found['signoff_notices_unseen{level="warn"}'] == 1
    assert found['signoff_account_paused{account="sandbox:cn"}'] == 1
    assert found['signoff_worker_heartbeat_age_seconds{worker="host:1:2:\\"odd\\\\name\\""}'] == 7
    assert found['signoff_model_tokens{direction="read"}'] == 10
    assert found["signoff_model_usd"] == 0.5
    assert "token is dead" not in text


def test_no_text_and_no_secret_reaches_a_label(world: World, metrics: Metrics) -> None:
    world.app.vault.store("sandbox:main", "session", "canary-secret")
    world.approve(world.draft("canary-words of the brand"))
    world.drain()
    assert "canary" not in metrics.text()


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [
        ("9464", "127.0.0.1", 9464),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("[::1]:9", "::1", 9),
        ("localhost:1", "localhost", 1),
    ],
)
def test_addresses(said: str, host: str, port: int) -> None:
    assert web.address(said) == (host, port)


@pytest.mark.parametrize("said", ["", "x", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:80/x", "a:b"])
def test_what_is_no_address(said: str) -> None:
    with pytest.raises(BadInput):
        web.address(said)


def test_a_taken_port_is_said(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=str(port)), web.serving(world.app, "127.0.0.1", port, probe.Pulse()):
            raise AssertionError("it must not come here")


def test_ready_is_worker_database_and_keys(world: World) -> None:
    good, said = probe.ready(world.app)
    assert (good, said["worker"]) == (False, "no worker gave a sign of life")
    with world.db.write() as conn:
        rows.beat(conn, "w:1:2:3", world.clock.now())
    fine = dict.fromkeys(("database", "keys", "worker", "queue", "clock", "model", "platforms"), "ok")
    assert probe.ready(world.app) == (True, fine)
    world.app.vault.store("sandbox:main", "session", "sealed")
    keys = world.app.vault.keys.path
    assert keys is not None
    from cryptography.fernet import Fernet

    keys.write_text(Fernet.generate_key().decode() + "\n")
    locked = "The stored logins cannot be opened with the keys at hand."
    assert probe.ready(world.app)[1]["keys"] == locked
    keys.unlink()
    assert probe.ready(world.app)[1]["keys"] == locked, "a machine without the key file publishes nothing"
    assert not keys.exists()
    world.advance(60)
    assert not probe.ready(world.app)[0]


def test_a_loop_that_stands_still_is_not_alive() -> None:
    pulse = probe.Pulse()
    assert probe.alive(pulse)[0]
    pulse.beaten -= 11
    assert not probe.alive(pulse)[0]


def test_other_pages_and_a_fault_within(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with web.serving(world.app, "127.0.0.1", 0, probe.Pulse()) as (host, port):
        base = f"http://{host}:{port}"
        assert httpx.get(f"{base}/").status_code == 404
        assert httpx.post(f"{base}/metrics").status_code == 501
        assert httpx.head(f"{base}/healthz").status_code == 200
        assert "Python" not in httpx.get(f"{base}/healthz").headers["server"]

        def broken(*_: object) -> None:
            raise ValueError("canary inside")

        monkeypatch.setattr(probe, "ready", broken)
        said = httpx.get(f"{base}/readyz")
        assert said.status_code == 500
        assert "canary" not in said.text


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A real `signoff serve --http` on a home of its own."""
    home = tmp_path / "home"
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        upgrade(world.db)
        world.approve(world.draft("Out by a real worker."))
    env: dict[str, Any] = {**os.environ, "SIGNOFF_HOME": str(home), "SIGNOFF_BRAND": "lumen", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot", "--lang", "en", "serve", "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if match := re.search(r"(http://[0-9.:]+)/healthz", line):
                    yield match[1], process
                    break
            else:
                raise AssertionError("it told no address")
        finally:
            process.terminate()
            process.stdout.read()
            process.wait(90)


@pytest.mark.slow
def test_a_real_worker_tells_that_it_lives_and_when_it_is_gone(running: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = running
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if httpx.get(f"{url}/readyz").status_code == 200 and 'outcome="live"' in httpx.get(f"{url}/metrics").text:
            break
        time.sleep(0.1)
    else:
        pytest.fail("it never was ready")
    assert httpx.get(f"{url}/healthz").json() == {"ok": True, "loop": "turning"}
    assert httpx.get(f"{url}/readyz").json()["ok"] is True
    found = values(httpx.get(f"{url}/metrics").text)
    assert found['signoff_attempts_total{platform="sandbox",outcome="live"}'] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0


def test_reading_does_not_need_the_real_clock(world: World, clock: FixedClock, metrics: Metrics) -> None:
    before = clock.now()
    values(metrics.text())
    assert clock.now() == before
