"""What a run over the briefs brought, as a file, as one line of figures, and as a table for the documentation."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.evaluation.briefs import Brief
from bot.evaluation.marking import Mark
from bot.words import say

#: Raise it when a mark comes to mean something else: files with another one are not continued.
FORMAT = 1
#: Where results that the documentation shows are kept.
RECORDED = Path(__file__).resolve().parents[2] / "tests" / "bench" / "results"


@dataclass
class Results:
    """One model's marks, brief by brief, as they stand in a file."""

    model: str
    strategy: str
    machine: str
    #: When the last brief was finished, ISO 8601.
    when: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Any]:
        return totals(self.rows)

    @property
    def met(self) -> bool:
        """Whether every goal holds: schema and length everywhere, and no hard break that nobody is told of."""
        found = self.totals
        return bool(found["schema"] == found["length"] == "1.00" and found["hard_breaks_unmarked"] == 0)

    @property
    def line(self) -> str:
        """The closing line."""
        return " ".join([f"drafts: model={tidy(self.model)}", *(f"{k}={v}" for k, v in self.totals.items())])

    def has(self, brief: Brief) -> bool:
        """Say whether this very brief is done."""
        return any(row["id"] == brief.id and row["brief"] == digest(brief) for row in self.rows)

    def add(self, made: Mark, when: datetime) -> dict[str, Any]:
        """Take a mark in, in place of an older one of the same brief; return its row."""
        row = record(made)
        self.rows = [r for r in self.rows if r["id"] != row["id"]] + [row]
        self.when = when.isoformat(timespec="seconds")
        return row

    def sort(self, briefs: Sequence[Brief]) -> None:
        """Put the rows into the order of the briefs; what these do not have comes last."""
        order = {b.id: n for n, b in enumerate(briefs)}
        self.rows.sort(key=lambda r: order.get(r["id"], len(order)))

    def save(self, path: Path) -> None:
        """Write the file as a whole, so that a run that is cut off leaves a good one. Raises BadInput."""
        fresh = path.with_name(f".{path.name}.new")
        body = {"format": FORMAT, **asdict(self), "line": self.line}
        try:
            fresh.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            raise BadInput(
                say("{file} cannot be written: {why}.", file=path, why=error.strerror or error),
                next_step=say("Choose another folder."),
            ) from None


def load(path: Path) -> Results:
    """Read a file of results. Raises BadInput."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise KeyError("format")
        return Results(body["model"], body["strategy"], body["machine"], body["when"], body["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            say("{file} holds no results that can be used: {why}.", file=path, why=error),
            next_step=say("Choose another file for --out."),
        ) from None


def digest(brief: Brief) -> str:
    """Return what changes when a brief does."""
    return hashlib.sha256(repr(brief).encode()).hexdigest()[:12]


def record(made: Mark) -> dict[str, Any]:
    """Return a mark as a row of the file: what was written stands in it, for people to read."""
    pieces = [{"texts": p.texts, "citations": p.citations, "notes": p.notes} for p in made.pieces]
    held = sorted({f"{f.check}: {f.message}" for f in made.held})
    return {
        "id": made.brief.id, "kind": made.brief.kind, "brief": digest(made.brief), "good": made.good,
        "failed": made.failed, "schema": made.schema, "length": made.length, "language": made.language,
        "said": round(made.said, 3), "lacks": made.lacks, "invented": made.invented, "repeated": made.repeated,
        "cites": bool(made.brief.cites), "cited": made.cited, "facts": made.facts, "supported": made.supported,
        "broken": made.broken, "unmarked": made.unmarked, "blocked": held, "different": made.different,
        "seconds": round(made.seconds, 1), "tokens": made.tokens, "usd": round(made.usd, 6), "pieces": pieces,
    }  # fmt: skip


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures over some rows: shares are of all briefs, where nothing else is said.

    Length and language: of those that brought a text. Cited: of those that have a right rule. Supported: of the facts
    that were cited. Different: of those with several versions.
    """
    written, citing = [r for r in rows if r["pieces"]], [r for r in rows if r["cites"]]
    several = [r for r in rows if r["different"] is not None]
    return {
        "briefs": len(rows),
        "schema": share(sum(r["schema"] for r in rows), len(rows)),
        "length": share(sum(r["length"] for r in written), len(written)),
        "hard_breaks_unmarked": sum(len(r["unmarked"]) for r in rows),
        "cited": share(sum(r["cited"] for r in citing), len(citing)),
        "supported": share(sum(r["supported"] for r in rows), sum(r["facts"] for r in rows)),
        "said": share(sum(r["said"] for r in rows), len(rows)),
        "invented": sum(bool(r["invented"]) for r in rows),
        "language": share(sum(r["language"] for r in written), len(written)),
        "different": share(sum(r["different"] for r in several), len(several)),
        "good": sum(r["good"] for r in rows),
        "failed": sum(bool(r["failed"]) for r in rows),
        "seconds": round(sum(r["seconds"] for r in rows)),
        "tokens": sum(sum(r["tokens"]) for r in rows),
        "usd": f"{sum(r['usd'] for r in rows):.4f}",
    }


