"""The embedded model: fetching it, checking it, running it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.agent import download
from bot.agent.download import PINNED, Pinned, ensure, parts
from bot.agent.models import ModelSettings, connect
from bot.errors import ModelUnavailable

BODY = os.urandom(3_000_000)


@pytest.fixture
def pinned() -> Pinned:
    """A small stand-in for the model, whose hub answers nobody."""
    return Pinned("small", hashlib.sha256(BODY).hexdigest(), len(BODY), "https://127.0.0.1:9/none")


class Parts:
    """Package parts on demand; ``broken`` is the part that cannot be had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, body: bytes = BODY, count: int = 3) -> None:
        self.asked: list[str] = []
        self.broken = 0
        self.archives: dict[str, bytes] = {}
        size = -(-len(body) // count)
        lines = []
        for n in range(1, count + 1):
            file = Path(f"part_{n}-1.0-py3-none-any.whl")
            with zipfile.ZipFile(file, "w") as whole:
                whole.writestr(f"part_{n}/data/part.bin", body[(n - 1) * size : n * size])
                whole.writestr(f"part_{n}/__init__.py", "raise SystemExit('imported')")
            lines.append(f"part-{n}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}")
            self.archives[lines[-1]] = file.read_bytes()
        monkeypatch.setattr(download, "parts", lambda: lines)

    def __call__(self, line: str, folder: Path) -> Path:
        self.asked.append(line.split("==")[0])
        if len(self.asked) == self.broken:
            raise ModelUnavailable("A part of the language model could not be fetched: gone")
        file = folder / f"{line.split('==')[0].replace('-', '_')}-1.0-py3-none-any.whl"
        file.write_bytes(self.archives[line])
        return file


def quiet(what: str, done: int, total: int) -> None:
    pass


def test_parts_are_fetched_joined_checked_and_deleted(
    tmp_path: Path, pinned: Pinned, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int, int]] = []
    fetch = Parts(monkeypatch)
    file = ensure(tmp_path / "m", lambda *a: told.append(a), pinned=pinned, fetch_part=fetch)
    assert file == tmp_path / "m" / f"{pinned.sha256}.gguf"
    assert file.read_bytes() == BODY
    assert list((tmp_path / "m" / "parts").glob("*.whl")) == []
    assert next(t for t in told if "part 2 of 3" in t[0])[1] > 0


