"""Help in Chinese: lines are filled by the cells that characters take, and broken where Chinese may be broken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import click

#: What stays in one piece: a command, a word in Latin letters with its punctuation, a run of spaces, one other sign.
_PIECE = re.compile(r"`[^`]*`|[!-_a-~]+| +|.", re.DOTALL)
#: What never begins a line.
_CLOSING = "，。、；：？！）》”’…—"


def cells(text: str) -> int:
    """Return how many cells of a terminal a text fills."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, width: int) -> list[str]:
    """Break one paragraph into lines of at most ``width`` cells; a piece that is wider stands alone."""
    lines, line = [], ""
    pieces = _PIECE.findall(text)
    for n, piece in enumerate(pieces):
        after = pieces[n + 1] if n + 1 < len(pieces) and pieces[n + 1] in _CLOSING else ""
        if line.strip() and piece not in _CLOSING and cells(line + piece.rstrip() + after) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


class Formatter(click.HelpFormatter):
    """Writes help in the terminal's own width, where a Chinese character counts as two cells."""

    def write_text(self, text: str) -> None:
        """Write paragraphs; one that begins with a line of ``\\b`` keeps its lines."""
        indent = " " * self.current_indent
        made = []
        for paragraph in text.split("\n\n"):
            kept = paragraph.startswith("\b\n")
            lines = paragraph[2:].split("\n") if kept else wrap(paragraph, self.width - self.current_indent)
            made.append("\n".join(indent + line for line in lines))
        self.write("\n\n".join(made) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean in two columns."""
        rows, indent = list(rows), " " * self.current_indent
        first = min(max((cells(term) for term, _ in rows), default=0), col_max) + col_spacing
        for term, meaning in rows:
            lines = [line for part in meaning.split("\n\n") for line in wrap(part, max(self.width - first - 2, 20))]
            fits = cells(term) <= first - col_spacing
            if fits and lines:
                self.write(f"{indent}{term}{' ' * (first - cells(term))}{lines.pop(0)}\n")
            else:
                self.write(f"{indent}{term}\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


class Context(click.Context):
    """A context that writes help so."""

    formatter_class = Formatter
