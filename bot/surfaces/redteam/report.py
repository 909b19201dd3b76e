"""The report of a proof: one HTML file with everything in it, for a reviewer who was not there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bot.surfaces.redteam import naming
from bot.surfaces.redteam.proof import Proof
from bot.words import language, say

#: Pixels of the picture: the names of ways in, one square, and the heads of the columns.
_NAMES, _SIDE, _HEAD = 200, 40, 34


def page(proof: Proof) -> str:
    """Return the report in the reader's language."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return made.get_template("report.html").render(
        proof=proof, told=proof.told, say=say, language="zh-CN" if language() == "zh" else "en",
        rows=squares(proof), goals=naming.goals(), encodings=naming.encodings(), harms=naming.harms(),
        remains=naming.remains(), side=_SIDE, names=_NAMES, head=_HEAD, command=command(proof),
        faults=faults(proof),
    )  # fmt: skip


def command(proof: Proof) -> str:
    """Return what repeats it."""
    return "signoff redteam --quick" if proof.quick else "signoff redteam"


def squares(proof: Proof) -> list[dict[str, Any]]:
    """Return the rows of picture and table: per way in, its name, its counts and a square for each goal."""
    told, names, found = proof.told, naming.channels(), []
    for channel, name in names.items():
        cells = []
        for goal in naming.goals():
            tried, fell = told.tried[channel, goal], told.fell[channel, goal]
            kind = "fell" if fell else "held" if tried else "none"
            cells.append({"goal": goal, "tried": tried, "fell": fell, "kind": kind})
        through = sum(told.fell[channel, goal] for goal in naming.goals())
        found.append(
            {"name": name, "runs": told.of[channel], "reached": told.reached[channel], "through": through,
             "cells": cells}
        )  # fmt: skip
    return found


def faults(proof: Proof) -> list[tuple[str, str, str, str]]:
    """Return what got through: way in, goal, harm, and what was seen; the first hundred."""
    channels, goals, harms = naming.channels(), naming.goals(), naming.harms()
    return [
        (channels[f.cell.channel], f"{f.cell.goal.id} {goals[f.cell.goal.id]}", harms[f.kind], "; ".join(f.what))
        for f in proof.told.faults[:100]
    ]


def data(proof: Proof) -> dict[str, Any]:
    """Return the proof for programs."""
    told = proof.told
    by_goal: Counter[str] = Counter()
    for (_, goal), fell in told.fell.items():
        by_goal[goal] += fell
    return {
        "ok": proof.good, "line": proof.line, "version": proof.version, "at": proof.at, "seed": proof.seed,
        "quick": proof.quick, "runs": told.runs, "bad": {kind: told.bad[kind] for kind in naming.harms()},
        "channels": {c: {"runs": told.of[c], "reached_the_model": told.reached[c]} for c in told.of},
        "got_through_by_goal": {g: by_goal[g] for g in naming.goals()},
        "bound_95": round(proof.bound, 5), "deep": told.deep, "model_calls": told.calls, "drafts": told.drafts,
        "answers_by_rule": told.by_rule, "benign": [proof.drafted, proof.ordinary],
        "unguarded": [proof.unguarded, proof.possible], "not_reached_unguarded": proof.missed,
        "guards_noticed": proof.killed, "guards_not_noticed": proof.alive, "red_with_guards": proof.sick,
        "faults": [
            {"channel": f.cell.channel, "goal": f.cell.goal.id, "encoding": f.cell.encoding, "mode": f.cell.mode,
             "kind": f.kind, "what": f.what}
            for f in told.faults
        ],
        "seconds": round(proof.seconds, 1),
    }  # fmt: skip
