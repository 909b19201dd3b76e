"""What can be wrong with a brand folder: one problem, and the list they are gathered in."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.words import joined, say


@dataclass(frozen=True)
class FolderProblem:
    """One thing to mend, and where."""

    #: Relative to the brand folder, with forward slashes.
    file: str
    #: Counted from 1.
    line: int
    #: ``error`` stops ``signoff learn``; ``warning`` is only shown.
    severity: Literal["error", "warning"]
    message: str
    #: What to do about it, in words.
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {say(self.severity)}: " + joined(self.message, self.fix)


@dataclass
class Problems:
    """Problems as they are found."""

    found: list[FolderProblem] = field(default_factory=list)

    def error(self, file: str, line: int, message: str, fix: str = "") -> None:
        self.found.append(FolderProblem(file, line, "error", message, fix))

    def warning(self, file: str, line: int, message: str, fix: str = "") -> None:
        self.found.append(FolderProblem(file, line, "warning", message, fix))

    def sorted(self) -> list[FolderProblem]:
        """Return them by file and line, each once."""
        return sorted(dict.fromkeys(self.found), key=lambda p: (p.file, p.line, p.severity, p.message))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``Did you mean ...?`` for a mistyped word, or the words to choose from."""
    words = sorted(known)
    by_lower = {w.lower(): w for w in reversed(words)}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    if close:
        return say("Did you mean {word!r}?", word=by_lower[close[0]])
    return say("Choose from: {names}.", names=", ".join(words)) if 0 < len(words) <= 20 else ""
