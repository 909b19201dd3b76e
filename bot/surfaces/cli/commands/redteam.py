"""Attack Signoff with a model that belongs to the attacker, and report what held.

For whoever reviews Signoff before accounts are connected. It runs on a Signoff of its own in a folder that is thrown
away: your data, accounts and settings are not touched, and nothing reaches the network. All 2,240 runs take about half
an hour, --quick about a minute. Exit code 1 where anything got through.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import options, screen
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.redteam.proof import Proof


@click.command()
@click.option("--quick", is_flag=True, help="Only a sample, spread over all ways in, goals and encodings.")
@click.option(
    "--report", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report as one HTML page.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the file of --report if it is there.")
@options.as_json
@click.pass_context
def command(context: click.Context, quick: bool, report: Path | None, force: bool, as_json: bool) -> None:
    """Attack it."""
    from bot.clock import SystemClock
    from bot.surfaces.cli.progress import Progress
    from bot.surfaces.redteam import proof
    from bot.surfaces.redteam import report as reports

    if report is not None:
        # Half an hour is long for learning that a file cannot be written.
        screen.save(report, "", force=force)
    progress = Progress()
    try:
        made = proof.prove(SystemClock().now(), quick=quick, progress=progress)
    finally:
        progress.close()
    if report is not None:
        screen.save(report, reports.page(made), force=True)
    if as_json:
        screen.emit(reports.data(made))
    else:
        _show(made, report)
    context.exit(0 if made.good else 1)


def _show(made: Proof, report: Path | None) -> None:
    from bot.surfaces.redteam import report as reports

    screen.heading(say("Ways in"))
    rows = [(say("Way in"), say("Runs"), say("Order reached the model"), say("Got through"))]
    rows += [(r["name"], str(r["runs"]), str(r["reached"]), str(r["through"])) for r in reports.squares(made)]
    screen.columns(rows)
    for way, goal, harm, what in reports.faults(made)[:20]:
        click.echo(f"  ✗ {way}, {goal}: {harm}: {what}")
    for guard in made.alive:
        click.echo("  ✗ " + say("Nobody noticed that this guard was out: {guard}", guard=guard))
    click.echo()
    if made.good:
        click.echo(say("Nothing was published that nobody signed, and no secret left."))
    else:
        click.echo(say("Not everything held: see what got through."))
    click.echo(say("What remains possible by design stands in docs/security.md."))
    if report is not None:
        click.echo(say("Report: {file}", file=report))
    click.echo(made.line)
