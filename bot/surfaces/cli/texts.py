"""The text of a draft in a person's own editor."""

from __future__ import annotations

import sys

import click

from bot.errors import BadInput
from bot.words import say


def in_editor(text: str) -> str | None:
    """Let a person change a text in their editor; None when they closed it without saving. Raises BadInput."""
    if not sys.stdin.isatty():
        raise BadInput(
            say("There is no terminal for an editor."), next_step=say("Give the text with --text or --file.")
        )
    return click.edit(text + "\n", extension=".txt")
