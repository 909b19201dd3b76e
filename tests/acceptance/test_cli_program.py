"""The real program as a process of its own, with a model behind an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot import brand_folder
from tests.unit.fake_endpoint import Endpoint, endpoint, fill, like_hosted

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
BRAND = str(ROOT / "examples" / "lumen-tea")
TEXTS = {
    "sandbox:main": (
        "Our Autumn Oolong 2026 is here! Taste it first on Saturday 28 November at 11:00 in our tasting room in Leeds. "
        "Twelve seats; book at tickets.example.com."
    ),
    "sandbox:cn": (
        "2026秋乌龙到了！11月28日星期六11:00，来Leeds品茶室尝第一口。十二个座位，请在 tickets.example.com 预订。"
    ),
}

RULE_IDS = {r.id for r in brand_folder.load(Path(BRAND)).brand.rulebook.rules}
SHORTER = "Taste our Autumn Oolong 2026: Saturday 28 November, 11:00, Leeds. Twelve seats: tickets.example.com."


def writer(asked: dict[str, Any]) -> dict[str, Any]:
    """Write the post that is asked for, answer questions from the rules, and look things up in a chat."""
    tools = {t["function"]["name"]: t["function"]["parameters"] for t in asked.get("tools", ())}
    if asked["messages"][-1]["role"] == "tool" or not tools:
        return like_hosted(asked)
    name = next((n for n in ("draft_post", "answer", "reply") if n in tools), next(iter(tools)))
    if name == "draft_post" and "list_queue" in tools:
        return _call("search_brand", {"query": "prices"})
    args = fill(tools[name])
    if name == "draft_post":
        again = "shorter, please" in json.dumps(asked["messages"])
        args = {**args, "parts": [SHORTER if again else TEXTS.get(args["account"], TEXTS["sandbox:main"])]}
    return _call(name, args) if name != "note_number" else like_hosted(asked)


def _call(name: str, args: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(args, ensure_ascii=False)}
    return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


class Program:
    """`python -m bot` in an empty folder with an empty HOME."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "LANGUAGE": "en",
            "SIGNOFF_HOME": str(folder / "home"),
            "SIGNOFF_LLM_BASE_URL": url,
            "SIGNOFF_LLM_MODEL": "fake",
            "SIGNOFF_LLM_DISCOVER": "false",
        }

    def command(self, *argv: str) -> list[str]:
        return [sys.executable, "-W", "error", "-m", "bot", *argv]

    def run(self, *argv: str, person: str = "", said: str = "") -> subprocess.CompletedProcess[str]:
        env = {**self.env, **({"SIGNOFF_OPERATOR": person} if person else {})}
        return subprocess.run(
            self.command(*argv), cwd=self.folder, env=env, input=said, capture_output=True, text=True, timeout=120
        )

    def json(self, *argv: str, person: str = "") -> Any:
        ran = self.run(*argv, "--json", person=person)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def model() -> Iterator[Endpoint]:
    with endpoint(writer) as made:
        yield made


@pytest.fixture
def program(tmp_path: Path, model: Endpoint) -> Program:
    return Program(tmp_path, model.url)


