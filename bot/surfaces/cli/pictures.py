"""Pictures and videos named on the command line, each with its alt text or with one to come from the model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.draft import Media


def taken(app: App, files: Sequence[Path], alts: Sequence[str]) -> tuple[Media, ...]:
    """Take pictures and videos in. One without alt text keeps it empty where a model can see it, else a person is asked.

    Raises BadInput, naming the file, where there is nobody to ask.
    """
    from bot import writing

    found, seen = [], None
    for n, path in enumerate(files):
        medium = app.media.add(path, alts[n].strip() if n < len(alts) else "")
        if not medium.alt:
            if not medium.is_video:
                seen = writing.can_see(app) if seen is None else seen
            if medium.is_video or not seen:
                medium = replace(medium, alt=_asked(path, medium.is_video))
        found.append(medium)
    return tuple(found)


def _asked(path: Path, video: bool) -> str:
    if not sys.stdin.isatty():
        raise BadInput(
            say("The video {path} has no description.", path=path)
            if video
            else say("The picture {path} has no description, and the language model cannot see it.", path=path),
            next_step=say("Say what it shows: --alt TEXT, one for each --media."),
        )
    said = ""
    while not said:
        said = click.prompt(
            say("What does {path} show, for those who cannot see it?", path=path.name), err=True
        ).strip()
    return str(said)
