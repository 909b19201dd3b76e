"""Answer a question from the brand's rules.

The answer names the rules that it rests on; where the rules say nothing, it says so. `--rules` only looks them up,
which needs no language model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.errors import ModelError
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.domain.brand import Rule
    from bot.writing import Near

#: Rules shown beside an answer, and by ``--rules``.
SHOWN = 5


@click.command()
@click.argument("question")
@click.option("--rules", "rules_only", is_flag=True, help="Only show the rules that fit best; ask no language model.")
@options.as_json
@click.pass_obj
def command(session: Session, question: str, rules_only: bool, as_json: bool) -> None:
    """Ask the rules."""
    with session.open_app() as app:
        from bot import writing

        if rules_only:
            near = writing.search(app, question, SHOWN)
            if as_json:
                screen.emit({"question": question, "retrieved": [_near(n) for n in near]})
            else:
                for n in near:
                    click.echo(f"{n.score:.2f}  {_line(n.rule)}")
            return
        found: list[Near] = []
        try:
            told = writing.ask(app, question, app.settings.operator, on_found=found.extend)
        except ModelError as error:
            if as_json:
                # What was found is of use without an answer, and the exit code still tells that there is none.
                screen.emit({
                    "question": question, "answer": None, "citations": [],
                    "retrieved": [_near(n) for n in found[:SHOWN]], "error": str(error),
                })  # fmt: skip
            raise
    if as_json:
        ranked = sorted(told.rules, key=lambda r: -told.score(r))
        screen.emit({
            "question": question, "answer": told.answer.text, "known": told.answer.known,
            "citations": [_cited(r, told.score(r)) for r in ranked],
            "retrieved": [_near(n) for n in told.near[:SHOWN]], "run": told.run_id,
        })  # fmt: skip
        return
    click.echo(told.answer.text)
    if told.rules:
        screen.heading(say("It rests on"))
        for rule in told.rules:
            click.echo(f"  {_line(rule)}")


def _line(rule: Rule) -> str:
    place = f" ({rule.file}:{rule.line})" if rule.file else ""
    return f"[{rule.id}] {rule.text}{place}"


def _cited(rule: Rule, score: float) -> dict[str, Any]:
    """Return a rule as programs read it: its id, the version of its words, its place, and how near it is."""
    return {
        "rule": rule.id, "version": rule.hash[:12], "file": rule.file, "line": rule.line, "score": round(score, 4),
    }  # fmt: skip


def _near(near: Near) -> dict[str, Any]:
    rule = near.rule
    return {**_cited(rule, near.score), "kind": rule.kind.value, "language": rule.language, "text": rule.text}
