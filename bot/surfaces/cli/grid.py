"""The calendar as a picture: days beside each other, times below each other, one mark for each thing."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import screen
from bot.words import language, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.writing.weeks import Day, Entry, Weeks

#: Marks of the states; also told apart without colour.
MARKS = {"review": "?", "held": "x", "scheduled": "✓", "live": "●", "asked": "!", "refused": "!", "doubtful": "~"}
FREE, SHUT = "○", "–"


def show(found: Sequence[Weeks], now: datetime) -> None:
    """Print each account's weeks, those without a time, and what the marks mean."""
    for one in found:
        zone = one.account.zone
        screen.heading(f"{one.account.key}  {zone}")
        for at in range(0, len(one.days), 7):
            _week(one.days[at : at + 7], zone, now)
        if one.open:
            ids = ", ".join(f"{MARKS[e.state]} {e.id}" for e in one.open)
            click.echo("  " + say("as soon as it is signed off") + f": {ids}")
    click.echo()
    meant = {
        "?": say("waits for a signature"), "✓": say("signed off"), "●": say("live"), "!": say("needs a person"),
        "x": say("held back by a check"), "~": say("being looked up"), FREE: say("free slot"), SHUT: say("quiet"),
    }  # fmt: skip
    click.echo("  ".join(f"{mark} {text}" for mark, text in meant.items()))


def _week(days: Sequence[Day], zone: str, now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.workflow import when

    today = now.astimezone(when.zone(zone)).date()
    table = Table(box=None, padding=(0, 1), expand=False, show_edge=False, header_style="")
    table.add_column("", no_wrap=True)
    width = max(9, (shutil.get_terminal_size((100, 24)).columns - 10) // 7 - 2)
    for day in days:
        head = _head(day.on)
        table.add_column(Text(head, style="bold reverse" if day.on == today else "bold"), width=width)
    if any(d.holidays for d in days):
        table.add_row("", *(Text(screen.short(", ".join(d.holidays), width), style="italic") for d in days))
    if any(d.quiet for d in days):
        table.add_row(SHUT, *(Text("\n".join(_hours(q, width) for q in d.quiet), style="dim") for d in days))
    clocks = sorted({e.clock for d in days for e in d.entries} | {c for d in days for c in d.free})
    for clock in clocks:
        table.add_row(clock, *(Text("\n".join(_cell(d, clock, width))) for d in days))
    if not clocks:
        table.add_row("", *(Text(SHUT if d.shut else "") for d in days))
    console = Console(highlight=False, width=max(80, shutil.get_terminal_size((100, 24)).columns))
    console.print(table)


def _head(on: date) -> str:
    """Name a day in ten cells, in the order in which its reader's language names days."""
    weekday = say(f"{on:%a}")
    return f"{on.month}/{on.day} {weekday}" if language() == "zh" else f"{weekday} {on.day} {say(f'{on:%b}')}"


def _hours(quiet: str, width: int) -> str:
    return quiet if len(quiet) <= width else quiet.replace("–", "–\n")


def _cell(day: Day, clock: str, width: int) -> list[str]:
    mine = [e for e in day.entries if e.clock == clock]
    if not mine:
        return [FREE if clock in day.free else SHUT if day.shut else ""]
    return [line for e in mine for line in _lines(e, width)]


def _lines(entry: Entry, width: int) -> list[str]:
    mark = MARKS[entry.state]
    parts = f" ×{entry.parts}" if entry.parts > 1 else ""
    if width < 14:
        # Ids may be shortened; the mark may not go missing.
        return [f"{mark} {screen.short(entry.text, width - 2)}", entry.id[:width]]
    return [f"{mark} {entry.id}{parts}"[:width], screen.short(entry.text, width)]
