"""Change the text of a draft in your own words, or what stands around it.

Opens your editor, or takes --text or --file (`-` is standard input). The parts of a thread are separated by a line
`---`. With --media, --alt, --card, --label, --warning, --quote or --visibility alone the text stays as it is. --media
takes the place of the pictures that are there, `none` takes them off, and --alt alone describes them anew. Every
earlier signature is void: the new version needs its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.draft_id
@click.option("--text", metavar="TEXT", help="The new text.")
@click.option("--file", "file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True), help="Read it here.")
@options.media
@click.option("--part", type=int, metavar="N", default=1, help="Part of a thread that --media and --alt mean.")
@options.dressed
@options.as_json
@click.pass_obj
def command(
    session: Session, /, given: str, text: str | None, file: Path | None, images: tuple[Path, ...],
    alts: tuple[str, ...], part: int, as_json: bool, **around: Any,
) -> None:  # fmt: skip
    """Edit it."""
    with session.open_app() as app:
        from bot import writing
        from bot.surfaces.cli import pictures, review, texts
        from bot.writing import composing

        author = review.writer(app).id
        card = review.load(app, given)
        old, dress = composing.whole(card.version.content), options.dress(around)
        media = pictures.changed(app, card.version.content, part, images, alts)
        bare = dress.bare and not media
        new = text if text is not None else _read(file) if file else texts.in_editor(old) if bare else old
        if new is None or (bare and composing.parts(new) == composing.parts(old)):
            click.echo(say("Nothing was changed."), err=as_json)
            return
        version = writing.edit(
            app,
            card.draft.id,
            composing.parts(new),
            author,
            seen_version=card.version.version,
            dress=dress,
            media=media,
        )
        if as_json:
            screen.emit(version)
            return
        review.proposed(app, version)


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.read()
        return file.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or say("it is not UTF-8 text")
        raise BadInput(say("{file} cannot be read: {why}.", file=file, why=why)) from None
