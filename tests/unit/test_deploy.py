"""What is handed to Docker, Compose and systemd names only what there is; the image's files are enough to run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.operations import web
from bot.settings import Settings
from bot.surfaces.cli.group import load, program

ROOT = Path(__file__).parents[2]
FILES = ("Dockerfile", "compose.yaml", "compose.scale.yaml", "deploy/signoff.service", "docs/operations.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def instructions() -> list[list[str]]:
    """Return the Dockerfile's instructions as words, with continued lines joined and comments gone."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.startswith("#")]
    return [shlex.split(line) for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines() if line.strip()]


def copied() -> list[str]:
    return [word for words in instructions() if words[0] == "COPY" and "--from" not in words[1] for word in words[1:-1]]


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {f"SIGNOFF_{field.upper()}" for field in Settings.model_fields}
    known |= {f"SIGNOFF_{n.upper()}_FILE" for n in ("llm_api_key", "embedding_api_key", "keys")}
    named = set(re.findall(r"SIGNOFF_[A-Z_]+[A-Z]", read(name)))
    assert {n for n in named if not n.startswith("SIGNOFF_PLATFORMS")} <= known


@pytest.mark.parametrize("name", FILES)
def test_no_package_index_and_no_floating_version_is_named(name: str) -> None:
    text = read(name)
    assert "index-url" not in text
    assert ":latest" not in text


def test_what_the_image_copies_is_there_and_reaches_the_builder() -> None:
    let_in = {line.removeprefix("!") for line in read(".dockerignore").splitlines() if line.startswith("!")}
    for path in copied():
        assert (ROOT / path).exists()
        assert path.removeprefix("./") in let_in


def test_the_image_runs_without_rights_and_installs_by_hash() -> None:
    words = instructions()
    users = [w[1] for w in words if w[0] == "USER"]
    assert users == ["signoff"]
    assert words[-1] == ["CMD", "[serve]"] or words[-1][0] == "CMD"
    install = next(" ".join(w) for w in words if "--requirement" in w)
    assert "--require-hashes" in install
    assert "--no-deps" in install


def commands() -> list[list[str]]:
    """Return every command that Dockerfile, Compose and systemd give to `signoff`."""
    found = [["serve"]]
    for name in ("compose.yaml", "compose.scale.yaml"):
        services: dict[str, Any] = yaml.safe_load(read(name))["services"]
        found += [s["command"] for s in services.values() if "command" in s]
    start = re.search(r"^ExecStart=\S+/signoff (.*)$", read("deploy/signoff.service"), re.MULTILINE)
    assert start
    return [*found, start[1].split()]


def test_every_command_is_one_of_ours() -> None:
    for words in commands():
        load(words[0]).make_context(words[0], list(words[1:]), parent=program().make_context("signoff", [words[0]]))


def test_probes_listen_where_they_are_asked_for() -> None:
    _, port = web.address(re.search(r"SIGNOFF_HTTP=(\S+)", read("Dockerfile"))[1])  # type: ignore[index]
    assert f"http://127.0.0.1:{port}/healthz" in read("Dockerfile")
    assert f"EXPOSE {port}" in read("Dockerfile")
    for name in ("compose.yaml", "compose.scale.yaml"):
        for service in yaml.safe_load(read(name))["services"].values():
            # Nothing is offered to other machines.
            assert all(p.startswith("127.0.0.1:") for p in service.get("ports", []))
    unit = re.search(r"SIGNOFF_HTTP=(\S+)", read("deploy/signoff.service"))
    assert unit
    assert web.local(web.address(unit[1])[0])


@pytest.mark.parametrize(("name", "service"), [("compose.yaml", "signoff"), ("compose.scale.yaml", "serve")])
def test_the_web_desk_has_its_port_ready(name: str, service: str) -> None:
    text = read(name)
    (line,) = re.findall(r"^ +# (- \S+:8080)$", text, re.MULTILINE)
    ports = yaml.safe_load(text.replace(f"# {line}", line))["services"][service]["ports"]
    # On the host it is this machine's alone; inside, an address that the desk refuses without a password.
    assert "127.0.0.1:8080:8080" in ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    inside = re.search(r"SIGNOFF_WEB=(\S+:8080)", text)
    assert inside
    assert not web.local(web.address(inside[1])[0])
    assert inside[0] in read("docs/operations.md")
    assert yaml.safe_load(text)["services"][service]["ports"] == ["127.0.0.1:9464:9464"]


def test_the_stop_has_longer_than_a_send_needs() -> None:
    from bot.workflow.shift import GRACE

    for name in ("compose.yaml", "compose.scale.yaml"):
        for key, service in yaml.safe_load(read(name))["services"].items():
            if key not in ("postgres", "chroma"):
                assert int(service["stop_grace_period"].removesuffix("s")) > GRACE
    stop = re.search(r"TimeoutStopSec=(\d+)", read("deploy/signoff.service"))
    assert stop
    assert int(stop[1]) > GRACE


def test_the_scaled_set_is_two_workers_on_one_database_and_one_memory() -> None:
    services = yaml.safe_load(read("compose.scale.yaml"))["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("serve", "worker"):
        said = services[name]["environment"]
        assert said["SIGNOFF_DATABASE_URL"].startswith("postgresql://")
        assert said["SIGNOFF_CHROMA_URL"] == "http://chroma:8000"
    lock = re.search(r"^chromadb==(\S+)", read("requirements.lock"), re.MULTILINE)
    assert lock
    assert services["chroma"]["image"] == f"chromadb/chroma:{lock[1]}"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "signoff.service"
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", read("deploy/signoff.service"), flags=re.MULTILINE)
    unit.write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    if "Failed to" in done.stderr and "bus" in done.stderr:
        pytest.skip("systemd-analyze does not run here")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_the_files_of_the_image_are_enough(tmp_path: Path) -> None:
    """Lay out what the Dockerfile copies, and learn a brand, serve and answer a probe from there alone."""
    app, data = tmp_path / "app", tmp_path / "data"
    for path in copied():
        if path == "requirements.lock":
            continue
        target = app / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / path, target)
    data.mkdir()
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bot.surfaces.cli import main; sys.exit(main())"
    env = {**os.environ, "SIGNOFF_HOME": str(data), "SIGNOFF_LLM_DISCOVER": "false", "PYTHONUNBUFFERED": "1",
           "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip

    def signoff(*words: str) -> list[str]:
        return [sys.executable, "-P", "-c", start, str(app), "--lang", "en", *words]

    learned = subprocess.run(
        signoff("learn", str(app / "examples" / "lumen-tea")), cwd=data, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert learned.returncode == 0, learned.stderr
    with subprocess.Popen(
        signoff("serve", "--http", "127.0.0.1:0"), cwd=data, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = next(m[1] for line in process.stdout if (m := re.search(r"(http://[0-9.:]+)/healthz", line)))
            probe = f"import urllib.request as r; r.urlopen('{url}/healthz', timeout=60)"
            assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
        finally:
            process.terminate()
            process.stdout.read()
        assert process.wait(90) == 0
