"""Stretches of the day, and which language tags a rule means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Hours:
    """A stretch of wall time, from ``start`` up to but without ``end``; it may run over midnight."""

    start: time
    end: time

    def __contains__(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def speaks(language: str, tag: str) -> bool:
    """Say whether a language is what a rule's tag means: ``zh`` also means ``zh-Hans``, not the other way round."""
    return language.lower() == tag.lower() or language.lower().startswith(tag.lower() + "-")
