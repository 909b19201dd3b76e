"""Traces: spans of a post's life reach a collector, with ids and without a word of any text."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot import logs, tracing
from bot.clock import FixedClock
from tests.world import World

ROOT = Path(__file__).parents[2]


class Collector:
    """A loopback receiver of OTLP over HTTP."""

    def __init__(self, status: int = 200) -> None:
        self.bodies: list[bytes] = []
        self._statuses: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                outer.bodies.append(body)
                assert self.path == "/v1/traces"
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def faults(self) -> list[str]:
        """Return what the spans that ended with an error say of it."""
        return sorted(message for message in self._statuses if message)

    def spans(self) -> list[tuple[str, dict[str, str], str, str]]:
        """Return (name, attributes, span id, parent id) of every span."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        said = {a.key: str(a.value.string_value or a.value.int_value) for a in span.attributes}
                        self._statuses.append(span.status.message)
                        found.append((span.name, said, span.span_id.hex(), span.parent_span_id.hex()))
        return found


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    made = Collector(status)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    yield
    tracing.close()


def test_a_post_leaves_a_trace_of_ids_and_no_words(tmp_path: Path, clock: FixedClock) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with collecting() as collector:
        with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, otlp_endpoint=collector.url) as world:
            version = world.draft("Words that nobody but the platform gets.")
            post = world.approve(version)
            world.drain()
            assert world.states(post.id) == ["live"]
        spans = collector.spans()
    names = [name for name, *_ in spans]
    assert {"propose", "approve", "publish attempt", "platform request"} <= set(names)
    told = {name: said for name, said, *_ in spans}
    assert told["publish attempt"] == {
        "signoff.account": "sandbox:main", "signoff.post": post.id, "signoff.part": "0", "signoff.state": "live",
    }  # fmt: skip
    assert told["approve"]["signoff.draft"] == version.draft_id
    ids = {name: (own, parent) for name, _, own, parent in spans}
    assert ids["platform request"][1] == ids["publish attempt"][0]
    assert not any(b"nobody but the platform" in body for body in collector.bodies)


def test_a_lost_answer_is_a_span_of_its_own_and_an_error_tells_only_its_class(
    tmp_path: Path, clock: FixedClock
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with collecting() as collector:
        with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, otlp_endpoint=collector.url) as world:
            world.app.sandbox.break_next("timeout_after_accept", operation="publish")
            post = world.approve(world.draft("Lost words."))
            for _ in range(10):
                world.drain()
                clock.sleep(30)
            assert world.states(post.id) == ["live"]
        spans = collector.spans()
    assert {"publish attempt", "reconcile"} <= {name for name, *_ in spans}
    assert collector.faults() == ["OutcomeUnknown"]
    assert not any(b"Lost words" in body for body in collector.bodies)


def test_a_collector_that_is_down_holds_nothing_up(tmp_path: Path, clock: FixedClock) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, otlp_endpoint="http://127.0.0.1:9") as world:
        post = world.approve(world.draft("On it goes."))
        world.drain()
        assert world.states(post.id) == ["live"]


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys; from bot import tracing; tracing.configure('')\n"
        "with tracing.span('x', post='p'): tracing.note(a=1)\n"
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_line_of_the_log_names_time_level_account_and_post(
    tmp_path: Path, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, log_json=True) as world:
        world.app.sandbox.break_next("http 503", operation="publish")
        post = world.approve(world.draft("One failure first."))
        world.drain()
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        logging.getLogger("elsewhere").warning("later")
        after = json.loads(capsys.readouterr().err)
    assert lines
    assert all({"at", "level", "from", "says"} <= set(line) for line in lines)
    warned = next(line for line in lines if line["from"] == "bot.workflow.outcome")
    assert (warned["account"], warned["post"]) == ("sandbox:main", post.id)
    assert warned["at"].endswith("+00:00")
    assert "account" not in after
    logging.getLogger().handlers.clear()


def test_ids_within_ids_and_threads_do_not_mix() -> None:
    seen: list[tuple[tuple[str, str], ...]] = []
    with logs.about(account="a"), logs.about(post="p"):
        thread = threading.Thread(target=lambda: seen.append(logs._about.get()))
        thread.start()
        thread.join()
        seen.append(logs._about.get())
    assert seen == [(), (("account", "a"), ("post", "p"))]
