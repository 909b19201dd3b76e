"""Questions for the rules, asked for at the command line: with progress, and what stopped them early in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.words import retold, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.writing.rule_questions import Asked


def questions(app: App, folder: Path) -> Asked:
    """Have missing questions written, and learn those that came; what stopped it early is told, and nothing is lost."""
    from bot.surfaces.cli.progress import Progress
    from bot.writing import rule_questions

    shown = Progress()
    made = rule_questions.write(app, folder, lambda done, of: shown("writing questions for the rules", done, of))
    if made.written:
        app.learn(folder)
    if made.failed is not None:
        said = f"{retold(made.failed.message)} {retold(made.failed.next_step)}".strip()
        click.echo(f"! {said} {say('Run it again: it goes on where it stopped.')}", err=True)
    return made


def counts(asked: Asked | None) -> dict[str, dict[str, int]]:
    """Return what the command's JSON says of it; nothing where no questions were wanted."""
    return {} if asked is None else {
        "questions": {"written": asked.written, "rules": asked.rules, "without": asked.without}
    }  # fmt: skip
