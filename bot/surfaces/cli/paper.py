"""Writing a document, and showing one: what `draft` and `documents` share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import screen
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.agent.kinds import Kind
    from bot.app import App
    from bot.domain.document import Document


def wrote(
    session: Session, name: str, brief: str, accounts: Sequence[str], language: str, source: str,
    formats: Sequence[str], out: Path | None, force: bool, as_json: bool,
) -> bool:  # fmt: skip
    """Write and show a document, and return True; return False for a kind that becomes a post.

    Raises BadInput for options that the kind has no use for, NotFound for an unknown one.
    """
    from bot.agent import kinds

    kind = kinds.load(name)
    if not brief.strip() and not source:
        raise click.MissingParameter(param_hint="'BRIEF'", param_type="argument")
    if kind.is_post:
        if not accounts:
            raise BadInput(
                say("A {kind} is written for an account.", kind=kind.label),
                next_step=say("Say --account platform:name."),
            )
        if source or formats or out:
            raise BadInput(
                say("--from, --format and --out are for documents, and a {kind} is none.", kind=kind.label),
                next_step=say("`signoff kinds` lists the documents."),
            )
        return False
    if accounts:
        raise BadInput(
            say("A {kind} is a document: it goes to no account.", kind=kind.label),
            next_step=say("Leave --account out."),
        )
    _write(session, kind, brief, language, source, formats, out, force, as_json)
    return True


def _write(
    session: Session, kind: Kind, brief: str, language: str, source: str, formats: Sequence[str], out: Path | None,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    if out and out.exists() and not force:
        # Before the model is asked: minutes of work should not end in this.
        raise BadInput(say("{file} is there already.", file=out), next_step=say("Choose another name, or add --force."))
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.writing import documents

        author = review.writer(app).id
        with session.telling() as tell:
            made = documents.write(
                app, kind.name, brief, author, language=language, source=source, formats=formats, on_event=tell
            )
        show(app, made, out, force, as_json)


def show(app: App, document: Document, out: Path | None, force: bool, as_json: bool) -> None:
    """Print a document, and write it to a file where one is named. Raises BadInput where it is there already."""
    from bot.writing import documents

    text = documents.markdown(app, document)
    if out:
        screen.save(out, text + "\n", force=force)
    if as_json:
        screen.emit(document)
    elif out:
        click.echo(say("{id} is in {file}.", id=document.id, file=out))
    else:
        click.echo(text)
