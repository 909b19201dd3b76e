"""How `signoff voice` shows a distance and the sentences that stand out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bot.words import say

if TYPE_CHECKING:
    from bot.insight.voice import Voice

_BARS = " ▁▂▃▄▅▆▇█"
#: Columns of the picture, and cells of each.
_BINS, _CELLS = 20, 2


def picture(distance: float, spread: Sequence[float]) -> list[str]:
    """Draw how far the brand's own posts are from each other, and where a text stands among them."""
    bins, width = [0] * _BINS, _BINS * _CELLS
    for value in spread:
        bins[min(int(value * _BINS), _BINS - 1)] += 1
    most = max(bins) or 1
    bars = "".join(_BARS[-(-n * (len(_BARS) - 1) // most)] * _CELLS for n in bins)
    place = min(int(distance * width), width - 1)
    near, far = say("near"), say("far")
    indent = " " * (_cells(near) + 1)
    return [
        f"{near} {bars} {far}   {say('your own posts')}",
        f"{indent}{' ' * place}▲{' ' * (width - place)}{' ' * _cells(far)}  {say('this text')}",
    ]


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def marked(text: str, voice: Voice) -> str:
    """Return the text with each odd sentence underlined (between » and « where there are no colours), numbered."""
    found, at = "", 0
    for number, odd in enumerate(voice.odd, 1):
        start, end = odd.span
        said = text[start:end]
        said = click.style(said, underline=True) if sys.stdout.isatty() else f"»{said}«"
        found += f"{text[at:start]}{said}[{number}]"
        at = end
    return found + text[at:]
