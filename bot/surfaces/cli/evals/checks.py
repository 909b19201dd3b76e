"""Good posts that the checks hold back, and faults that they miss.

200 clean and 200 seeded posts of four made-up brands, in English and Chinese. Goals: at most 2 % of the clean ones
held back, every fault that must never go out held back, at most 5 % of the others unseen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import options, screen
from bot.words import say

if TYPE_CHECKING:
    from bot.evaluation.checks import Report

DATA = Path(__file__).parents[4] / "tests" / "bench" / "data" / "checks"


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=False, metavar="DIR",
              help="Folder with brands.yaml, clean.yaml and seeded.yaml; otherwise Signoff's own.")  # fmt: skip
@options.as_json
@click.pass_context
def command(context: click.Context, data: Path, as_json: bool) -> None:
    """Measure the checks."""
    from bot.evaluation import checks

    report = checks.measure(*checks.load(data))
    if as_json:
        screen.emit({"ok": report.good, "line": report.line, "checks": report.tallies, "blocked": report.blocked})
    else:
        _table(report)
        click.echo(report.line)
    context.exit(0 if report.good else 1)


def _table(report: Report) -> None:
    from rich.cells import cell_len

    heads = (
        say("check"), say("faults"), say("missed"), say("must hold back"), say("let through"), say("at the words"),
        say("good posts held back"), say("good posts warned of"),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [heads]
    for name, t in report.tallies.items():
        pointed = f"{t.pointed}/{t.found}" if t.found else "-"
        counts = (len(t.missed), t.hard, len(t.hard_missed), pointed, len(t.clean_blocked), len(t.clean_warned))
        rows.append((name, str(t.seeded), *map(str, counts)))
    widths = [max(cell_len(row[n]) for row in rows) for n in range(len(heads))]
    for row in rows:
        click.echo("  ".join(cell + " " * (w - cell_len(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())
    for text, posts in (
        (say("Missed: {posts}"), report.missed),
        (say("Let through: {posts}"), report.hard_missed),
        (say("Good posts held back: {posts}"), report.blocked),
    ):
        if posts:
            click.echo(text.format(posts=", ".join(posts)))
