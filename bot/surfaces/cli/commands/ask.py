"""Answer a question from the brand's rules.

The answer names the rules that it rests on; where the rules say nothing, it says so.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("question")
@options.as_json
@click.pass_obj
def command(session: Session, question: str, as_json: bool) -> None:
    """Ask the rules."""
    with session.open_app() as app:
        from bot import writing

        told = writing.ask(app, question, app.settings.operator)
    if as_json:
        screen.emit({
            "question": question, "answer": told.answer.text, "known": told.answer.known, "rules": told.rules,
            "run": told.run_id,
        })  # fmt: skip
        return
    click.echo(told.answer.text)
    if told.rules:
        screen.heading(say("It rests on"))
        for rule in told.rules:
            place = f" ({rule.file}:{rule.line})" if rule.file else ""
            click.echo(f"  [{rule.id}] {rule.text}{place}")