def share(part: float, whole: float) -> str:
    """Write a share with two decimals, never rounded up; ``-`` of nothing."""
    return f"{math.floor(part / whole * 100 + 1e-9) / 100:.2f}" if whole else "-"


def bar(part: int, whole: int, width: int = 10) -> str:
    """Draw a share; full only when all of it is there."""
    filled = part * width // whole if whole else 0
    return "█" * filled + "░" * (width - filled)


def by_kind(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Sort rows by the kind of what was written, in the order of the briefs."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["kind"], []).append(row)
    return found


def tidy(name: str) -> str:
    """Return a model's name as one word."""
    return re.sub(r"\s+", "_", name)


def machine() -> str:
    """Name the processor of this machine, and how many of it there are."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8", errors="replace"), re.M)
        name = found[1].strip() if found else name
    return f"{os.cpu_count()} x {name}"


def tables(found: Sequence[Results]) -> str:
    """Return Markdown for docs/models.md: a table over the models, and one by kind for each."""
    heads = "briefs schema length hard_breaks_unmarked cited supported said invented language different good".split()
    lines = ["| model | " + " | ".join(h.replace("_", " ") for h in heads) + " | seconds each | tokens each | USD |"]
    lines.append("|---|" + "---:|" * (len(heads) + 3))
    for one in found:
        t = one.totals
        each = f"{t['seconds'] / max(1, t['briefs']):.0f} | {t['tokens'] // max(1, t['briefs'])}"
        lines.append(f"| {one.model} | " + " | ".join(str(t[h]) for h in heads) + f" | {each} | {t['usd']} |")
    for one in found:
        lines += ["", f"### {one.model}", "", f"{one.when[:10]}, {one.machine}, tools: {one.strategy}.", ""]
        lines += ["| kind | good | | said | cited | invented | seconds each |", "|---|---:|---|---:|---:|---:|---:|"]
        for kind, rows in by_kind(one.rows).items():
            t = totals(rows)
            each = f"{t['seconds'] / len(rows):.0f}"
            cells = [kind, f"{t['good']} of {len(rows)}", bar(t["good"], len(rows))]
            cells += [str(t[name]) for name in ("said", "cited", "invented")]
            lines.append(f"| {' | '.join([*cells, each])} |")
        lines += ["", f"`{one.line}`"]
    return "\n".join(lines) + "\n"


def recorded(folder: Path = RECORDED) -> list[Results]:
    """Return the results that the documentation shows, the perfect writer first. Raises BadInput."""
    found = [load(path) for path in sorted(folder.glob("drafts-*.json"))]
    return sorted(found, key=lambda r: (-r.totals["good"], r.model))
