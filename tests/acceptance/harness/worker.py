"""Workers of a run as real processes: ``python -m tests.acceptance.harness.worker FOLDER/run.json``.

The process imports everything once and then forks a worker for each line on its standard input, so that a thousand
kills do not cost a thousand imports; it prints ``{"pid": ...}`` and ``{"ended": ...}``. A worker is the program's own
``App`` and ``Worker`` on shortened times, with requests sent to the harness's network and stamped as they leave.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from requests.adapters import HTTPAdapter

from bot import failpoints
from bot.app import App
from bot.platforms import registry
from bot.platforms.base import Context, Platform
from bot.platforms.kit import mastodon_media
from bot.settings import load
from bot.workflow import backoff, pacing, turn
from tests.acceptance.harness import guards
from tests.acceptance.harness.config import KINDS, Run
from tests.acceptance.harness.network import SENT
from tests.servers.x import Redirected

_PDEATHSIG = 1


#: What is to be added to the clock that nobody sets, for the true time, also where the wall clock is wrong.
_ahead = [0.0]


def _now() -> str:
    return f"{time.monotonic() + _ahead[0]:.6f}"


class Stamped(httpx.HTTPTransport):
    """httpx, with each request stamped as it leaves."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers[SENT] = _now()
        return super().handle_request(request)


class StampedRequests(HTTPAdapter):
    """``requests``, the same."""

    def send(self, request: Any, *args: Any, **more: Any) -> Any:
        request.headers[SENT] = _now()
        return super().send(request, *args, **more)


class StampedX(StampedRequests, Redirected):
    """The same, and what is meant for X goes to the harness."""


class HarnessApp(App):
    """Signoff itself, with requests going to the harness's network."""

    def __init__(self, run: Run, **more: Any) -> None:
        self.run, _ahead[0] = run, run.ahead
        super().__init__(settings(run), **more)
        # Its people would write thousands of comments, which no one reads here.
        self.desk = replace(self.desk, others_act=lambda: 0)

    def _adapter(self, account: Any, given: dict[str, str], vault: Any, facts: Any) -> Platform:
        made = super()._adapter(account, given, vault, facts)
        if account.platform == "sandbox":
            return type(made)(replace(made.context, timeout=self.run.timeout), given)
        transport: Any = Stamped() if account.platform == "bluesky" else StampedRequests()
        if account.platform == "x":
            transport = StampedX()
            transport.base = f"http://127.0.0.1:{self.run.port}"
        context: Context = replace(made.context, timeout=self.run.timeout, transport=transport)
        made.close()
        return type(made)(context, given)


def settings(run: Run) -> Any:
    """Return the settings of a run."""
    return load(
        home=run.path / "home", database_url=run.database, operator="li", llm_discover=False, platforms=run.settings()
    )


def shorten(run: Run) -> None:
    """Make the times of production those of the run, and take away the guards that it goes without."""
    for name in registry.ids():
        kind = registry.load(name)
        kind.features = replace(kind.features, read_lag=run.read_lag)
        # A hundred posts in a quarter of an hour would make a run of a day.
        kind.quotas = ()
    turn.LEASE = run.lease
    pacing._AFTER_RESET, pacing._APART = 0.2, 0.02
    mastodon_media._AGAIN = 1.0
    own = backoff.pause_for

    def pause_for(attempt: int, after: float | None, chance: float) -> float:
        # What the platform names is kept; our own patience is shortened.
        if after is None or after < 1.0:
            return max(after or 0.0, own(attempt, None, chance) * run.backoff)
        return own(attempt, after, chance * run.backoff)

    backoff.pause_for = pause_for
    guards.without(run)


