"""What the connected model's texts are worth: sixty briefs in two languages, marked by code.

Every brief is written on an empty desk in a temporary home, so nothing is left on yours. Goals: every text has the
form of its kind and the length its place takes, and no broken hard rule goes unmarked.

A small model takes about an hour. With --out, finished briefs are kept as they come, and --resume goes on from there.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.agent.models import ConnectedModel
    from bot.evaluation.measuring import Place
    from bot.evaluation.results import Results

F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def _file(name: str, help: str) -> Callable[[F], F]:
    return click.option(name, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help=help)


@click.command()
@_file("--briefs", "Your own briefs, for your own brand; otherwise Signoff's, for the example brand.")
@click.option("--only", multiple=True, metavar="KIND|ID", help="Only briefs of this kind or id; may be repeated.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many briefs.")
@click.option("--model", type=click.Choice(["perfect"]),
              help="`perfect`: not the connected model, but good answers to Signoff's own briefs.")  # fmt: skip
@_file("--out", "Keep the results in this JSON file, brief by brief.")
@click.option(
    "--resume", is_flag=True, help="Go on with the file of --out: briefs that are done are not written again."
)
@options.force
@click.option("--table", is_flag=True, help="Print the recorded results as in docs/models.md, and measure nothing.")
@options.as_json
@click.pass_context
def command(
    context: click.Context, briefs: Path | None, only: tuple[str, ...], limit: int | None, model: str | None,
    out: Path | None, resume: bool, force: bool, table: bool, as_json: bool,
) -> None:  # fmt: skip
    """Measure the drafts."""
    from bot.evaluation import briefs as given
    from bot.evaluation import measuring, results

    if table:
        click.echo(results.tables(results.recorded()), nl=False)
        return
    if resume and out is None:
        raise BadInput(say("--resume needs the file to go on with."), next_step=say("Name it with --out."))
    if out is not None and out.exists() and not (resume or force):
        raise BadInput(
            say("{file} is there already.", file=out), next_step=say("Go on with it by --resume, or add --force.")
        )
    session: Session = context.find_object(Session) or Session()
    wanted = given.load(briefs) if briefs else given.load()
    some = measuring.chosen(wanted.briefs, only, limit)
    settings = session.settings()
    folder = measuring.folder_of(settings) if briefs else measuring.EXAMPLE
    with ExitStack() as stack:
        place = stack.enter_context(measuring.place(settings, folder))
        measuring.usable(some, place.brand)
        writer = _writer(stack, place, model, wanted.briefs)
        found = _started(out if resume else None, writer)
        left = [b for b in some if not found.has(b)]
        if len(left) < len(some) and not as_json:
            click.echo(say("{n} of {of} briefs are done already.", n=len(some) - len(left), of=len(some)))
        tell = stack.enter_context(session.telling()) if sys.stderr.isatty() else None
        for n, made in enumerate(measuring.measure(place, wanted, left, writer, tell), len(some) - len(left) + 1):
            row = found.add(made, place.now())
            found.sort(wanted.briefs)
            if out is not None:
                found.save(out)
            if not as_json:
                click.echo(f"{n}/{len(some)}  {made.brief.id}  {made.seconds:.0f} s  {_verdict(row)}")
    ids = {b.id for b in some}
    found.rows = [r for r in found.rows if r["id"] in ids]
    if as_json:
        screen.emit({"ok": found.met, "line": found.line, "totals": found.totals, "rows": found.rows})
    else:
        _table(found)
        click.echo(found.line)
    context.exit(0 if found.met else 1)


def _writer(stack: ExitStack, place: Place, model: str | None, briefs: Any) -> ConnectedModel:
    if model:
        from bot.evaluation import perfect

        return perfect.connected(briefs)
    from bot.app import App
    from bot.surfaces.cli.progress import Progress

    progress = Progress()
    stack.callback(progress.close)
    return stack.enter_context(App(place.settings, progress=progress)).model()


def _started(file: Path | None, writer: ConnectedModel) -> Results:
    """Return the results to go on with: those of a file, or none yet. Raises BadInput for another model's."""
    from bot.evaluation import results

    if file is None or not file.exists():
        return results.Results(writer.name, writer.strategy, results.machine())
    found = results.load(file)
    if found.model != writer.name:
        raise BadInput(
            say("{file} is of another model: {model}.", file=file, model=found.model),
            next_step=say("Choose another file for --out."),
        )
    return found


def _verdict(row: Mapping[str, Any]) -> str:
    """Say in a few words what is good or bad about what was written."""
    if row["good"]:
        return say("good")
    said = [
        (row["failed"], say("failed: {why}", why=row["failed"])),
        (row["pieces"] and not row["schema"], say("not in its form")),
        (row["pieces"] and not row["length"], say("too long")),
        (row["pieces"] and not row["language"], say("wrong language")),
        (row["lacks"], say("lacks {what}", what=", ".join(row["lacks"]))),
        (row["invented"], say("invents {what}", what=", ".join(row["invented"]))),
        (row["repeated"], say("says twice: {what}", what=" / ".join(row["repeated"]))),
        (row["pieces"] and row["cites"] and not row["cited"], say("does not cite the right rule")),
        (row["broken"], say("breaks {what}", what=", ".join(row["broken"]))),
        (row["unmarked"], say("and nobody is told of {what}", what=", ".join(row["unmarked"]))),
        (row["blocked"] and not row["broken"], say("held back: {what}", what="; ".join(row["blocked"]))),
        (row["different"] is False, say("the versions are alike")),
    ]
    return "; ".join(text for true, text in said if true)


def _table(found: Results) -> None:
    from bot.evaluation import results

    heads = [
        say("kind"),
        say("good"),
        "",
        say("form"),
        say("length"),
        say("says"),
        say("cites"),
        say("invents"),
        say("seconds"),
    ]
    rows = []
    for kind, some in results.by_kind(found.rows).items():
        t = results.totals(some)
        rows.append([
            kind, f"{t['good']}/{len(some)}", results.bar(t["good"], len(some)), t["schema"], t["length"], t["said"],
            t["cited"], str(t["invented"]), f"{t['seconds'] / len(some):.0f}",
        ])  # fmt: skip
    click.echo()
    screen.columns([heads, *rows], indent="")
    click.echo()