def test_a_day_at_the_desk(program: Program) -> None:
    ran = program.run("learn", BRAND)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Learned Lumen Tea: ")

    brief = (ROOT / "examples" / "lumen-tea" / "brief.txt").read_text(encoding="utf-8")
    ran = program.run("draft", "-", "--account", "sandbox:main", "--account", "sandbox:cn", person="anna", said=brief)
    assert ran.returncode == 0, ran.stderr
    assert "writing for sandbox:main..." in ran.stderr
    assert TEXTS["sandbox:main"] in ran.stdout
    assert "Follows rule: [" in ran.stdout

    items = program.json("queue")["items"]
    assert {i["account"]: i["state"] for i in items} == {"sandbox:main": "review", "sandbox:cn": "review"}
    ids = {i["account"]: i["id"] for i in items}

    assert program.run("approve", ids["sandbox:main"], "--yes", person="anna").returncode == 5
    ran = program.run("another", ids["sandbox:main"], "shorter, please", person="anna")
    assert ran.returncode == 0, ran.stderr
    assert "v2" in ran.stdout
    assert SHORTER in ran.stdout
    for draft_id in ids.values():
        ran = program.run("approve", draft_id, "--yes", person="demo")
        assert ran.returncode == 0, ran.stderr

    ran = program.run("worker", "--once")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("live  sandbox://") == 2
    assert program.run("worker", "--once").stdout.count("sandbox://") == 0

    record = program.json("audit", ids["sandbox:main"])
    assert record["versions"][0]["evidence"]["model"] == "fake"
    assert [d["person"] for d in record["decisions"]] == ["demo"]
    assert record["posts"][0]["parts"][0]["receipt"]["url"].startswith("sandbox://lumentea/")
    assert record["transcripts"]

    ran = program.run("ask", "May we compare prices?", person="anna")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    asked = program.json("ask", "May we compare prices?")
    assert asked["answer"]
    assert set(asked["citations"][0]) == {"rule", "version", "file", "line", "score"}
    scores = [n["score"] for n in asked["retrieved"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert all(c["rule"] in RULE_IDS for c in asked["citations"])
    found = program.json("ask", "May we compare prices?", "--rules")["retrieved"]
    assert found == asked["retrieved"]
    assert "price-claims" in {n["rule"] for n in found}

    ran = program.run("chat", person="anna", said="What do our rules say on prices?\nThanks\n")
    assert ran.returncode == 0, ran.stderr
    assert "searching the brand's rules..." in ran.stderr
    assert ran.stdout.count("Done.") == 2


def test_the_demo_runs_unattended_and_starts_afresh(program: Program) -> None:
    ran = program.run("demo")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    *_, last = ran.stdout.splitlines()
    assert last.startswith("demo: drafts=2 published=2 doubtful=0 model=fake seconds=")
    for said in (
        *TEXTS.values(),
        "Follows rule: [",
        "Signed by the demo approver",
        "likes",
        "signed by demo over cli",
    ):
        assert said in ran.stdout, said

    # What it tells people to type works.
    typed = next(line.strip() for line in ran.stdout.splitlines() if line.strip().endswith(" queue"))
    assert typed.startswith("python -m bot --home ")
    assert any(line.strip().endswith(" demo --desk") for line in ran.stdout.splitlines())
    ran = program.run(*typed.split()[3:], "--json")
    assert [i["state"] for i in json.loads(ran.stdout)["items"]] == ["live", "live"]

    ran = program.run("--lang", "zh", "demo")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "从头开始：删除上次演示留在" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("demo: drafts=2 published=2 doubtful=0")


def signs_in(link: str) -> httpx.Response:
    """Use a one-time link as a browser does; return the first page."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        address = urlsplit(link)
        origin = f"{address.scheme}://{address.netloc}"
        token = parse_qs(address.query)["token"][0]
        return browser.post(f"{origin}/enter", data={"token": token}, headers={"origin": origin})


def until_the_desk_is_shown(program: Program, *argv: str, stdin: int | None = None) -> list[str]:
    """Run the program, sign in by the link that it prints, press Ctrl-C; return what it said."""
    with subprocess.Popen(
        program.command(*argv), cwd=program.folder, env={**program.env, "PYTHONUNBUFFERED": "1"}, stdin=stdin,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as shown:  # fmt: skip
        assert shown.stdout is not None
        said: list[str] = []
        try:
            for raw in shown.stdout:
                said.append(raw.decode())
                if "/enter?token=" in said[-1]:
                    page = signs_in(said[-1].strip())
                    assert page.status_code == 200
                    assert "Demo approver" in page.text
                if said[-1].startswith("The worker runs."):
                    shown.send_signal(signal.SIGINT)
        finally:
            shown.kill()
    assert shown.returncode == 0, "".join(said)
    assert any("/enter?token=" in line for line in said), "".join(said)
    return said


def test_a_demo_with_somebody_there_ends_at_the_desk(program: Program) -> None:
    ran = program.run("demo", "--desk")
    assert ran.returncode == 4
    assert "signoff demo" in ran.stderr
    theirs, ours = pty.openpty()
    os.write(theirs, b"a\na\n")
    said = until_the_desk_is_shown(program, "demo", stdin=ours)
    os.close(theirs)
    os.close(ours)
    sums = next(n for n, line in enumerate(said) if line.startswith("demo: drafts=2 published=2 doubtful=0"))
    assert any("/enter?token=" in line for line in said[sums:])
    # What it tells people to type shows the desk again.
    typed = next(line.strip() for line in said if line.strip().endswith(" demo --desk"))
    until_the_desk_is_shown(program, *typed.split()[3:])


def test_the_demo_never_removes_a_folder_that_is_not_its_own(program: Program) -> None:
    mine = program.folder / "home" / "demo"
    mine.mkdir(parents=True)
    (mine / "holiday.txt").write_text("keep", encoding="utf-8")
    ran = program.run("demo")
    assert ran.returncode == 2
    assert (mine / "holiday.txt").exists()
    assert ran.stdout.splitlines()[-1].startswith("demo: drafts=0 published=0 doubtful=0 model=none")


def test_without_a_model_the_demo_says_what_to_set(program: Program) -> None:
    program.env |= {"SIGNOFF_LLM_BASE_URL": "", "SIGNOFF_MODEL_FILE": "/nowhere/model.gguf"}
    ran = program.run("demo")
    assert ran.returncode == 8
    assert ran.stdout.splitlines()[-1].startswith("demo: drafts=0 published=0 doubtful=0 model=none")
    assert ran.stderr.strip()
    assert "Traceback" not in ran.stderr


def test_a_running_worker_takes_what_is_signed_and_ends_in_order(program: Program) -> None:
    program.run("learn", BRAND)
    draft = program.json("draft", "Autumn Oolong 2026", "--account", "sandbox:main", person="anna")["drafts"][0]
    with subprocess.Popen(
        program.command("serve"), cwd=program.folder, env=program.env, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as worker:  # fmt: skip
        assert worker.stdout is not None
        said = []
        try:
            for line in worker.stdout:
                said.append(line)
                if line.startswith("The worker runs."):
                    ran = program.run("approve", draft["draft_id"], "--yes", person="demo")
                    assert ran.returncode == 0, ran.stderr
                    assert "No worker is running" not in ran.stdout
                if "live  sandbox://" in line:
                    worker.send_signal(signal.SIGTERM)
        finally:
            worker.kill()
    assert worker.returncode == 0, "".join(said)
    assert said[0].startswith("Serving Lumen Tea: the worker.")
    assert said[-1] == "The worker has stopped.\n"


def test_a_killed_worker_leaves_nothing_that_a_second_one_repeats(program: Program) -> None:
    program.run("learn", BRAND)
    draft = program.json("draft", "Autumn Oolong 2026", "--account", "sandbox:main", person="anna")["drafts"][0]
    program.run("approve", draft["draft_id"], "--yes", person="demo")
    slow = {**program.env, "SIGNOFF_PLATFORMS__SANDBOX__MAIN__LATENCY": "3"}
    with subprocess.Popen(program.command("worker"), cwd=program.folder, env=slow, stdout=subprocess.DEVNULL) as worker:
        until = time.monotonic() + 60
        while program.json("queue")["items"][0]["state"] != "doubtful" and time.monotonic() < until:
            time.sleep(0.1)
        worker.kill()
    until = time.monotonic() + 60
    while (item := program.json("queue")["items"][0])["state"] != "live" and time.monotonic() < until:
        program.run("worker", "--once")
    assert item["state"] == "live"
    attempts = program.json("audit", draft["draft_id"])["posts"][0]["attempts"]
    assert [a["outcome"] for a in attempts][-1] == "live"


def test_doctor_says_what_is_missing(program: Program) -> None:
    program.run("learn", BRAND)
    ran = program.run("doctor", "--json", person="demo")
    assert ran.returncode == 3
    checks = {c["name"]: c for c in json.loads(ran.stdout)["checks"]}
    assert checks["model"]["ok"]
    assert checks["you"]["ok"]
    assert checks["worker"]["ok"], "nothing waits to be sent, so none is missed"
    assert any(name.startswith("bluesky:main") and not c["ok"] for name, c in checks.items())
    assert all(c["fix"] for c in checks.values() if not c["ok"])
