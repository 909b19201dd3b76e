"""What comes from elsewhere: pinned with hashes, quiet at import, no reports home, a container with few rights."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from bot.agent import models, reader, seeing
from bot.agent.limits import Limits
from bot.agent.loop import run
from bot.agent.models import ModelSettings
from bot.agent.task import Task
from bot.clock import FixedClock
from memory.chroma import ChromaMemory
from memory.in_memory import TinyEmbedder
from tests.unit.fake_endpoint import endpoint

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


# --- the locks ----------------------------------------------------------------------------------------------------


def test_every_lock_is_known_here() -> None:
    assert LOCKS == [f"requirements{n}.lock" for n in ("-agentdojo", "-dev", "-embedded", "")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = _tool("sbom").pinned(text)
    assert found
    assert [p["name"] for p in found if not p["hashes"]] == []
    assert not re.search(r"^\s*(--(extra-)?index-url|--find-links|-i|-f|-e|git\+|https?:)", text, re.MULTILINE)
    assert "://" not in text


def test_the_benchmarks_lock_repeats_only_what_it_needs_in_another_version() -> None:
    """It is installed beside the others: what stands in both would hide Signoff's own. `make lock` mends it."""
    own, theirs = (
        {p["name"] for p in _tool("sbom").pinned((ROOT / n).read_text("utf-8"))} for n in (LOCKS[3], LOCKS[0])
    )
    assert own & theirs == {"tenacity"}


