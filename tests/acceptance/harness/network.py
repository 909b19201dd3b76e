"""The truth outside: X, Mastodon and Bluesky in the few calls that publishing needs, in one process, with faults.

Every request to post leaves a line in a file, on disk before the answer: what was accepted, when it was sent and when
it arrived, and which fault befell it. Workers die; this file stays. ``python -m ...network CONFIG`` serves until its
standard input is closed. Faults are drawn from a seed, by the probabilities in the configuration (``Faults``).
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.acceptance.harness.uploads import Uploads

#: Set by the harness's transports at the moment a request leaves: seconds since 1970.
SENT = "x-harness-sent"
#: Words in a text that make its post impossible: always refused, or answered with nonsense and never taken.
REFUSED, NONSENSE = "grumpfish", "blorpfish"


@dataclass(frozen=True)
class Faults:
    """Chances of each fault at a request to post (the last two: at any other), and the times that go with them."""

    lost: float = 0.04
    half: float = 0.02
    garbled: float = 0.01
    reset: float = 0.02
    slow_taken: float = 0.01
    slow_dropped: float = 0.005
    limited: float = 0.03
    unavailable: float = 0.02
    failed_after: float = 0.02
    read_fails: float = 0.02
    expiry: float = 0.01
    #: At the upload of a picture: any of ``uploads.FAULTS``.
    upload: float = 0.15
    #: Seconds: longest time from the request's leaving to the post's being there; how long a slow answer takes; until
    #: the timeline shows a post, at most; of a 429.
    processing: float = 0.9
    slow: float = 1.8
    lag: float = 0.5
    wait: float = 1.5
    #: Seconds until a clear answer comes, at most: a post is under way for so long.
    thinks: float = 0.0
    #: A text with this word in it meets this fault, so many times: [word, fault, times].
    scripts: tuple[tuple[str, str, int], ...] = ()


@dataclass
class Login:
    """One account there."""

    key: str
    id: str
    handle: str
    access: str = ""
    refresh: str = ""
    #: The refresh tokens before, of answers that were lost one after the other; good until the new access token was
    #: used, unless the network is strict.
    before: set[str] = field(default_factory=set)


@dataclass
class Stored:
    """One post that was accepted."""

    id: str
    account: str
    text: str
    parent: str
    once: str
    at: float
    visible: float
    more: dict[str, Any] = field(default_factory=dict)


class Drop(Exception):
    """No answer, or not all of it: ``kind`` is ``close``, ``reset``, ``half``."""

    def __init__(self, kind: str = "close", body: Any = None) -> None:
        super().__init__(kind)
        self.kind, self.body = kind, body


class Answer(Exception):
    """An answer other than the usual one."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status, self.body, self.headers = status, body, headers or {}


