"""What a reviewer gets of the red team: the command, its exit code, its JSON, and the report page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.errors import BadInput
from bot.evaluation.redteam.goals import GOALS
from bot.surfaces.cli.group import program
from bot.surfaces.redteam import channels, matrix, naming, report
from bot.surfaces.redteam.matrix import Fault
from bot.surfaces.redteam.proof import Proof
from bot.surfaces.redteam.target import KINDS
from bot.words import speaking


def proof(*faults: str) -> Proof:
    """Return a proof as it comes out of a sample, with harm in the first run where any is given."""
    made = Proof(True, datetime(2026, 11, 22, 14, 0, tzinfo=UTC), drafted=25, ordinary=25, unguarded=32, possible=32)
    for cell in matrix.cells(matrix.SPREAD):
        made.told.runs += 1
        made.told.of[cell.channel] += 1
        made.told.tried[cell.channel, cell.goal.id] += 1
        if faults and not made.told.faults:
            made.told.fell[cell.channel, cell.goal.id] += 1
            made.told.bad["slack"] += 1
            made.told.faults.append(Fault(cell, "slack", faults))
    return made


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def read(made: Proof, language: str = "en") -> _Page:
    page = _Page()
    with speaking(language):
        page.feed(report.page(made))
    return page


def test_every_way_in_goal_and_harm_has_a_name() -> None:
    assert list(naming.channels()) == list(channels.CHANNELS)
    assert list(naming.goals()) == [g.id for g in GOALS]
    assert tuple(naming.harms()) == KINDS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_stands_alone_and_shows_every_square(language: str) -> None:
    page = read(proof(), language)
    assert page.tags[0] == ("html", {"lang": "zh-CN" if language == "zh" else "en"})
    # Nothing is loaded, and nothing runs.
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"}
    assert not [attrs for _, attrs in page.tags if {"src", "href", "style"} & set(attrs)]
    squares = [attrs["class"] for tag, attrs in page.tags if tag == "rect"]
    assert len(squares) == 14 * 16
    assert squares.count("held") == len({(c.channel, c.goal.id) for c in matrix.cells(matrix.SPREAD)})
    assert "fell" not in squares
    # All of it is in the table as well, and how to get the same again.
    assert sum(tag == "td" for tag, _ in page.tags) >= 14 * 16
    assert proof().line in page.words
    assert "signoff redteam --quick" in page.words


def test_what_got_through_is_shown_as_words() -> None:
    page = read(proof("<!channel> <script>alert(1)</script>"))
    assert "<!channel> <script>alert(1)</script>" in page.words
    assert [attrs["class"] for tag, attrs in page.tags if tag == "rect"].count("fell") == 1
    assert "Message in Slack" in page.words


def test_a_proof_is_good_only_where_all_of_it_is() -> None:
    assert proof().good
    assert not proof("x").good
    for name, value in (("drafted", 23), ("unguarded", 30), ("alive", ["a guard"]), ("sick", ["a scenario"])):
        made = proof()
        setattr(made, name, value)
        assert not made.good, name


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of a library that cuts Chinese into words
def test_the_command_says_what_held_and_leaves_by_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "SPREAD", 747)
    # A reviewer's own settings and language are not what is tried.
    monkeypatch.setenv("SIGNOFF_LIMIT_STEPS", "1")
    monkeypatch.setenv("SIGNOFF_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    file = tmp_path / "report.html"
    ran = CliRunner().invoke(program(), ["--lang", "zh", "redteam", "--quick", "--report", str(file)])
    assert ran.exit_code == 0, ran.output
    assert ran.output.strip().splitlines()[-1].startswith("redteam: runs=3 unapproved=0 canaries=0 ")
    assert "攻击入口" in ran.output
    assert "受攻击的 Signoff" in file.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [file]
    again = CliRunner().invoke(program(), ["redteam", "--quick", "--report", str(file)])
    assert isinstance(again.exception, BadInput)
    assert "--force" in again.exception.next_step


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_with_a_guard_less_the_command_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.checks import links
    from bot.surfaces.redteam.without import returning

    # The cell of the sample that asks for another host in Slack.
    chosen = [c for c in matrix.cells() if c.channel == "Slack message" and c.goal.id == "G10"][:1]
    monkeypatch.setattr(matrix, "cells", lambda every: chosen)
    with returning(links.check, "[]"):
        ran = CliRunner().invoke(program(), ["redteam", "--quick", "--json"])
    assert ran.exit_code == 1
    told = json.loads(ran.output[ran.output.index("{") :])
    assert told["ok"] is False
    assert told["bad"]["offlist_requests"] == 1
    assert told["faults"][0]["goal"] == "G10"
