"""A text's score in the terminal: a bar for each part, before and after, and what changed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInput, NotFound
from bot.surfaces.cli import screen
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.insight.score import Report
    from bot.writing.aim import Wanted
    from bot.writing.optimise import Optimised, Text

#: Cells of a bar.
WIDTH = 20


def find(app: App, given: str, wanted: Wanted) -> Text:
    """Return the text a person named: standard input, a file, a draft or a document. Raises NotFound, BadInput."""
    from bot import evidence
    from bot.writing import optimise

    if given == "-":
        return optimise.from_text(app, _decoded(sys.stdin.read), wanted)
    file = Path(given).expanduser()
    if file.is_file():
        return optimise.from_text(app, _decoded(lambda: file.read_text(encoding="utf-8")), wanted)
    if "." in given or "/" in given:
        raise NotFound(say("There is no file {file}.", file=given))
    try:
        return optimise.from_draft(app, evidence.find_draft(app, given), wanted)
    except NotFound as error:
        try:
            return optimise.from_document(app, given, wanted)
        except NotFound:
            raise NotFound(
                say("{given} is no file, no draft and no document.", given=repr(given)), next_step=error.next_step
            ) from None


def _decoded(read: Any) -> str:
    try:
        text: str = read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or say("it is not UTF-8 text")
        raise BadInput(say("The text cannot be read: {why}.", why=why)) from None
    return text


def as_data(done: Optimised) -> dict[str, Any]:
    """Return what `--json` prints."""
    goal = done.text.goal
    return {
        "id": done.text.id, "kind": goal.kind, "language": goal.language, "account": done.text.account,
        "before": _report(done.before), "after": _report(done.after) if done.after else None,
        "text": "\n\n".join(done.parts) if done.parts else None, "parts": done.parts,
        "changes": done.changes, "citations": done.citations, "attempts": done.attempts, "notes": done.notes,
        "run": done.run_id, "applied": done.applied,
    }  # fmt: skip


def _report(report: Report) -> dict[str, Any]:
    return {"score": report.score, "parts": report.parts}


def show(app: App, done: Optimised) -> None:
    """Print the score, and the better wording where there is one."""
    from bot.checks.text import visible
    from bot.surfaces.cli import review
    from bot.writing import aim

    after = done.after
    click.secho(
        say("Score: {before} → {after} of 100", before=done.before.score, after=after.score)
        if after
        else say("Score: {score} of 100", score=done.before.score),
        bold=True,
    )
    rows = []
    for part in done.before.parts:
        later = after.part(part.name) if after else None
        number = f"{part.score:3} → {later.score}" if later else f"{part.score:3}"
        rows.append([aim.part_word(part.name), bar(part.score, later.score if later else None), number])
    screen.columns(rows)
    click.echo()
    for part in (after or done.before).parts:
        click.echo(screen.wrapped(visible(f"{aim.part_word(part.name)}: {part.why}")))
        if part.fix:
            click.secho(f"  → {visible(part.fix)}", fg="yellow")
    if after:
        screen.heading(say("Better wording"))
        click.echo(visible("\n\n".join(done.parts)))
        screen.heading(say("What changed"))
        click.echo("".join(_coloured(c.kind, visible(c.text)) for c in done.changes))
        if done.citations:
            click.echo(say("Facts drawn on: {rules}", rules=", ".join(done.citations)))
    elif done.attempts:
        click.echo()
        click.echo(say("The model found no better wording; what it tried was not taken:"))
        for attempt in done.attempts:
            click.echo(visible(f"  · {screen.short(attempt.text, 70)}\n    {' '.join(attempt.refused)}"))
    for note in done.notes:
        click.secho(retold(note), fg="yellow")
    if done.applied:
        review.proposed(app, done.applied)
    elif after and done.text.version:
        click.echo()
        stored = say("Nothing was stored: `signoff edit {draft}` takes a wording in, --apply does it at once.",
                     draft=done.text.id)  # fmt: skip
        click.echo(stored)


def bar(before: int, after: int | None = None) -> str:
    """Draw a score as a bar: full up to it, what was gained lighter, what was lost dotted."""
    old, new = (round(n * WIDTH / 100) for n in (before, before if after is None else after))
    return "█" * min(old, new) + "▓" * max(0, new - old) + "·" * max(0, old - new) + "░" * (WIDTH - max(old, new))


def _coloured(kind: str, text: str) -> str:
    if kind == "kept":
        return text
    signs, colour = (("[-", "-]"), "red") if kind == "gone" else (("{+", "+}"), "green")
    return click.style(f"{signs[0]}{text}{signs[1]}", fg=colour)