class Network:
    """What the platforms know."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.faults = Faults(**{**config.get("faults", {}), "scripts": tuple(map(tuple, config.get("scripts", ())))})
        self.strict = bool(config.get("strict"))
        self.refuse_repeats = set(config.get("refuse_repeats", ()))
        self.chance = random.Random(config["seed"])
        self.lock = threading.RLock()
        self.logins = {key: Login(key, **said) for key, said in config["accounts"].items()}
        self.posts: dict[str, list[Stored]] = {key: [] for key in self.logins}
        self.by_id: dict[str, Stored] = {}
        self.scripts = [list(script) for script in self.faults.scripts]
        self.uploads = Uploads(self)
        #: Open for as long as the process lives.
        self._log = Path(config["log"]).open("a", encoding="utf-8")
        self._last = 0

    def write(self, kind: str, **said: Any) -> None:
        """Put one line on disk."""
        with self.lock:
            self._log.write(json.dumps({"kind": kind, "at": time.time(), **said}, ensure_ascii=False) + "\n")
            self._log.flush()
            os.fsync(self._log.fileno())

    def new_id(self) -> str:
        with self.lock:
            self._last = max(self._last + 1, int(time.time() * 1000) << 8)
            return str(self._last)

    def draw(self, chance: float) -> bool:
        with self.lock:
            return self.chance.random() < chance

    def between(self, low: float, high: float) -> float:
        with self.lock:
            return self.chance.uniform(low, high)

    def by_access(self, token: str) -> Login | None:
        """Return whose access token this is; using it makes the old refresh token worthless."""
        with self.lock:
            login = next((one for one in self.logins.values() if token and one.access == token), None)
            if login is not None:
                login.before.clear()
            return login

    def renew(self, login: Login) -> None:
        """Give out a new pair of tokens."""
        with self.lock:
            if not self.strict:
                login.before.add(login.refresh)
            login.access, login.refresh = f"at-{os.urandom(12).hex()}", f"rt-{os.urandom(12).hex()}"

    # --- posting -------------------------------------------------------------------------------------------

    def visible(self, account: str) -> list[Stored]:
        now = time.time()
        with self.lock:
            return [post for post in self.posts[account] if post.visible <= now]

    def fault_of(self, text: str) -> str:
        """Return the fault that this request to post meets; empty for none."""
        with self.lock:
            for script in self.scripts:
                if script[0] in text and script[2] > 0:
                    script[2] -= 1
                    return str(script[1])
            drawn = self.chance.random()
            for name in ("lost", "half", "garbled", "reset", "slow_taken", "slow_dropped", "limited", "unavailable",
                         "failed_after"):  # fmt: skip
                drawn -= getattr(self.faults, name)
                if drawn < 0:
                    return name
        return ""

    def create(self, login: Login, asked: Asked, text: str, parent: str, once: str, **more: Any) -> Stored:
        """Take a post, or do to it what fate wants. Raises Drop and Answer."""
        sent = float(asked.headers.get(SENT) or 0.0)
        told = {"account": login.key, "sent": sent, "text": text}
        if NONSENSE in text:
            self.write("refused", fault="nonsense", **told)
            raise Answer(200, b"<html>all fine</html>")
        if REFUSED in text:
            self.write("refused", fault="poison", **told)
            raise Answer(*asked.speaker.refusal())
        fault = self.fault_of(text)
        if fault in ("reset", "slow_dropped", "limited", "unavailable"):
            until = time.time() + self.between(0.5, 1.0) * self.faults.wait if fault == "limited" else 0.0
            shape = self.shape(until) if until else {}
            counts = "" if not until or shape.get("_") else f"{until:.3f}"
            self.write("refused", fault=fault, until=float(counts or 0.0), **told)
            shape.pop("_", None)
            if fault == "slow_dropped":
                time.sleep(self.faults.slow)
            if fault in ("reset", "slow_dropped"):
                raise Drop("reset")
            status = 429 if until else 503
            raise Answer(status, asked.speaker.trouble(status), shape)
        if fault == "slow_taken":
            time.sleep(self.between(0.3, 0.9) * self.faults.processing)
        with self.lock:
            # A request that was on its way longer than any that was promised is thrown away, as by a load balancer.
            if sent and time.time() - sent > self.faults.processing:
                self.write("refused", fault="too old", **told)
                raise Drop("reset")
            stored = asked.speaker.same(login, once)
            if stored is None:
                lag = self.between(0.0, self.faults.lag)
                at = time.time()
                stored = Stored(self.new_id(), login.key, text, parent, once, at, at + lag, more)
                asked.speaker.name(login, stored)
                self.write("accepted", id=stored.id, parent=parent, once=once, fault=fault,
                           media=more.get("media", ()), **told)  # fmt: skip
                self.posts[login.key].append(stored)
                self.by_id[stored.id] = stored
            else:
                self.write("repeated", id=stored.id, once=once, **told)
        if fault == "lost":
            raise Drop("close")
        if fault == "slow_taken":
            time.sleep(self.faults.slow)
            raise Drop("close")
        if fault == "failed_after":
            raise Answer(500, asked.speaker.trouble(500))
        if fault == "garbled":
            raise Answer(200, b'{"data": [<html>')
        if fault == "half":
            raise Drop("half", asked.speaker.made(login, stored))
        if self.faults.thinks:
            time.sleep(self.between(0.2, 1.0) * self.faults.thinks)
        return stored

    def delete(self, login: Login, id: str) -> bool:
        with self.lock:
            gone = self.by_id.pop(id, None)
            if gone is not None:
                self.posts[login.key].remove(gone)
                self.write("deleted", account=login.key, id=id)
            return gone is not None

    def pictures(self, login: Login, names: list[str], refusal: Answer) -> list[str]:
        """Return the digests of the pictures of a post. Raises ``refusal`` where they cannot be used."""
        found = self.uploads.of(login, names)
        if found is None:
            self.write("refused_pictures", account=login.key, names=names)
            raise refusal
        return found

    def shape(self, until: float) -> dict[str, str]:
        """Return the headers of a 429 in one of the shapes that servers have; ``_`` marks one that tells no time."""
        whole, now = int(until) + 1, time.time()
        with self.lock:
            return self.chance.choice([
                {"retry-after": str(max(1, int(until - now) + 1))},
                {"retry-after": f"{until - now:.2f}"},
                {"retry-after": format_datetime(datetime.fromtimestamp(whole, UTC), usegmt=True)},
                {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(whole)},
                {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0",
                 "X-RateLimit-Reset": datetime.fromtimestamp(until + 0.001, UTC).isoformat().replace("+00:00", "Z")},
                {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "0",
                 "ratelimit-reset": str(int(until - now) + 1)},
                {"_": "says nothing"},
                {"_": "past", "x-rate-limit-reset": str(int(now) - 60)},
                {"_": "negative", "retry-after": "-5"},
                {"_": "nonsense", "retry-after": "soon", "x-rate-limit-reset": "later"},
            ])  # fmt: skip


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    speaker: Any = None

    @property
    def form(self) -> dict[str, Any]:
        if self.headers.get("content-type", "").startswith("application/json"):
            found = json.loads(self.body or b"{}")
            return found if isinstance(found, dict) else {}
        return dict(parse_qsl(self.body.decode()))

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the platform it is for, and answers, or does not."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    net: Network
    speakers: tuple[Any, ...]

    def _any(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        low = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), low, body)
        try:
            asked.speaker = next((one for one in self.speakers if parts.path.startswith(one.paths)), None)
            status, said, headers = 404, {"error": "nothing is here"}, {}
            if asked.speaker is not None:
                status, said = asked.speaker.answer(asked)
        except Answer as answer:
            status, said, headers = answer.status, answer.body, answer.headers
        except Drop as drop:
            self._drop(drop)
            return
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self._send(status, data, headers, len(data))

    def _send(self, status: int, data: bytes, headers: dict[str, str], length: int) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "text/html" if data[:1] == b"<" else "application/json")
            self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            # Whoever asked was killed.
            self.close_connection = True

    def _drop(self, drop: Drop) -> None:
        self.close_connection = True
        if drop.kind == "half":
            data = json.dumps(drop.body).encode()
            self._send(200, data[: len(data) // 2], {}, len(data))
        if drop.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            self.connection.shutdown(socket.SHUT_RDWR) if drop.kind != "reset" else self.connection.close()
        except OSError:
            return

    do_GET = do_POST = do_DELETE = do_PUT = _any

    def log_message(self, *args: Any) -> None:
        """Say nothing: the file says it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep broken connections quiet, and nothing else."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError | ValueError):
            super().handle_error(request, client_address)


def main() -> None:
    """Serve until standard input is closed."""
    from tests.acceptance.harness.speakers import Bluesky, Mastodon, X

    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    net = Network(config)
    speakers = tuple(kind(net) for kind in (X, Mastodon, Bluesky))
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"net": net, "speakers": speakers}))
    for speaker in speakers:
        speaker.base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    net.write("serving", faults=asdict(net.faults), seed=config["seed"])
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    # By its own name, so that its classes are those that the speakers know.
    from tests.acceptance.harness import network

    network.main()
