"""Writing to the terminal: JSON, plain lines, and the review card."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import textwrap
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInput
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.workflow.card import Card


def program_name() -> str:
    """Return how this program was called, so that what we tell people to type works as it stands."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m bot"
    return str(called) if "/" in sys.argv[0] and not _on_path(called) else "signoff"


def _on_path(program: Path) -> bool:
    found = shutil.which(program.name)
    return found is not None and Path(found).resolve() == program.resolve()


def emit(data: Any) -> None:
    """Print JSON: keys as they are, dates in ISO form."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def save(path: Path, text: str, *, force: bool) -> None:
    """Write a text into a file. Raises BadInput where there is one already, or where it cannot be written."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(
            say("{file} is there already.", file=path), next_step=say("Choose another name, or add --force.")
        ) from None
    except OSError as error:
        raise BadInput(
            say("{file} cannot be written: {why}.", file=path, why=error.strerror or error),
            next_step=say("Choose another folder."),
        ) from None


def heading(text: str) -> None:
    """Print a heading with an empty line before it."""
    click.echo()
    click.secho(text, bold=True)


def short(text: str, width: int = 56) -> str:
    """Return the beginning of a text on one line, for lists, ``width`` cells long; cards are never cut."""
    from rich.cells import cell_len, set_cell_size

    line = " ".join(text.split())
    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"


def wrapped(text: str) -> str:
    """Break a long line between words, where a terminal would break it within one."""
    if not sys.stdout.isatty():
        return text
    return textwrap.fill(text, min(100, shutil.get_terminal_size().columns - 1))


def columns(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> None:
    """Print rows in columns; Chinese characters count as the two cells that they fill."""
    from rich.cells import cell_len

    widths = [max((cell_len(row[n]) for row in rows), default=0) for n in range(max(map(len, rows), default=0))]
    for row in rows:
        cells = [cell + " " * (widths[n] - cell_len(cell)) for n, cell in enumerate(row)]
        click.echo((indent + "  ".join(cells)).rstrip())


def show(card: Card) -> None:
    """Print a review card: framed in a terminal, plain lines elsewhere. Nothing is cut in either."""
    from bot.workflow import card as cards

    if not sys.stdout.isatty():
        click.echo(cards.text(card))
        return
    from rich.console import Console
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold cyan", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, body in cards.lines(card):
        # Text, not markup: what a post says in square brackets is shown as it is.
        table.add_row(Text(name), Text(body))
    title = say("To be published on {account}", account=card.account.key)
    Console(highlight=False).print(Panel(table, title=Text(title), border_style="cyan", padding=(1, 2)))
