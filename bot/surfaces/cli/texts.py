"""The text of a draft as one editable text, and back."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.words import say

if TYPE_CHECKING:
    from bot.domain.draft import Content

SEPARATOR = "---"


def join(content: Content) -> str:
    """Return all parts, separated by a line ``---``."""
    return f"\n{SEPARATOR}\n".join(part.text for part in content.parts)


def split(text: str) -> list[str]:
    """Return the parts of a text."""
    return [part.strip() for part in re.split(rf"(?m)^{SEPARATOR}\s*$", text.strip())]


def in_editor(text: str) -> str | None:
    """Let a person change a text in their editor; None when they closed it without saving. Raises BadInput."""
    if not sys.stdin.isatty():
        raise BadInput(
            say("There is no terminal for an editor."), next_step=say("Give the text with --text or --file.")
        )
    return click.edit(text + "\n", extension=".txt")