def test_a_second_start_trusts_the_stamp_and_a_changed_file_loses_it(
    tmp_path: Path, pinned: Pinned, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Parts(monkeypatch)
    file = ensure(tmp_path, quiet, pinned=pinned, fetch_part=fetch)
    told: list[str] = []
    ensure(tmp_path, lambda what, *_: told.append(what), pinned=pinned, fetch_part=fetch)
    assert told == []
    file.write_bytes(BODY[:-1] + bytes([BODY[-1] ^ 1]))
    with pytest.raises(ModelUnavailable, match="switched off"):
        ensure(tmp_path, lambda what, *_: told.append(what), pinned=pinned, allow_download=False)
    assert "checking the language model" in told
    assert not file.exists()


def test_a_stopped_download_goes_on_where_it_stopped(
    tmp_path: Path, pinned: Pinned, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Parts(monkeypatch)
    fetch.broken = 3
    with pytest.raises(ModelUnavailable, match=r"gone.*SIGNOFF_LLM_BASE_URL"):
        ensure(tmp_path, quiet, pinned=pinned, fetch_part=fetch)
    fetch.broken = 0
    ensure(tmp_path, quiet, pinned=pinned, fetch_part=fetch)
    assert fetch.asked == ["part-1", "part-2", "part-3", "part-3"]


def test_a_part_or_a_whole_that_is_not_the_pinned_one_is_deleted(
    tmp_path: Path, pinned: Pinned, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Parts(monkeypatch)
    wrong = replace(pinned, sha256="0" * 64)
    with pytest.raises(ModelUnavailable, match="not the one that is pinned; it was deleted"):
        ensure(tmp_path / "a", quiet, pinned=wrong, fetch_part=fetch)
    assert not list((tmp_path / "a").glob("*.gguf"))
    fetch.archives = {line: body[:-1] for line, body in fetch.archives.items()}
    with pytest.raises(ModelUnavailable, match="Part 1 of the language model is not the one"):
        ensure(tmp_path / "b", quiet, pinned=pinned, fetch_part=fetch)


def test_the_hub_is_tried_first_and_resumed_by_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    ranges: list[str | None] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(BODY) - start))
            self.end_headers()
            # The first answer breaks off half-way, as a bad line would.
            self.wfile.write(BODY[start:] if asked else BODY[: len(BODY) // 2])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    fetch = Parts(monkeypatch)
    fetch.broken = 1
    pinned = Pinned("small", hashlib.sha256(BODY).hexdigest(), len(BODY), f"http://127.0.0.1:{server.server_port}/m")
    try:
        with pytest.raises(ModelUnavailable):
            ensure(tmp_path, quiet, pinned=pinned, fetch_part=fetch)
        assert ensure(tmp_path, quiet, pinned=pinned, fetch_part=fetch).read_bytes() == BODY
    finally:
        server.shutdown()
        server.server_close()
    assert ranges[0] is None
    assert re.fullmatch(r"bytes=\d+-", ranges[1] or "")
    assert fetch.asked == ["part-1"]


def test_the_shipped_list_of_parts_is_only_names_and_hashes() -> None:
    assert len(parts()) == 22
    assert "://" not in download.PARTS_FILE.read_text(encoding="utf-8")
    assert PINNED.sha256 in (download.PARTS_FILE.parent / "EMBEDDED-MODEL.md").read_text(encoding="utf-8")


def test_pip_is_asked_to_fetch_by_hash_and_never_to_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        said = "WARNING: old\nERROR: no match at https://user:secret@index.example/simple"
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr("bot.agent.download.subprocess.run", run)
    with pytest.raises(ModelUnavailable, match=r"no match at \[address\]"):
        download.pip_download(parts()[0], tmp_path)
    assert {"--no-deps", "--require-hashes", "--only-binary", "download"} <= set(seen[0])


# --- the real one ------------------------------------------------------------------------------------------

CACHED = Path("~/.cache/signoff").expanduser()


def real() -> ModelSettings:
    """Return settings for the cached model, or leave the test out; in CI a missing model fails."""
    pytest.importorskip("xllamacpp", reason="left out: needs the engine; pip install -e '.[embedded]'")
    file = CACHED / "models" / f"{PINNED.sha256}.gguf"
    if not file.exists():
        why = f"left out: needs {file}; `make test-model` fetches it"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return ModelSettings(cache_dir=CACHED, discover=False, allow_download=False, timeout_s=600)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_real_embedded_model_starts_answers_and_ends() -> None:
    from bot.agent.drafting import draft
    from bot.agent.scripted import ScriptedDesk
    from bot.clock import SystemClock
    from bot.domain.brand import Rule, RuleKind

    rules = (Rule("voice-1", RuleKind.VOICE, "Warm, plain sentences."),)
    desk = ScriptedDesk(rules=rules)
    with connect(real()) as model:
        assert (model.strategy, model.embedded) == ("json_schema", True)
        assert {"en", "zh"} <= set(model.abilities.languages)
        brief = "Oolong tasting on Saturday 3 October at 15:00 on Harbour Street"
        result = draft(brief, ["sandbox:main"], desk.kit(), model, rules, brand="Lumen Tea", clock=SystemClock())
    text = result.proposed[0].text_parts[0]
    assert 20 < len(text) <= 280
    assert result.proposed[0].citations in {("voice-1",), ()}


@pytest.mark.slow
def test_the_servers_life_is_its_parents() -> None:
    """A parent that is killed takes the server with it; nothing is left to eat memory."""
    file = real().cache / "models" / f"{PINNED.sha256}.gguf"
    program = (
        "import os, sys; from pathlib import Path; from bot.agent.embedded import EmbeddedServer; "
        "s = EmbeddedServer(Path(sys.argv[1]), log=Path('server.log')); s.start(); "
        "print(s.process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    root = str(Path(download.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": root},
    )
    assert done.returncode == -9
    pid = int(done.stdout)
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        with suppress(FileNotFoundError, ProcessLookupError):
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return
        time.sleep(0.1)
    pytest.fail("the server outlived its parent")
