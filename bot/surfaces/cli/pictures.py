"""Pictures named on the command line, each with its alt text or with one to come from the model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.draft import Media


def taken(app: App, images: Sequence[Path], alts: Sequence[str]) -> tuple[Media, ...]:
    """Take pictures in. One without alt text keeps it empty where the model can see, else a person is asked.

    Raises BadInput, naming the picture, where there is nobody to ask.
    """
    from bot import writing

    found, seen = [], None
    for n, path in enumerate(images):
        alt = alts[n].strip() if n < len(alts) else ""
        medium = app.media.add(path, alt)
        if not alt:
            seen = writing.can_see(app) if seen is None else seen
            if not seen:
                medium = app.media.add(path, _asked(path))
        found.append(medium)
    return tuple(found)


def _asked(path: Path) -> str:
    if not sys.stdin.isatty():
        raise BadInput(
            say("The picture {path} has no description, and the language model cannot see it.", path=path),
            next_step=say("Say what it shows: --alt TEXT, one for each --image."),
        )
    said = ""
    while not said:
        said = click.prompt(
            say("What does {path} show, for those who cannot see it?", path=path.name), err=True
        ).strip()
    return str(said)
