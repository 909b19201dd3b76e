"""Every message and tool call of a run, as rows that can be stored and read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock


@dataclass
class Transcript:
    """One run's record; ``save`` is called once when the run ends, however it ends."""

    run_id: str
    clock: Clock
    save: Callable[[Transcript], None] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, **what: Any) -> None:
        """Append one row; everything in it must be JSON-able."""
        self.events.append(
            {"run": self.run_id, "n": len(self.events), "at": self.clock.now().isoformat(), "kind": kind, **what}
        )

    def close(self) -> None:
        """Hand the record over; meant for ``finally``."""
        if self.save is not None:
            self.save(self)


@contextmanager
def one_record(transcript: Transcript | None) -> Iterator[None]:
    """Keep all runs inside the block in one transcript, saved once, however the block ends."""
    if transcript is None:
        yield
        return
    save, transcript.save = transcript.save, None
    try:
        yield
    finally:
        transcript.save = save
        transcript.close()
