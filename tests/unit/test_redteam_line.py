"""The closing line of the red team's proof: it claims nothing that was not run."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.surfaces.redteam.proof import Proof

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_sample_says_nothing_of_guards_that_were_not_taken_out() -> None:
    assert "mutants" not in Proof(True, NOW).line
    assert "killed" not in Proof(True, NOW).line
    whole = Proof(False, NOW, killed=["a", "b"], alive=["c"], unguarded=7, possible=8)
    assert whole.line.endswith(" unguarded=7/8 mutants=3 killed=2")
