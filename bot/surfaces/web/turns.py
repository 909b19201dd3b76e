"""Turns for what is slow and open to strangers: a few at once, a few more wait a moment, all others are turned away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import Halted
from bot.words import say


class Turns:
    """``at_once`` go at the same time and ``waiting`` more wait, each for ``patience`` seconds.

    All pages share the threads that these hold.
    """

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one turn for the length of the block. Raises Halted where there is none."""
        if not self._places.acquire(blocking=False):
            raise crowded()
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise crowded()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


def crowded() -> Halted:
    """Return what those are told who are turned away."""
    return Halted(say("Too many people sign in at once."), next_step=say("Try again in a moment."))
