"""`signoff ideas`, and campaigns, on the command line: words in both languages, JSON, commands that work as printed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import words
from bot.agent.models import Abilities, ConnectedModel
from bot.agent.scripted import ScriptedChatModel
from bot.app import App
from bot.clock import FixedClock
from bot.surfaces.cli import main
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests.unit.test_campaign import BRIEF, IDEAS, TEXTS, Writer
from tests.unit.test_ideas import FACTS, brand
from tests.world import World

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in a home with the test brand, a fixed clock and a model that knows its part."""
    home, clock = tmp_path / "home", FixedClock()
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as made:
        made.learn(brand())
    memory = InMemory()
    memory.learn("lumen", "1", [MemoryItem(r.id, r.text, kind=r.kind.value, language=r.language) for r in FACTS])
    monkeypatch.setattr("bot.app.SystemClock", lambda: clock)
    monkeypatch.setattr(App, "memory", memory)
    script = ScriptedChatModel(script=[Writer(IDEAS, TEXTS)] * 60)
    model = ConnectedModel("scripted", "", "native", Abilities(True, True, ("en", "zh")), lambda: script)
    monkeypatch.setattr(App, "model", lambda self: model)
    monkeypatch.setenv("LANGUAGE", "en")
    words._catalogue = None

    def call(*argv: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), "--as", "anna", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    words._catalogue = None


def test_ideas_are_printed_with_the_command_that_drafts_them(run: Run) -> None:
    code, out, _ = run("ideas", "--no-model", "--n", "3")
    assert code == 0
    assert out.count("Why now") == out.count("When") == 3
    printed = [line.split("Draft it", 1)[1] for line in out.splitlines() if "Draft it" in line]
    argv = shlex.split(printed[0])
    at = argv[argv.index("draft") :]
    assert at[2] == "--account"
    assert at[4] == "--at"


def test_ideas_in_chinese_have_no_english_left(run: Run) -> None:
    code, out, _ = run("ideas", "--no-model", "--n", "5", "--account", "sandbox:cn", "--lang", "zh")
    assert code == 0
    for line in (line for line in out.splitlines() if "为什么是现在" in line):
        assert not any(word in line for word in ("the", "posts", "Nothing", "days"))
    assert "11月" in out


def test_ideas_as_json_have_figures_and_shares(run: Run) -> None:
    code, out, _ = run("ideas", "--no-model", "--json", "--days", "40")
    found = json.loads(out)
    assert code == 0
    assert (found["from"], found["to"], found["model"]) == ("2026-11-22", "2026-12-31", "")
    assert {s["id"] for s in found["pillars"]} == {"craft", "brewing", "shop"}
    assert [w["on"] for w in found["warnings"]] == ["2026-12-13"]
    assert all(i["figures"] and i["why"] and i["command"] for i in found["ideas"])


def test_an_account_that_is_none_is_one_sentence(run: Run) -> None:
    code, _, err = run("ideas", "--account", "sandbox:nobody")
    assert code == 4
    assert "sandbox:nobody" in err


def test_a_campaign_is_planned_shown_and_listed(run: Run) -> None:
    code, out, err = run("draft", BRIEF, "--kind", "campaign", "--account", "sandbox:main", "--posts", "3")
    assert code == 0, err
    assert out.count("waits for a signature") >= 3
    assert "# Winter tastings" in out
    [line] = [x for x in run("documents", "--kind", "campaign")[1].splitlines() if "winter-tastings" in x]
    plan = line.split()[0]
    code, out, _ = run("campaign", plan[:6])
    assert code == 0
    assert out.count("waits for a signature") == 3
    code, _, err = run("campaign", plan, "--post", "2")
    assert code == 5
    assert "drafted already" in err


@pytest.mark.parametrize(
    "argv",
    [("--posts", "3", "--account", "sandbox:main"), ("--kind", "campaign", "--days", "3"), ("--start", "2026-12-01")],
)
def test_what_only_a_campaign_has_is_refused_elsewhere(run: Run, argv: tuple[str, ...]) -> None:
    code, _, err = run("draft", BRIEF, *argv)
    assert code == 2
    assert "for a campaign on accounts" in err


def test_a_start_that_is_no_date(run: Run) -> None:
    code, _, err = run("draft", BRIEF, "--kind", "campaign", "--account", "sandbox:main", "--start", "tomorrow")
    assert code == 2
    assert "Write it as 2026-11-30." in err
