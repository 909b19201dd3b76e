"""The measure of the checks: it counts what it should, and the goals hold on Signoff's own corpora."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.domain.draft import Part
from bot.errors import BadInput, NotFound
from bot.evaluation import checks
from bot.surfaces.cli.group import program

DATA = Path(__file__).parents[1] / "bench" / "data" / "checks"


@pytest.mark.parametrize("folder", [DATA, DATA / "second"], ids=["first", "second"])
def test_the_goals_hold_and_the_program_says_so_in_its_last_line(folder: Path) -> None:
    ran = CliRunner().invoke(program(), ["eval", "checks", "--data", str(folder)])
    assert ran.exit_code == 0, ran.output
    *_, last = ran.output.strip().splitlines()
    assert last.startswith("checks: clean_blocked=0.0")
    assert " hard_missed=0 " in last


def test_what_is_held_back_missed_and_let_through_is_counted() -> None:
    clean, seeded = checks.load(DATA)
    assert len(clean) == len(seeded) == 200
    good = clean[0]
    bad = replace(good.subject, content=replace(good.subject.content, parts=(Part("See https://evil.example now"),)))
    fault = next(p for p in seeded if p.violates == "links" and p.hard)
    harmless = replace(fault, id="harmless", subject=good.subject)
    report = checks.measure([good, replace(good, id="bad", subject=bad)], [fault, harmless])
    assert report.blocked == ("bad",)
    assert report.missed == ("harmless",)
    assert report.hard_missed == ("harmless",)
    assert not report.good
    assert report.tallies["links"].found == report.tallies["links"].pointed == 1
    assert report.line.startswith("checks: clean_blocked=0.500 seeded_missed=0.500 hard_missed=1 ")


def test_a_folder_without_corpora_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"brands\.yaml"):
        checks.load(tmp_path)
    (tmp_path / "brands.yaml").write_text("brands: 3", encoding="utf-8")
    with pytest.raises(BadInput):
        checks.load(tmp_path)
