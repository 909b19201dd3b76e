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
    from bot.domain.draft import Content, Media


#: In place of a file: take what is there off.
NONE = "none"


def taken(
    app: App, files: Sequence[Path], alts: Sequence[str], *, by_person: bool = False
) -> tuple[Media, ...]:  # fmt: skip
    """Take pictures and videos in. One without alt text keeps it empty where a model can see it, or a person is asked.

    With ``by_person`` no model is to describe them. Raises BadInput, naming the file, where there is nobody to ask.
    """
    from bot import writing

    found, seen = [], False if by_person else None
    for n, path in enumerate(files):
        medium = app.media.add(path, alts[n].strip() if n < len(alts) else "")
        if not medium.alt:
            if not medium.is_video:
                seen = writing.can_see(app) if seen is None else seen
            if medium.is_video or not seen:
                medium = replace(medium, alt=_asked(path, medium.is_video or by_person))
        found.append(medium)
    return tuple(found)


def changed(
    app: App, content: Content, part: int, files: Sequence[Path], alts: Sequence[str]
) -> dict[int, tuple[Media, ...]]:  # fmt: skip
    """Return the media that one part of a draft is to have, by the part's place; none where nothing is wanted.

    ``files`` take the place of what it has; without any, ``alts`` describe what it has anew. Raises BadInput.
    """
    if not files and not alts:
        return {}
    if not 1 <= part <= len(content.parts):
        raise BadInput(
            say("The draft has no part {n}.", n=part),
            next_step=say("It has parts: {n}.", n=len(content.parts)),
        )
    there = content.parts[part - 1].media
    none = [path for path in files if str(path).lower() == NONE]
    if none and (len(files) > 1 or alts):
        raise BadInput(
            say("`--media none` takes the pictures off; it stands alone."), next_step=say("Leave the others out.")
        )
    count = len(files) or len(there)
    if len(alts) > count:
        raise BadInput(
            say("{images} pictures and {alts} descriptions were given.", images=count, alts=len(alts)),
            next_step=say("Give each --media its own --alt."),
        )
    if none:
        return {part - 1: ()}
    if files:
        return {part - 1: taken(app, files, alts, by_person=True)}
    new = [alt.strip() or medium.alt for alt, medium in zip(alts, there, strict=False)]
    return {part - 1: tuple(replace(medium, alt=new[n] if n < len(new) else medium.alt)
                            for n, medium in enumerate(there))}  # fmt: skip


def _asked(path: Path, by_person: bool) -> str:
    if not sys.stdin.isatty():
        raise BadInput(
            say("{path} has no description.", path=path)
            if by_person
            else say("The picture {path} has no description, and the language model cannot see it.", path=path),
            next_step=say("Say what it shows: --alt TEXT, one for each --media."),
        )
    said = ""
    while not said:
        said = click.prompt(
            say("What does {path} show, for those who cannot see it?", path=path.name), err=True
        ).strip()
    return str(said)