def test_the_bill_of_materials_names_each_package_with_its_hashes_and_stays_the_same() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    made = _tool("sbom").bom(lock, "1.2.3")
    assert made == _tool("sbom").bom(lock, "1.2.3")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    refs = [c["bom-ref"] for c in made["components"]]
    assert len(refs) == len(set(refs)) == len(_tool("sbom").pinned(lock))
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@\S+", ref) for ref in refs)
    hashes = {h["content"] for c in made["components"] for r in c["externalReferences"] for h in r["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    named = {c["name"]: c.get("licenses") for c in made["components"]}
    assert named["pydantic"] == [{"expression": "MIT"}]
    assert sum(not licences for licences in named.values()) <= 8


def test_a_lock_line_that_pins_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="line 2 pins nothing"):
        _tool("sbom").pinned("a==1 \\\nb>=2\n")


def test_an_audit_says_what_it_could_not_ask() -> None:
    told = _tool("audit").told
    unasked = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    assert told(unasked) == (
        [
            "audit: the database of known weaknesses cannot be asked from here, so nothing was checked.",
            "audit: packages=1 checked=0 weaknesses=0",
        ],
        0,
    )
    weak = {"name": "b", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
    lines, code = told({"dependencies": [weak, {"name": "c", "version": "1", "vulns": []}]})
    assert (lines, code) == (["b 1: CVE-1, mended in 2", "audit: packages=2 checked=2 weaknesses=1"], 1)


@pytest.mark.parametrize("answer", ["print('{}')", "print('no report')", "raise SystemExit(3)"])
def test_an_audit_that_cannot_run_says_so(tmp_path: Path, answer: str) -> None:
    tool = tmp_path / "tool.py"
    tool.write_text(answer)
    command = [sys.executable, str(ROOT / ".ci/audit.py"), "requirements.lock", "--tool", sys.executable, str(tool)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "nothing was checked" in ran.stdout or "packages=0" in ran.stdout


# --- quiet ----------------------------------------------------------------------------------------------------------

_IMPORT_ALL = """
import importlib, os, pkgutil, socket, sys, threading
tried = []
def hook(event, args):
    if event == "socket.bind" and args[1][1] == 0:
        return  # a look whether this machine knows IPv6
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"):
        tried.append((event, str(args[1:])[:80]))
        raise OSError("no network at import")
    if event in ("subprocess.Popen", "os.system"):
        tried.append((event, str(args[:1])[:80]))
        raise OSError("no program at import")
sys.addaudithook(hook)
import bot, memory, tools
count = 0
for package in (bot, memory, tools):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations." in found.name or found.name.endswith("__main__"):
            continue
        importlib.import_module(found.name)
        count += 1
threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
print(count, tried, threads)
"""


@pytest.mark.slow
def test_importing_all_of_signoff_asks_nobody_and_starts_nothing(tmp_path: Path) -> None:
    asks = {"LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "ANONYMIZED_TELEMETRY": "true"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _IMPORT_ALL],
        capture_output=True, text=True, timeout=300, cwd=ROOT, check=False,
        env={**os.environ, **asks, "SIGNOFF_HOME": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    count, _, rest = ran.stdout.strip().rpartition("\n")[2].partition(" ")
    assert int(count) > 300
    assert rest == "[] []"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def _listening() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(202)
            self.end_headers()

        do_GET = do_PATCH = do_POST

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def _picture() -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(made, "PNG")
    return made.getvalue()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    shown = json.dumps(asked["messages"])
    if "image_url" in shown:
        return {"content": "A cup of green tea on a wooden table"}
    return {"content": json.dumps({"mood": "neutral", "intent": "other", "number": 4})}


def test_no_prompt_reaches_a_tracing_service_though_the_environment_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain_core.tracers.langchain import wait_for_all_tracers
    from langsmith import utils

    with _listening() as (address, asked), endpoint(_answer) as site:
        for name, value in {
            "LANGSMITH_TRACING": "true", "LANGSMITH_TRACING_V2": "true", "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_ENDPOINT": address, "LANGCHAIN_ENDPOINT": address, "LANGSMITH_API_KEY": "key",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        utils.get_env_var.cache_clear()
        try:
            settings = ModelSettings(base_url=site.url, api_key="k", model="fake", discover=False, cache_dir=tmp_path)
            model = models.connect(settings)
            model.sees()
            run(Task("s", "Say something."), model, [], Limits(), FixedClock())
            seeing.alt_text(_picture(), "tea", "en", model, clock=FixedClock())
            wait_for_all_tracers()
            assert len(site.asked) >= 4
            assert asked == []
            # The counter-proof: without the guard the same call is reported.
            model.chat().invoke("Hello")
            wait_for_all_tracers()
            assert asked
        finally:
            model.close()
            monkeypatch.undo()
            utils.get_env_var.cache_clear()


def test_each_file_that_asks_a_model_turns_tracing_off() -> None:
    """A new way to ask would be found here: calls of a model stand beside ``tracing_context(enabled=False)``."""
    asks = re.compile(r"\b(?:chat|bound|model|inner|agent)\.(?:bind_tools\(.*\)\.)?(?:invoke|stream|batch)\(")
    found = {path for path in (ROOT / "bot").rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))}
    # The strategies are models themselves, called by the others.
    bare = {p.name for p in found if "tracing_context(enabled=False)" not in p.read_text(encoding="utf-8")}
    assert bare - {"strategies.py"} == set()
    assert {p.name for p in found} >= {"loop.py", "reader.py", "seeing.py", "probe.py"}
    assert reader.__doc__


@pytest.mark.slow
def test_the_brand_memory_reports_nothing_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANONYMIZED_TELEMETRY", "true")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ANONYMIZED_TELEMETRY=true\n")
    with contextlib.closing(ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")) as memory:
        assert memory._client().get_settings().anonymized_telemetry is False


# --- the container --------------------------------------------------------------------------------------------------


def _compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def test_the_image_runs_as_a_user_who_owns_nothing_but_its_data() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last = max(n for n, line in enumerate(lines) if line.startswith("FROM "))
    users = [line.split()[1] for line in lines[last:] if line.startswith("USER ")]
    assert users == ["signoff"]
    body = "\n".join(lines)
    assert "--uid 10001" in body
    assert "/usr/sbin/nologin" in body
    assert "--require-hashes" in body
    assert "--no-deps" in body
    assert not re.search(r"^ADD |chmod 777|curl|wget|--trusted-host|index-url|sudo", body, re.MULTILINE)
    assert not re.search(r"^(?:ENV|ARG).*(?:TOKEN|SECRET|PASSWORD|API_KEY)", body, re.MULTILINE)
    copied = {line.split()[1] for line in lines[last:] if line.startswith("COPY ") and "--from" not in line}
    assert copied == {"bot", "tools", "memory", "prompts", "examples", "LICENSE"}


@pytest.mark.parametrize(
    ("file", "service"),
    [("compose.yaml", "signoff"), ("compose.scale.yaml", "serve"), ("compose.scale.yaml", "worker")],
)
def test_a_service_has_no_rights_but_its_own(file: str, service: str) -> None:
    made = _compose(file)["services"][service]
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert made["init"] is True
    for forbidden in ("privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "user"):
        assert forbidden not in made
    assert all(port.startswith("127.0.0.1:") for port in made.get("ports", ()))
    volumes = [v.split(":") for v in made["volumes"]]
    assert all(parts[-1] == "ro" for parts in volumes if parts[0] != "data")
    assert "docker.sock" not in json.dumps(made)


def test_no_service_of_others_is_open_to_the_world() -> None:
    for service in _compose("compose.scale.yaml")["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
