"""Progress on standard error: one line that moves in a terminal, a line every tenth elsewhere."""

from __future__ import annotations

import re
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

from bot.agent.steps import Steps
from bot.words import say

if TYPE_CHECKING:
    from bot.agent.task import Event

_BAR = 24


class Progress:
    """Called with what is done, how much of it, and of how much (0 when that is unknown)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self._what, self._tenth, self._drawn, self._open = "", -1, 0.0, False
        self._ticking: threading.Event | None = None
        self._steps = Steps()

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show one step."""
        # "part 3 of 14" changes within one piece of work: the bar says as much.
        name = re.sub(r", part \d+ of \d+$", "", what)
        if total <= 0:
            self.close()
            self._what = name
            self._write(f"· {say(name)}...\n")
            return
        if name != self._what:
            self.close()
            self._what, self._tenth, self._drawn = name, -1, 0.0
        share = min(1.0, done / total)
        if self.live:
            now, whole = time.monotonic(), done >= total
            if whole or now - self._drawn > 0.1:
                self._drawn, self._open = now, not whole
                bar = "█" * round(share * _BAR) + "░" * (_BAR - round(share * _BAR))
                self._write(f"\r\x1b[K· {say(name)} {bar} {amount(done, total)}" + ("\n" if whole else ""))
        elif int(share * 10) != self._tenth:
            self._tenth = int(share * 10)
            self._write(f"· {say(name)}: {amount(done, total)} ({share:.0%})\n")

    def event(self, event: Event) -> None:
        """Show what a run of the agent is doing."""
        if event.kind != "tool":
            self.close()
        said = self._steps(event)
        if not said:
            return
        if self.live:
            self._tick(f"· {said}")
        else:
            self._write(f"· {said}\n")

    def _tick(self, line: str) -> None:
        """Count the seconds behind a line until the next one: a small model may think for a minute."""
        self._open, self._ticking, began = True, threading.Event(), time.monotonic()

        def count(ended: threading.Event) -> None:
            while not ended.wait(1):
                self._write(f"\r\x1b[K{line} {time.monotonic() - began:.0f} s")

        self._write(line)
        threading.Thread(target=count, args=(self._ticking,), daemon=True).start()

    def close(self) -> None:
        """End a line that is still moving."""
        if self._ticking is not None:
            self._ticking.set()
            self._ticking = None
        if self._open:
            self._write("\n")
        self._open = False

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def amount(done: int, total: int) -> str:
    """Write an amount as people read it: bytes as MB where there are many."""
    if total >= 1_000_000:
        return f"{done / 1e6:,.0f} / {total / 1e6:,.0f} MB"
    return f"{done} / {total}"
