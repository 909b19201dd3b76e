"""The embedded language model: a process of its own on this machine, started on demand."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bot.errors import ModelUnavailable

if TYPE_CHECKING:
    from bot.agent.models import ModelSettings, Progress

CONTEXT = 4096
THREADS = 1
#: Loading 1.1 GB from a cold disk.
START_SECONDS = 120.0
INSTALL = "Run `make embedded` in the checkout: it installs the engine of the embedded one, by its pinned hash."


def model_file(settings: ModelSettings, progress: Progress) -> tuple[Path, str]:
    """Return the model's file and name: the given one, else the pinned one, fetched if need be."""
    from bot.agent.download import PINNED, ensure
    from bot.agent.models import SET_A_MODEL

    if find_spec("xllamacpp") is None:
        raise ModelUnavailable("No language model is set up.", next_step=f"{INSTALL} {SET_A_MODEL}")
    given = settings.embedded_model_path
    if given is not None:
        if not given.expanduser().is_file():
            raise ModelUnavailable(f"There is no model file {str(given)!r}.", next_step="Check its path.")
        return given.expanduser(), given.stem
    return ensure(settings.cache / "models", progress, allow_download=settings.allow_download), PINNED.name


class EmbeddedServer:
    """One running server; ``stop`` it, or end this process, and it is gone."""

    def __init__(self, file: Path, *, log: Path, name: str = "embedded") -> None:
        self.file, self.log, self.name = file, log, name
        self.key = secrets.token_urlsafe(24)
        self.base_url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; raises ModelUnavailable with where its log is."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        asked = {"model": str(self.file), "name": self.name, "context": CONTEXT, "threads": THREADS}
        asked |= {"port": _free_port(), "key": self.key}
        program = [sys.executable, "-P", str(Path(__file__).with_name("embedded_server.py"))]
        with self.log.open("w", encoding="utf-8") as log:
            # A session of its own: Ctrl-C in the terminal is for us to handle.
            self.process = subprocess.Popen(
                program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        try:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            address = _first_line(self.process.stdout, START_SECONDS)
            if not address:
                raise self._failed("did not start")
            self.base_url = json.loads(address)["address"].rstrip("/") + "/v1"
            self._until_ready()
        except BaseException:
            self.stop()
            raise

    def _until_ready(self) -> None:
        import httpx

        until = time.monotonic() + START_SECONDS
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            while time.monotonic() < until:
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(self.base_url.removesuffix("/v1") + "/health").status_code == 200:
                        return
                if self.process is None or self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise self._failed("does not answer")

    def _failed(self, what: str) -> ModelUnavailable:
        return ModelUnavailable(f"The embedded language model {what}.", next_step=f"Its log is {self.log}.")

    def stop(self) -> None:
        """End the process; twice is not an error."""
        process, self.process = self.process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_line(stream: IO[str], seconds: float) -> str:
    """Return the first line, or an empty string when it ends or stays silent."""
    import select

    ready, _, _ = select.select([stream], [], [], seconds)
    return stream.readline() if ready else ""
