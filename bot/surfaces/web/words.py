"""Text as pages show it: what cannot be seen is written out, what a check names stands out, and versions compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.checks.text import visible, written_out
from bot.insight.changes import compare
from bot.words import say
from bot.workflow import when

#: Pieces of a text that are compared; more than that is compared line by line.
MOST = 4000
_PIECES = re.compile(r"[A-Za-z0-9_'’]+|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is drawn one way."""

    text: str
    #: Empty for plain text; ``hidden``, ``block``, ``warn``, ``note``, ``gone``, ``new``.
    kind: str = ""
    title: str = ""
    #: Where a press on it leads, on the same page: ``#rule-1``; empty for nowhere.
    to: str = ""


def pieces(text: str, spans: Sequence[tuple[int, int, str, str] | tuple[int, int, str, str, str]] = ()) -> list[Piece]:
    """Return a text in pieces; ``spans`` are (start, end, kind, title[, to]), of which the first wins a character."""
    marks: list[tuple[str, str, str]] = [("", "", "")] * len(text)
    for start, end, kind, title, *to in reversed(spans):
        marks[start:end] = [(kind, title, to[0] if to else "")] * len(marks[start:end])
    found: list[Piece] = []
    for n, char in enumerate(text):
        mark = marks[n]
        shown = char
        if written_out(text, n):
            shown, mark = f"⟨U+{ord(char):04X}⟩", ("hidden", unicodedata.name(char, ""), "")
        if found and (found[-1].kind, found[-1].title, found[-1].to) == mark and mark[0] != "hidden":
            found[-1] = Piece(found[-1].text + shown, *mark)
        else:
            found.append(Piece(shown, *mark))
    return found


def compared(before: str, after: str) -> list[Piece]:
    """Return what changed from one text to another, with what stayed."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    return compared_lines(before, after) if len(old) + len(new) > MOST else _changes(old, new)


def compared_lines(before: str, after: str) -> list[Piece]:
    """Return what changed from one file to another, line by line."""
    return _changes(before.splitlines(keepends=True), after.splitlines(keepends=True))


def _changes(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    return [Piece(visible(c.text), "" if c.kind == "kept" else c.kind) for c in compare(old, new)]


def letters(word: str) -> str:
    """Name the letters of a word that may pose as others."""
    names = dict.fromkeys(c for c in word if not c.isascii() and c.isprintable())
    return "; ".join(f"{c} = U+{ord(c):04X} {unicodedata.name(c, '').lower()}".rstrip() for c in list(names)[:6])


def seen(text: object) -> str:
    """Write out what cannot be seen: for names and notes that others wrote."""
    return visible(str(text))


def short(text: str, most: int = 90) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(visible(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def at(instant: datetime, zone: str) -> str:
    """Return an instant as people of a zone read it."""
    return when.spoken(instant, zone)


def reader(by: str) -> str:
    """Say who read a comment: a program here, or the language model by its name."""
    return say("a program on this machine ({name})", name=by) if by.split(" ")[0] in ("local", "words") else by


#: What a browser calls itself, the more particular first: each also claims to be the ones below it.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser(user_agent: str) -> str:
    """Name a browser and its system as people know them; what is unknown is shown as it says itself."""
    which = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    where = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return say("{browser} on {system}", browser=which, system=where) if which and where else user_agent or "–"


HELPERS = {"short": short, "at": at, "browser": browser}