def start(run: Run) -> None:
    """Import what workers use, before the first fork."""
    import atproto_client.models  # type: ignore[import-untyped]  # noqa: F401 - slow
    import mastodon  # noqa: F401
    import tweepy  # type: ignore[import-untyped]  # noqa: F401

    import bot.surfaces.cli.working
    import bot.workflow.worker  # noqa: F401
    from bot.platforms.kit import atproto

    atproto.sdk()
    run.path.joinpath("home").mkdir(parents=True, exist_ok=True)
    _warm(run)


def _warm(run: Run) -> None:
    """Send one post of another brand's on a database of its own, so that everything is loaded that a send loads."""
    from bot.domain.draft import Part
    from bot.domain.policy import ApprovalPolicy
    from bot.store import desk as rows
    from bot.workflow import decide, propose

    folder = tempfile.mkdtemp(prefix="signoff-warm-")
    try:
        own = replace(run, folder=folder, database=f"sqlite:///{folder}/warm.db", each=1, kinds=KINDS)
        with HarnessApp(own) as app:
            with app.db.write() as conn:
                rows.save_brand(conn, own.brand(), ApprovalPolicy(), "folder", app.clock.now())
            for key in [a.key for a in own.accounts()]:
                app.platform(key)
            version = propose.new(app.desk, propose.Proposal("sandbox:sandbox0", (Part("Tea is warm"),), "anna"))
            answer = decide.Answer(version.draft_id, 1, version.hash, "li", via="harness", shown="Tea is warm")
            decide.approve(app.desk, answer)
            turn.drain(app.desk, "sandbox:sandbox0", turn.worker_id())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def work(run: Run, order: dict[str, Any]) -> None:
    """Be one worker until told to stop, or do one account's turn (``turn``), dying at a failpoint (``die``)."""
    from bot.surfaces.cli import working

    shorten(run)
    if order.get("die"):
        number = int(order.get("signal", signal.SIGKILL))
        failpoints.arm(_dying(order["die"], int(order.get("times", 1)), run.path / "deaths", number))
    with HarnessApp(run) as app:
        if account := order.get("turn"):
            for _ in range(int(order.get("turns", 1))):
                turn.drain(app.desk, account, turn.worker_id())
                time.sleep(float(order.get("pause", 0.05)))
            return
        working.until_stopped(app)


def _dying(name: str, times: int, told: Path, number: int) -> Any:
    left = [times]

    def hook(here: str) -> None:
        if here != name:
            return
        left[0] -= 1
        if left[0] == 0:
            with told.open("a") as file:
                file.write(f"{name} {os.getpid()}\n")
            os.kill(os.getpid(), number)

    return hook


def _child(run: Run, order: dict[str, Any]) -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(run.path / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        work(run, order)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Fork a worker for every line on standard input, until it is closed; or be the one that is named, at once."""
    where = Path(sys.argv[1])
    run = Run.load(where)
    if len(sys.argv) > 2:
        work(run, json.loads(sys.argv[2]))
        return
    start(run)
    logging.captureWarnings(True)

    for line in _lines():
        # Read anew: it may be another run, and its network has a port by now.
        order = json.loads(line)
        run = Run.load(order.pop("run", where))
        pid = os.fork()
        if pid == 0:
            _child(run, order)
        _tell(pid=pid)


def _lines() -> Iterator[bytes]:
    """Yield the lines of standard input, and tell of each worker's end while none comes.

    A worker that ends just before one waits for a line interrupts nothing: its signal is left in a pipe, which is
    waited for too.
    """
    heard, signalled = os.pipe()
    os.set_blocking(heard, False)
    os.set_blocking(signalled, False)
    signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _tell(ready=True)
    read = b""
    while True:
        ready, _, _ = select.select([0, heard], [], [])
        if heard in ready:
            os.read(heard, 1 << 16)
            _reap()
        if 0 in ready:
            more = os.read(0, 1 << 16)
            if not more:
                return
            *lines, read = (read + more).split(b"\n")
            yield from lines


def _reap() -> None:
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(ended=found[0], status=found[1])


def _tell(**what: Any) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    main()
