"""Say how a text or a file of texts sounds, what it wants, and why.

TEXT is a text, or the path of a file: JSON lines with a field text, CSV with a column text, or one text a line. A file
is shown as a picture. With --json each text is one line of JSON, in the order of the file.

What ships with Signoff, or what you trained, settles most texts. The connected language model sees at most three in
ten, the unsurest; with --local none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import retold, say


@click.command()
@click.argument("text", metavar="TEXT|FILE", required=False)
@click.option(
    "--file", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="A file of texts."
)
@click.option("--local", is_flag=True, help="Without a language model.")
@options.as_json
@click.pass_obj
def command(session: Session, text: str | None, path: Path | None, local: bool, as_json: bool) -> None:
    """Read it."""
    if (text is None) == (path is None):
        raise BadInput(say("Give a text, or a file with --file."), next_step=say("`signoff sentiment --help`."))
    if text is not None and text != "-" and len(text) < 500 and "\n" not in text and Path(text).is_file():
        path = Path(text)
    from bot.surfaces.cli import moods

    texts = moods.texts_of(path) if path else [sys.stdin.read() if text == "-" else str(text)]
    with session.open_app() as app:
        from bot.writing import triage

        cascade = triage.of_app(app, use_model=not local)
        found = cascade(texts)
        trouble = cascade.counts.trouble
    if as_json:
        # By json.dumps alone: a thousand texts are a thousand lines.
        click.echo("".join(json.dumps(moods.as_data(read), ensure_ascii=False) + "\n" for read in found), nl=False)
    elif path is None:
        moods.show_one(found[0])
    else:
        moods.show_all(texts, found)
    if trouble:
        click.echo(say("Read without a language model: {why}", why=retold(trouble)), err=True)
