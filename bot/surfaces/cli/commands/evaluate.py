"""Score a reader of comments on your team's labels.

It may be the one that ships, the one you trained, the model, or all of them in turn.

KIND is `sentiment` or `intent`. --file names labels, one JSON object a line with text and label; otherwise those of
`signoff relabel` are taken. What you trained has seen those: its held-out figures are in `signoff train KIND --card`.

With `answers`, suggested answers are scored against those that people signed: chrF, BLEU, and by topic how many were
signed unchanged, with the share that is sure.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("kind", type=click.Choice(["sentiment", "intent", "answers"]), metavar="KIND")
@click.option("--file", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Labels.")
@click.option(
    "--reader",
    type=click.Choice(["shipped", "trained", "model", "cascade"]),
    default="shipped",
    show_default=True,
    help="Who reads: what ships, what you trained, the connected model alone, or all as in daily work.",
)
@options.as_json
@click.pass_obj
def command(session: Session, kind: str, path: Path | None, reader: str, as_json: bool) -> None:
    """Score it."""
    if kind == "answers":
        _answers(session, as_json)
        return
    with session.open_app() as app:
        from bot.store import labels
        from bot.writing import teaching

        if path:
            given = teaching.from_file(path, kind)
        else:
            with app.db.read() as conn:
                given = labels.of(conn, app.brand().id, kind)
        if not given:
            raise BadInput(
                say("There are no labels yet."),
                next_step=say("Correct comments with `signoff relabel`, or bring labels with --file."),
            )
        held = teaching.evaluate(app, kind, given, use=reader)
    if as_json:
        screen.emit({"reader": reader, **held.__dict__})
        return
    click.echo(
        say("{n} texts: accuracy {accuracy:.3f}, macro-F1 {f1:.3f}; confidence is off by {ece:.0%} on average.",
            n=held.texts, accuracy=held.accuracy, f1=held.macro_f1, ece=held.ece)
    )  # fmt: skip
    rows = [(name, f"F1 {one['f1']:.2f}", say("{n} texts", n=one["texts"])) for name, one in held.classes.items()]
    screen.columns([row for row, one in zip(rows, held.classes.values(), strict=True) if one["texts"]])
    click.echo(f"evaluate: reader={reader} texts={held.texts} accuracy={held.accuracy} macro_f1={held.macro_f1} "
               f"ece={held.ece}")  # fmt: skip


def _answers(session: Session, as_json: bool) -> None:
    with session.open_app() as app:
        from bot.writing import outcomes

        found = outcomes.outcomes(app)
    if as_json:
        screen.emit({**vars(found), "topics": [vars(one) for one in found.topics]})
        return
    if not found.topics:
        raise BadInput(
            say("Nobody has decided about a suggested answer yet."),
            next_step=say("`signoff inbox` shows what waits."),
        )
    click.echo(say("{n} suggested answers were signed: chrF {chrf:.3f}, BLEU {bleu:.3f} against what was sent.",
                   n=found.texts, chrf=found.chrf, bleu=found.bleu))  # fmt: skip
    rows = [(one.topic, say("{n} decided", n=one.decided), say("{share:.0%} unchanged", share=one.share),
             say("surely {share:.0%}", share=one.at_least)) for one in found.topics]  # fmt: skip
    screen.columns(rows)
    every = found.topics[0]
    click.echo(f"evaluate: answers={every.decided} accepted={every.share} at_least={every.at_least} "
               f"chrf={found.chrf} bleu={found.bleu}")  # fmt: skip
